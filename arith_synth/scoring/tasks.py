"""What scoring needs to know of a task, and reading it from a dataset folder (pyarrow only)."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arith_synth.errors import DatasetError, GrammarError, MetricError, UnknownNameError
from arith_synth.files import read_json
from arith_synth.grammar import Grammar
from arith_synth.grammar.records import grammar_from_record

Point = tuple[int, ...]

#: The columns of the dataset that a task takes; the rest of a row is ignored.
TASK_COLUMNS = (
    "task_id",
    "inputs",
    "outputs",
    "heldout_inputs",
    "heldout_outputs",
    "program",
    "size",
    "fingerprint",
    "syntactic_region",
    "semantic_region",
    "syntactic_distance",
    "semantic_distance",
    "tree_edit_distance",
)
#: Distances to the nearest training program, by the space they are measured in.
DISTANCES = ("syntactic_distance", "semantic_distance", "tree_edit_distance")

_COLUMN_TYPES: dict[str, Any] = {
    **dict.fromkeys(("task_id", "program", "fingerprint"), str),
    "size": int,
    **dict.fromkeys(("syntactic_region", "semantic_region"), str | None),
    **dict.fromkeys(DISTANCES, float | int | None),
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_TASK_ID = re.compile(r"([a-z][a-z0-9_]*)/([a-z][a-z0-9_]*)/([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as scoring sees it.

    `inputs`, `heldout_inputs`: points, one integer a variable; `outputs`, `heldout_outputs`: exact texts, one a
    point. Training tasks hold nothing out. `size`: leaves of the target, which is the class's minimal size.
    """

    task_id: str
    inputs: tuple[Point, ...]
    outputs: tuple[str, ...]
    heldout_inputs: tuple[Point, ...]
    heldout_outputs: tuple[str, ...]
    program: str
    size: int
    fingerprint: str
    syntactic_region: str | None = None
    semantic_region: str | None = None
    syntactic_distance: float | None = None
    semantic_distance: float | None = None
    tree_edit_distance: float | None = None

    def __post_init__(self) -> None:
        if len(self.inputs) != len(self.outputs) or len(self.heldout_inputs) != len(self.heldout_outputs):
            raise MetricError(f"task {self.task_id!r} has not one output for each input; take the dataset's own rows")


def split_of(task_id: str) -> str:
    """`support_shift/test/000000` -> `test`. Raises MetricError for any other form."""
    return _parts(task_id)[1]


def config_of(task_id: str) -> str:
    """`support_shift/test/000000` -> `support_shift`. Raises MetricError for any other form."""
    return _parts(task_id)[0]


def task_of(row: Mapping[str, Any], points: dict[Any, tuple[Point, ...]] | None = None) -> Task:
    """The task of one dataset row; MetricError names the missing column.

    `points` lets rows that show the same inputs share one tuple.
    """
    shared = {} if points is None else points
    try:
        fields: dict[str, Any] = {name: row[name] for name in TASK_COLUMNS[:8]}
    except KeyError as error:
        raise MetricError(f"a reference lacks the column {error.args[0]!r}; pass whole dataset rows") from None
    fields |= {name: row.get(name) for name in TASK_COLUMNS[8:]}
    for name, kind in _COLUMN_TYPES.items():
        if not isinstance(fields[name], kind) or isinstance(fields[name], bool):
            raise MetricError(f"a reference's {name} is a {type(fields[name]).__name__}; pass whole dataset rows")
    try:
        for name in ("inputs", "heldout_inputs"):
            tuples = tuple(tuple(int(value) for value in point) for point in fields[name] or ())
            fields[name] = shared.setdefault(tuples, tuples)
        for name in ("outputs", "heldout_outputs"):
            fields[name] = tuple(str(output) for output in fields[name] or ())
    except (TypeError, ValueError):
        raise MetricError(f"{name} of task {fields['task_id']!r} are no lists of examples; pass dataset rows") from None
    return Task(**fields)


def read_tasks(data_dir: str | os.PathLike[str], config: str, splits: Iterable[str]) -> list[Task]:
    """The tasks of some splits of one config, in the order of the files.

    Raises DatasetError for a folder that is no dataset or a damaged file, UnknownNameError for a config or
    split that is not there.
    """
    import pyarrow.parquet  # here, so that scoring without files does not pay for it

    points: dict[Any, tuple[Point, ...]] = {}
    tasks: list[Task] = []
    for split in splits:
        for path in _parquet_files(Path(data_dir), config, split):
            try:
                rows = pyarrow.parquet.read_table(path, columns=list(TASK_COLUMNS)).to_pylist()
            except (pyarrow.ArrowException, OSError) as error:
                reason = " ".join(str(error).split())[:120]
                raise DatasetError(f"{path} cannot be read ({reason}); build the dataset again") from None
            try:
                tasks.extend(task_of(row, points) for row in rows)
            except MetricError as error:
                raise DatasetError(f"{path} is no file of tasks: {error}") from None
    return tasks


def read_grammar(data_dir: str | os.PathLike[str]) -> Grammar:
    """The grammar that a dataset folder was built for, from its build.json."""
    folder = Path(data_dir)
    _check_folder(folder)
    try:
        return grammar_from_record(read_json(folder / "build.json").get("grammar"))
    except (MetricError, GrammarError) as error:
        raise DatasetError(f"{folder / 'build.json'} names no grammar ({error}); build the dataset again") from None


def _parts(task_id: str) -> Sequence[str]:
    match = _TASK_ID.fullmatch(task_id)
    if match is None:
        raise MetricError(f"task id {task_id[:60]!r} is not <config>/<split>/<number>; take the ids of the dataset")
    return match.groups()


def _check_folder(folder: Path) -> None:
    if not (folder / "build.json").is_file():
        raise DatasetError(f"{folder} is not a dataset folder; build one with `arith-synth build --out {folder}`")


def _parquet_files(folder: Path, config: str, split: str) -> list[Path]:
    _check_folder(folder)
    configs = sorted(path.name for path in folder.iterdir() if path.is_dir() and any(path.glob("*.parquet")))
    if not _NAME.fullmatch(config) or config not in configs:
        raise UnknownNameError(f"{folder} has no config {config[:60]!r}; choose one of {', '.join(configs)}")
    shards: dict[str, list[tuple[int, int, Path]]] = {}
    for path in sorted((folder / config).glob("*.parquet")):
        if match := re.fullmatch(r"([a-z0-9_]+)-([0-9]{5})-of-([0-9]{5})\.parquet", path.name):
            shards.setdefault(match[1], []).append((int(match[2]), int(match[3]), path))
    if split not in shards:
        names = ", ".join(sorted(shards))
        raise UnknownNameError(f"config {config!r} has no split {split[:60]!r}; choose one of {names}")
    n_shards = shards[split][0][1]
    if [(index, total) for index, total, _ in shards[split]] != [(index, n_shards) for index in range(n_shards)]:
        raise DatasetError(f"{folder / config} lacks some of the {n_shards} files of {split!r}; build it again")
    return [path for _, _, path in shards[split]]
