"""Stages become datatrove executors, each of which depends on the one before it."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from arith_synth.enumeration.cluster.extra import require_cluster_extra, require_ray
from arith_synth.enumeration.cluster.running import forget_lost_ranks
from arith_synth.enumeration.cluster.slurm import SlurmOptions
from arith_synth.enumeration.cluster.stages import Stage
from arith_synth.enumeration.memory import size_text
from arith_synth.errors import CapacityError, UsageError

if TYPE_CHECKING:
    from datatrove.executor import LocalPipelineExecutor, RayPipelineExecutor, SlurmPipelineExecutor

_GIB = 1 << 30


def local_executors(
    stages: Sequence[Stage], workers: int, start_method: str = "forkserver"
) -> list["LocalPipelineExecutor"]:
    """A chain for one machine: `workers` processes, each with the memory of one task.

    A script that runs it needs `if __name__ == "__main__":` (the processes import the script again).
    Raises MissingExtraError without the extra `cluster`, UsageError for workers < 1.
    """
    require_cluster_extra()
    from datatrove.executor import LocalPipelineExecutor

    from arith_synth.enumeration.cluster.steps import step_of

    if workers < 1:
        raise UsageError(f"workers is {workers}; at least one process has to work")
    chain: list[LocalPipelineExecutor] = []
    for stage in stages:
        chain.append(
            LocalPipelineExecutor(
                [step_of(stage)],
                tasks=stage.n_tasks,
                workers=min(workers, stage.n_tasks),
                start_method=start_method,
                logging_dir=str(stage.logs),
                depends=chain[-1] if chain else None,  # pyright: ignore[reportArgumentType]  (its default is None)
            )
        )
    return chain


def ray_executors(stages: Sequence[Stage], workers: int) -> list["RayPipelineExecutor"]:
    """A chain for the Ray cluster that `ray.init` has joined: at most `workers` tasks at a time.

    Raises MissingExtraError without datatrove or Ray, UsageError when no cluster is joined or workers < 1, and
    CapacityError when no machine of it has the memory of one task (Ray would wait for one without a word).
    """
    require_cluster_extra()
    require_ray()
    import ray
    from datatrove.executor import RayPipelineExecutor

    from arith_synth.enumeration.cluster.steps import step_of

    if workers < 1:
        raise UsageError(f"workers is {workers}; at least one process has to work")
    if not ray.is_initialized():
        raise UsageError("no Ray cluster is joined; call ray.init() first")
    largest = max((node["Resources"].get("memory", 0) for node in ray.nodes() if node["Alive"]), default=0)
    chain: list[RayPipelineExecutor] = []
    for stage in stages:
        if stage.n_bytes > largest:
            raise CapacityError(
                f"a task of {stage.name} needs {size_text(stage.n_bytes)} and the largest machine of the Ray cluster "
                f"offers {size_text(largest)}; add a larger one"
            )
        chain.append(
            RayPipelineExecutor(
                [step_of(stage)],
                tasks=stage.n_tasks,
                workers=min(workers, stage.n_tasks),
                mem_per_cpu_gb=stage.n_bytes / _GIB,
                logging_dir=str(stage.logs),
                depends=chain[-1] if chain else None,  # pyright: ignore[reportArgumentType]
            )
        )
    return chain


def slurm_executors(stages: Sequence[Stage], options: SlurmOptions) -> list["SlurmPipelineExecutor"]:
    """A chain of Slurm job arrays. `chain[-1].run()` submits all that is not done; `slurm_script` writes it down.

    Tasks whose work is not there any more are to be done again. Raises MissingExtraError without the extra `cluster`.
    """
    require_cluster_extra()
    from datatrove.executor import SlurmPipelineExecutor

    from arith_synth.enumeration.cluster.steps import step_of

    chain: list[SlurmPipelineExecutor] = []
    for stage in stages:
        chain.append(
            SlurmPipelineExecutor(
                [step_of(stage)],
                tasks=stage.n_tasks,
                workers=-1 if options.workers is None else options.workers,
                partition=options.partition,
                time=options.time,
                qos=options.qos,  # pyright: ignore[reportArgumentType]  (an empty one is left out)
                mem_per_cpu_gb=math.ceil(stage.n_bytes / _GIB),
                job_name=stage.name,
                env_command=options.env_command,
                # A job that can never start is to fail, not to stay in the queue.
                sbatch_args={"kill-on-invalid-dep": "yes", **options.sbatch_args},
                logging_dir=str(stage.logs),
                depends=chain[-1] if chain else None,
            )
        )
        forget_lost_ranks(chain[-1])
    return chain
