"""Slurm: what a site decides, and the whole build as one script to look at, keep and submit."""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datatrove.executor import SlurmPipelineExecutor

#: Ends the job scripts within the script; no line of theirs is this.
_END = "END_OF_JOB"


def _this_environment() -> str:
    return f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlurmOptions:
    """What Slurm has to be told beside the tasks and their memory.

    `time`: limit of one task, as 04:00:00. `workers`: tasks at a time, None for no limit. `env_command`: what makes the
    package importable on a node; by default the environment of this process is used, on a shared disk.
    `sbatch_args`: further options of sbatch, as {"account": "lab"}.
    """

    partition: str
    time: str
    qos: str | None = None
    workers: int | None = None
    env_command: str = field(default_factory=_this_environment)
    sbatch_args: Mapping[str, str] = field(default_factory=dict)


def slurm_script(executors: Sequence["SlurmPipelineExecutor"]) -> str:
    """One bash script that submits the unfinished stages, each after the one before it. Submits nothing itself.

    What the jobs load is written beside the logs, so the script runs as it is: `bash build.sh`.
    """
    parts = ["#!/bin/bash", "# The stages of the build, each after the one before it.", "set -euo pipefail"]
    previous = ""
    for executor in executors:
        ranks = executor.get_incomplete_ranks()
        if not ranks:
            continue
        _write_what_jobs_load(executor, ranks)
        job = executor.get_launch_file_contents(executor.get_sbatch_args(len(ranks)), _command(executor))
        after = f'--dependency="afterok:${previous}" ' if previous else ""
        submission = f"sbatch --parsable --export=ALL {after}<<'{_END}'\n{job.rstrip()}\n{_END}\n"
        parts.append(f"{executor.job_name}=$({submission})")
        parts.append(f'echo "{executor.job_name}: job ${executor.job_name}"')
        previous = executor.job_name
    return "\n".join(parts) + "\n"


def _command(executor: "SlurmPipelineExecutor") -> str:
    path = executor.logging_dir.resolve_paths("executor.pik")
    return f"srun -l -n 1 launch_pickled_pipeline {shlex.quote(str(path))}"


def _write_what_jobs_load(executor: "SlurmPipelineExecutor", ranks: list[int]) -> None:
    import dill

    alone = copy(executor)
    alone.depends = None  # a job knows its own stage
    with alone.logging_dir.open("executor.pik", "wb") as file:
        dill.dump(alone, file)
    with alone.logging_dir.open("ranks_to_run.json", "w") as file:
        json.dump(ranks, file)
