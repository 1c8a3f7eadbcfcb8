"""What a model earned on each task: the per-task counts from which every score, interval and cost follows.

outcomes.jsonl holds one object a task, the fields of `TaskOutcome` by name, those that are null or empty left out.
It lies beside predictions.jsonl, so that reports and paired statistics need no dataset.
"""

import dataclasses
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from arith_synth.errors import MetricError
from arith_synth.files import read_jsonl, write_jsonl
from arith_synth.scoring.predictions import MAX_COMPLETIONS
from arith_synth.scoring.tasks import DISTANCES

OUTCOMES_FILE = "outcomes.jsonl"
_ALWAYS_COUNTED = ("n_parsed", "n_consistent", "n_correct", "n_equivalent", "n_exact_match")
_SOMETIMES_COUNTED = ("n_in_region", "n_copied", "n_copied_nearest")
#: The counts of completions, named after the fields of a verdict.
COUNTS = (*_ALWAYS_COUNTED, *_SOMETIMES_COUNTED)
_CHOICES = ("first_consistent", "largest_cluster")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutcome:
    """One task's counts over its `n_completions` completions.

    `n_in_region` is None when no region was given; `n_copied` and `n_copied_nearest`, of wrong completions, when no
    training targets were. `first_consistent` and `largest_cluster`: 1 when the one answer that this rule takes from the
    samples is correct, else 0 (None in files of older versions). `size_ratio` is the mean over correct completions,
    None when there is none; `reasons` counts why completions did not parse, `rules` by which rule of extraction others
    were read. The task's size and distances travel along.
    """

    task_id: str
    size: int
    n_completions: int
    n_parsed: int
    n_consistent: int
    n_correct: int
    n_equivalent: int
    n_exact_match: int
    n_in_region: int | None = None
    n_copied: int | None = None
    n_copied_nearest: int | None = None
    first_consistent: int | None = None
    largest_cluster: int | None = None
    size_ratio: float | None = None
    syntactic_distance: float | None = None
    semantic_distance: float | None = None
    tree_edit_distance: float | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.n_completions <= MAX_COMPLETIONS or self.size < 1:
            raise MetricError(f"task {self.task_id!r} lacks a size or completions, or has too many; score it again")
        for name in (*COUNTS, *_CHOICES):
            count = getattr(self, name)
            if count is not None and not 0 <= count <= (1 if name in _CHOICES else self.n_completions):
                raise MetricError(f"task {self.task_id!r}: {name} is {count} of {self.n_completions}; score it again")


def write_outcomes(path: str | os.PathLike[str], outcomes: Iterable[TaskOutcome]) -> None:
    """Write outcomes.jsonl, aside and renamed."""
    write_jsonl(path, (_row_of(outcome) for outcome in outcomes))


def read_outcomes(path: str | os.PathLike[str]) -> list[TaskOutcome]:
    """Read outcomes.jsonl. Raises MetricError, naming the line, for anything that `write_outcomes` does not write."""
    outcomes: list[TaskOutcome] = []
    seen: set[str] = set()
    for place, row in read_jsonl(path):
        outcome = _outcome_of_row(row, place)
        if outcome.task_id in seen:
            raise MetricError(f"{place}: task {outcome.task_id!r} stands twice; score the predictions again")
        seen.add(outcome.task_id)
        outcomes.append(outcome)
    if not outcomes:
        raise MetricError(f"{os.fspath(path)} holds no outcomes; score the predictions again")
    return outcomes


def _row_of(outcome: TaskOutcome) -> dict[str, Any]:
    return {name: value for name, value in dataclasses.asdict(outcome).items() if value is not None and value != {}}


_REQUIRED = ("task_id", "size", "n_completions", *_ALWAYS_COUNTED)
_MAX_NAME_CHARACTERS = 200
_TYPES: dict[str, tuple[type, ...]] = {
    "task_id": (str,),
    "size_ratio": (float, int),
    **dict.fromkeys(("size", "n_completions", *COUNTS, *_CHOICES), (int,)),
    **dict.fromkeys(DISTANCES, (float, int)),
    **dict.fromkeys(("reasons", "rules"), (dict,)),
}


def _outcome_of_row(row: dict[str, Any], place: str) -> TaskOutcome:
    for name, value in row.items():
        if name not in _TYPES:
            raise MetricError(f"{place}: unknown field {name[:40]!r}; score the predictions again")
        if not isinstance(value, _TYPES[name]) or isinstance(value, bool):
            raise MetricError(f"{place}: {name} is a {type(value).__name__}; score the predictions again")
    for name in ("reasons", "rules"):
        if not all(isinstance(count, int) and 0 < count <= MAX_COMPLETIONS for count in row.get(name, {}).values()):
            raise MetricError(f"{place}: {name} are not counted; score the predictions again")
        # They end up in tables.
        if not all(key.isprintable() and len(key) <= _MAX_NAME_CHARACTERS for key in row.get(name, {})):
            raise MetricError(f"{place}: {name} are not named in short plain texts; score the predictions again")
    if absent := [name for name in _REQUIRED if name not in row]:
        raise MetricError(f"{place}: the field {absent[0]!r} is missing; score the predictions again")
    return TaskOutcome(**row)
