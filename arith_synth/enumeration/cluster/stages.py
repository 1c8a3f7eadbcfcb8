"""The stages of a build, as data: what runs side by side, and in which order."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from arith_synth.enumeration.folders import LOGS, n_shards, start_build
from arith_synth.enumeration.memory import PROCESS_BYTES, size_text
from arith_synth.enumeration.out_of_core import plan_on_disk, shard_memory, shards_at_once
from arith_synth.errors import CapacityError, UsageError
from arith_synth.grammar import Grammar

#: Tasks of a stage. Slurm's usual limit of an array is 1001; a task takes several shards when there are more.
MAX_TASKS = 1000

#: Of a task beside the enumeration itself: datatrove, and what it imports.
DATATROVE_BYTES = 150 << 20


class Kind(Enum):
    """What a stage does to its size."""

    SHARDS = "shards"
    SEAL = "seal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage: `n_tasks` tasks, in any order, after all tasks of the stage before it.

    A task of Kind.SHARDS writes a run of the size's `n_shards` shards, `at_once` of them in two passes over all
    candidates. `n_bytes`: memory that one task needs.
    """

    folder: Path
    size: int
    kind: Kind
    n_shards: int
    n_tasks: int
    at_once: int
    n_bytes: int

    @property
    def name(self) -> str:
        """A name that is unique within the build, and an identifier."""
        return f"size_{self.size:02d}_{self.kind.value}"

    @property
    def logs(self) -> Path:
        """Where datatrove keeps which tasks are done.

        It writes down a task's number alone: so the folder is named by the number of tasks, without which "task 3 is
        done" would mean other shards after `MAX_TASKS` has changed.
        """
        return self.folder / LOGS / f"{self.name}_{self.n_tasks:04d}_tasks"


def pipeline_stages(
    folder: Path, grammar: Grammar, max_size: int, memory_limit: int, workers: int = 64
) -> tuple[Stage, ...]:
    """Begin the build in `folder`, or go on with it, and tell its stages in order.

    `folder` is seen by all machines under the same absolute path. `memory_limit`: bytes that one task may use.
    `workers`: tasks that may run at a time; no more are made than that, unless they need too much memory, for each
    begins by reading all smaller classes. Raises CapacityError when a shard needs more memory, UsageError for
    workers < 1, and the errors of `start_build`.
    """
    if workers < 1:
        raise UsageError(f"workers is {workers}; at least one task has to run at a time")
    folder = Path(folder).absolute()
    stages: list[Stage] = []
    of_process = PROCESS_BYTES + DATATROVE_BYTES
    for size in range(2, max_size + 1):
        least = of_process + shard_memory(grammar, max_size, size)
        if least > memory_limit:
            raise CapacityError(
                f"a task needs {size_text(least)} for a shard of size {size} and may use {size_text(memory_limit)}; "
                "raise the memory limit or choose a smaller max_size"
            )
    plan = plan_on_disk(grammar, max_size, memory_limit - DATATROVE_BYTES)
    for size in range(2, max_size + 1):
        n = n_shards(grammar, max_size, size)
        at_once = shards_at_once(grammar, max_size, size, plan)
        n_tasks = min(n, MAX_TASKS, max(workers, -(-n // at_once)))
        at_once = min(at_once, -(-n // n_tasks))
        for kind, tasks, n_bytes in (
            (Kind.SHARDS, n_tasks, of_process + shard_memory(grammar, max_size, size, at_once)),
            (Kind.SEAL, 1, of_process),
        ):
            stages.append(
                Stage(folder=folder, size=size, kind=kind, n_shards=n, n_tasks=tasks, at_once=at_once, n_bytes=n_bytes)
            )
    start_build(folder, grammar, max_size)
    return tuple(stages)
