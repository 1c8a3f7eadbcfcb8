"""Running a chain of executors to its end, and again after it was killed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from arith_synth.errors import DatasetError

if TYPE_CHECKING:
    from datatrove.executor.base import PipelineExecutor


def run_stages(executors: Sequence["PipelineExecutor"]) -> None:
    """Run local or Ray executors one after the other; tasks that are done are skipped.

    Not by the last one's `run()`: when a task fails on Ray, the stage after it would wait for it for ever.
    Raises DatasetError when a task has failed there; on one machine its own error comes through.
    """
    for executor in executors:
        forget_lost_ranks(executor)
        executor.run()
        failed = executor.get_incomplete_ranks(skip_completed=True)
        if failed:
            log = executor.logging_dir.resolve_paths(f"logs/task_{failed[0]:05d}.log")
            raise DatasetError(
                f"{len(failed)} of {executor.world_size} tasks failed; read {log}, then run the same command again"
            )


def forget_lost_ranks(executor: "PipelineExecutor") -> None:
    """Let tasks run again whose work was done once and is not there any more.

    datatrove remembers that a task was done, not what it wrote: a shard that somebody has deleted would be missed for
    good.
    """
    for rank in executor.pipeline[0].lost_ranks(executor.world_size):  # pyright: ignore[reportAttributeAccessIssue]
        marker = f"completions/{rank:05d}"
        if executor.logging_dir.isfile(marker):
            executor.logging_dir.rm(marker)
