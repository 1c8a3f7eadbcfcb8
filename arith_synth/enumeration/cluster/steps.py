"""What a task does, as datatrove's pipeline steps. They are pickled by name: every machine has this package."""

from pathlib import Path
from typing import Any

from datatrove.pipeline.base import PipelineStep

from arith_synth.enumeration.cluster.stages import Kind, Stage
from arith_synth.enumeration.folders import is_sealed, missing_shards, seal_size
from arith_synth.enumeration.out_of_core import write_shards


class EnumerateShards(PipelineStep):
    """Each rank writes a run of the shards of one size, `at_once` of them at a time."""

    name = "write shards"
    type = "ENUMERATION"

    def __init__(self, folder: Path, size: int, n_shards: int, at_once: int) -> None:
        super().__init__()
        self.folder = folder
        self.size = size
        self.n_shards = n_shards
        self.at_once = at_once

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Any:
        """Write the shards that are not there yet, on one thread."""
        shards = self._shards_of(rank, world_size)
        with self.track_time("task"):
            write_shards(self.folder, self.size, shards, at_once=self.at_once)
        self.stat_update("shards", value=len(shards), unit="task")
        return data

    def lost_ranks(self, world_size: int) -> set[int]:
        """Ranks that have a shard to write, whether or not they were done once."""
        missing = set(missing_shards(self.folder, self.size))
        return {rank for rank in range(world_size) if not missing.isdisjoint(self._shards_of(rank, world_size))}

    def _shards_of(self, rank: int, world_size: int) -> range:
        return range(rank * self.n_shards // world_size, (rank + 1) * self.n_shards // world_size)


class SealSize(PipelineStep):
    """One task, which checks that all shards of a size are there and writes the size's manifest."""

    name = "seal size"
    type = "ENUMERATION"

    def __init__(self, folder: Path, size: int) -> None:
        super().__init__()
        self.folder = folder
        self.size = size

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Any:
        """Seal the size. Raises DatasetError when a shard is missing or damaged."""
        with self.track_time("size"):
            seal_size(self.folder, self.size)
        return data

    def lost_ranks(self, world_size: int) -> set[int]:
        """Rank 0, unless the size is sealed."""
        return set() if is_sealed(self.folder, self.size) else {0}


def step_of(stage: Stage) -> EnumerateShards | SealSize:
    """The step that the tasks of a stage run."""
    if stage.kind is Kind.SEAL:
        return SealSize(stage.folder, stage.size)
    return EnumerateShards(stage.folder, stage.size, stage.n_shards, stage.at_once)
