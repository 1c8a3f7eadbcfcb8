"""Reading tasks.parquet: tasks by id, their coordinates, and what grading an answer to them needs."""

import json
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from arith_synth.data.folder import DatasetFolder
from arith_synth.data.forms import held_out_form
from arith_synth.errors import DatasetError, MetricError
from arith_synth.grammar import Grammar
from arith_synth.leaderboard.tasks_file import N_COORDINATES, SOURCE_KEY, SPACES, TASKS_FILE
from arith_synth.scoring.scorer import Region
from arith_synth.scoring.tasks import TASK_COLUMNS, Task, config_of, split_of, task_of
from arith_synth.submissions.entries import TaskSet

_AGAIN = "make it again with: arith-synth leaderboard --tasks-from DATA"


class TaskTable:
    """The tasks of the tests of some configs of one dataset; made by `read_task_table`.

    Tasks of a split stand together, in the order of their ids, which is that of the counts in verification.json.
    """

    def __init__(self, table: pa.Table, source: dict[str, Any]) -> None:
        self._table = table
        self._source = source
        self._task_ids: list[str] = table["task_id"].to_pylist()
        self._rows = {task_id: row for row, task_id in enumerate(self._task_ids)}
        grammar = source["grammar"]
        self.grammar = Grammar(
            name=grammar["name"],
            variables=tuple(grammar["variables"]),
            constants=tuple(grammar["constants"]),
            operators=tuple(grammar["operators"]),
        )

    @cached_property
    def splits(self) -> dict[str, dict[str, range]]:
        """Rows of each split, by config and split, in the order of the file."""
        splits: dict[str, dict[str, range]] = {}
        for row, task_id in enumerate(self._task_ids):
            of_config = splits.setdefault(config_of(task_id), {})
            rows = of_config.setdefault(split_of(task_id), range(row, row))
            if rows.stop != row:
                raise DatasetError(f"the tasks of a split stand apart in {TASKS_FILE}; {_AGAIN}")
            of_config[split_of(task_id)] = range(rows.start, row + 1)
        return splits

    def holds(self, task_set: TaskSet) -> bool:
        """Whether these are the tasks of a task set."""
        own = (self.grammar.name, self._source["max_size"], self._source["data_version"])
        return task_set.config in self.splits and own == (task_set.grammar, task_set.max_size, task_set.version)

    def task_ids(self, config: str, split: str) -> list[str]:
        """Ids of a split, in order. KeyError when there is no such split."""
        rows = self.splits[config][split]
        return self._task_ids[rows.start : rows.stop]

    def task(self, task_id: str) -> Task | None:
        """The task, or None when there is none of this id."""
        row = self._rows.get(task_id)
        return None if row is None else self._tasks(row, 1)[0]

    def tasks(self, config: str, splits: Iterable[str]) -> list[Task]:
        """All tasks of some splits. KeyError when there is no such split."""
        ranges = [self.splits[config][split] for split in splits]
        return [task for rows in ranges for task in self._tasks(rows.start, len(rows))]

    def coordinates(self, config: str, split: str, space: str) -> np.ndarray:
        """float32[task, 2]: the first coordinates of a split's targets in the syntactic or semantic space."""
        rows = self.splits[config][split]
        lists = self._table[space].slice(rows.start, len(rows)).combine_chunks()
        return lists.flatten().to_numpy(zero_copy_only=False).reshape(-1, N_COORDINATES)

    def in_region(self, config: str) -> Region | None:
        """The test of a program for the form that the config holds out, None where it holds none out."""
        return held_out_form(DatasetFolder(path=Path(), build=self._source, checksums={}), config)

    def _tasks(self, row: int, n_rows: int) -> list[Task]:
        points: dict[Any, Any] = {}
        rows = self._table.select(list(TASK_COLUMNS)).slice(row, n_rows).to_pylist()
        return [task_of(fields, points) for fields in rows]


def read_task_table(results: Path | str) -> TaskTable | None:
    """The table of a results folder, None when it has no tasks.parquet. DatasetError for a damaged one."""
    path = Path(results) / TASKS_FILE
    if not path.is_file():
        return None
    try:
        table = pq.read_table(path)
        source = json.loads((table.schema.metadata or {}).get(SOURCE_KEY, b""))
        missing = {*TASK_COLUMNS, *SPACES} - set(table.column_names)
        if missing:
            raise DatasetError(f"{path} lacks the column {sorted(missing)[0]!r}; {_AGAIN}")
        read = TaskTable(table, source)
        _check_table(read)
        return read
    except (
        pa.ArrowException, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, MetricError
    ) as error:  # fmt: skip
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(f"{path} cannot be read ({' '.join(str(error).split())[:120]}); {_AGAIN}") from None


def _check_table(read: TaskTable) -> None:
    """Find out here what is damaged, and not when somebody looks at it. Raises ValueError, and what reading raises."""
    for config, splits in read.splits.items():
        read.in_region(config)
        for split in splits:
            task_ids = read.task_ids(config, split)
            if any(one >= other for one, other in pairwise(task_ids)):
                raise ValueError(f"the tasks of {split} are not in the order of their ids")
            for space in SPACES:
                places = read.coordinates(config, split, space)
                if places.shape != (len(task_ids), N_COORDINATES) or not np.isfinite(places).all():
                    raise ValueError(f"the {space} coordinates of {split} are not {N_COORDINATES} numbers a task")
