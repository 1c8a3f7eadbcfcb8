"""Builds on a cluster, in processes of their own, and a Slurm that runs each job at once."""

from disk_builds import WIDE

GRAMMAR, MAX_SIZE = WIDE, 4
MEMORY_LIMIT = 1 << 30

#: What every script begins with, after that of `disk_builds`.
STAGES = f"""
from arith_synth.enumeration.cluster import *
stages = pipeline_stages(folder, {GRAMMAR!r}, {MAX_SIZE}, memory_limit={MEMORY_LIMIT})
"""

#: sbatch, srun and scontrol in one. A job is run when it is submitted, unless one that it depends on has failed.
SLURM = """#!{python}
import json, os, re, subprocess, sys
from pathlib import Path

name, arguments = Path(sys.argv[0]).name, sys.argv[1:]
if name == "scontrol":
    print("localhost")
elif name == "srun":
    os.execvp("launch_pickled_pipeline", arguments[arguments.index("launch_pickled_pipeline"):])
else:
    state = Path(__file__).parent.parent
    files = [argument for argument in arguments if not argument.startswith("--")]
    script = Path(files[0]).read_text() if files else sys.stdin.read()
    job = 101 + len(list(state.glob("*.json")))
    (state / f"{{job}}.json").write_text(json.dumps({{"arguments": arguments, "script": script}}))
    given = " ".join(arguments)
    status = 0 if all((state / f"{{n}}.ok").exists() for n in re.findall("afterok:(\\\\d+)", given)) else 1
    first, last = re.search("^#SBATCH --array=(\\\\d+)-(\\\\d+)", script, re.M).groups()
    for task in range(int(first), int(last) + 1):
        env = dict(os.environ, SLURM_ARRAY_TASK_ID=str(task), SLURM_JOB_ID=str(job), SLURM_NODELIST="localhost")
        env.update(re.findall("(RUN_OFFSET)=(\\\\d+)", given))
        with (state / f"{{job}}.out").open("ab") as out:
            status = status or subprocess.run(["bash", "-c", script], env=env, stdout=out, stderr=out).returncode
    if status == 0:
        (state / f"{{job}}.ok").touch()
    print(job if "--parsable" in arguments else f"Submitted batch job {{job}}")
"""
