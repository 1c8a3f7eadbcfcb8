"""The Slurm script asks for the right arrays in the right order, and runs; so does datatrove's own submission."""

import json
import os
import re
import subprocess

import pytest
from cluster_builds import GRAMMAR, MAX_SIZE, MEMORY_LIMIT, STAGES
from disk_builds import checksums, run_script

from arith_synth.enumeration.cluster import (
    SlurmOptions,
    local_executors,
    pipeline_stages,
    run_stages,
    slurm_executors,
    slurm_script,
)

pytest.importorskip("datatrove")

EXECUTORS = STAGES + "chain = slurm_executors(stages, SlurmOptions(partition='cpu', time='04:00:00'))\n"
WRITE = EXECUTORS + "Path(sys.argv[2]).write_text(slurm_script(chain))"
SUBMIT = EXECUTORS + "chain[-1].run()"


@pytest.fixture
def stages(tmp_path):
    return pipeline_stages(tmp_path / "build", GRAMMAR, MAX_SIZE, MEMORY_LIMIT)


@pytest.fixture
def text(stages):
    options = SlurmOptions(partition="cpu", time="04:00:00", workers=64, sbatch_args={"account": "lab"})
    return slurm_script(slurm_executors(stages, options))


def jobs_of(tmp_path) -> list[dict]:
    return [json.loads(path.read_text()) for path in sorted((tmp_path / "slurm").glob("*.json"))]


def test_the_script_is_valid_bash(text):
    assert subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=True).stderr == ""


def test_each_stage_is_an_array_of_its_tasks(stages, text):
    assert re.findall(r"#SBATCH --array=(.*)", text) == [f"0-{stage.n_tasks - 1}%64" for stage in stages]
    assert re.findall(r"#SBATCH --job-name=(.*)", text) == [stage.name for stage in stages]


def test_each_stage_waits_for_the_success_of_the_one_before(stages, text):
    submissions = re.findall(r"^(\w+)=\$\(sbatch --parsable --export=ALL (.*)<<", text, re.M)
    names = [stage.name for stage in stages]
    waiting = [f'--dependency="afterok:${name}" ' for name in names[:-1]]
    assert submissions == list(zip(names, ["", *waiting], strict=True))
    assert text.count("#SBATCH --kill-on-invalid-dep=yes") == len(stages)


def test_each_task_has_the_memory_and_the_options_that_it_needs(stages, text):
    assert re.findall(r"#SBATCH --mem-per-cpu=(\d+)G", text) == [str(-(-stage.n_bytes // 2**30)) for stage in stages]
    for line in ("#SBATCH --partition=cpu", "#SBATCH --time=04:00:00", "#SBATCH --account=lab"):
        assert text.count(line + "\n") == len(stages)
    assert "--qos" not in text


def test_each_task_runs_the_pipeline_that_stands_beside_its_logs(stages, text):
    commands = re.findall(r"^srun -l -n 1 launch_pickled_pipeline (.*)$", text, re.M)
    assert commands == [str(stage.logs / "executor.pik") for stage in stages]
    assert all((stage.logs / "executor.pik").is_file() for stage in stages)


def test_a_stage_that_is_done_is_submitted_again_only_when_its_work_was_lost(stages):
    options = SlurmOptions(partition="cpu", time="04:00:00")
    run_stages(local_executors(stages[:3], workers=1))
    names = [stage.name for stage in stages]
    assert _submitted(slurm_script(slurm_executors(stages, options))) == names[3:]
    (stages[0].folder / "size_2.json").unlink()
    assert _submitted(slurm_script(slurm_executors(stages, options))) == [names[1], *names[3:]]


def _submitted(text: str) -> list[str]:
    return re.findall(r"#SBATCH --job-name=(.*)", text)


@pytest.mark.slow
def test_the_script_builds_the_bytes_of_an_undisturbed_build(tmp_path, undisturbed, slurm):
    run_script(WRITE, tmp_path / "build", tmp_path / "build.sh")
    subprocess.run(["bash", tmp_path / "build.sh"], env=os.environ | slurm, check=True, timeout=240)
    assert checksums(tmp_path / "build") == undisturbed


@pytest.mark.slow
def test_a_submission_goes_on_where_an_array_has_failed(tmp_path, undisturbed, slurm):
    folder = tmp_path / "build"
    run_script(WRITE, folder, tmp_path / "build.sh")
    pickled = next(folder.glob("logs/size_03_shards_*/executor.pik"))
    pickled.unlink()  # as a node that does not see the disk
    subprocess.run(["bash", tmp_path / "build.sh"], env=os.environ | slurm, check=True, timeout=240)
    assert list(folder.glob("logs/size_02_seal_*/completions/*"))
    assert not list(folder.glob("logs/size_03_*/completions/*"))
    assert not list(folder.glob("logs/size_04_*/completions/*"))
    n_before = len(jobs_of(tmp_path))
    run_script(SUBMIT, folder, env=slurm)
    assert checksums(folder) == undisturbed
    submitted = _submitted("".join(job["script"] for job in jobs_of(tmp_path)[n_before:]))
    assert not [name for name in submitted if name.startswith("size_02")]
