"""What a model earned on each task: the per-task counts from which every score, interval and cost follows.

outcomes.jsonl holds one object a task, the fields of `TaskOutcome` by name, those that are null or empty left out.
It lies beside predictions.jsonl, so that reports and paired statistics need no dataset.
"""

import dataclasses
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from arith_synth.errors import MetricError
from arith_synth.files import read_jsonl, write_jsonl
from arith_synth.grammar import Grammar
from arith_synth.scoring.predictions import MAX_COMPLETIONS, Prediction
from arith_synth.scoring.scorer import Region, Scorer
from arith_synth.scoring.tasks import DISTANCES, Task, config_of

_COUNTS = ("n_parsed", "n_consistent", "n_correct", "n_equivalent", "n_exact_match")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutcome:
    """One task's counts over its `n_completions` completions.

    `n_in_region` is None when no region was given; `size_ratio` is the mean over correct completions, None when
    there is none; `reasons` counts why completions did not parse. The task's size and distances travel along.
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
    size_ratio: float | None = None
    syntactic_distance: float | None = None
    semantic_distance: float | None = None
    tree_edit_distance: float | None = None
    reasons: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.n_completions <= MAX_COMPLETIONS or self.size < 1:
            raise MetricError(f"task {self.task_id!r} lacks a size or completions, or has too many; score it again")
        for name in (*_COUNTS, "n_in_region"):
            count = getattr(self, name)
            if count is not None and not 0 <= count <= self.n_completions:
                raise MetricError(f"task {self.task_id!r}: {name} is {count} of {self.n_completions}; score it again")


def outcomes_of(
    tasks: Sequence[Task],
    predictions: Iterable[Prediction],
    grammar: Grammar,
    *,
    in_region: Region | None = None,
) -> list[TaskOutcome]:
    """Score every task's completions, in the order of `tasks`.

    Raises MetricError unless there are tasks, all of one config, and exactly one prediction for each of them.
    """
    if not tasks:
        raise MetricError("there are no tasks to score; name a split that has some")
    configs = sorted({config_of(task.task_id) for task in tasks})
    if len(configs) > 1:
        raise MetricError(f"the tasks are of several configs ({', '.join(configs)}); score one config at a time")
    completions = _completions_by_task(tasks, predictions)
    scorer = Scorer(grammar, in_region)
    return [_outcome_of(task, completions[task.task_id], scorer) for task in tasks]


def reason_kind(reason: str) -> str:
    """A parse error without its particulars, for counting: quoted texts and numbers blanked, no advice."""
    blanked = re.sub(r"\"[^\"]*\"|'[^']*'", "'…'", reason.partition(";")[0])
    return re.sub(r"\b[0-9]+\b", "…", blanked)


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


def _completions_by_task(tasks: Sequence[Task], predictions: Iterable[Prediction]) -> dict[str, tuple[str, ...]]:
    known = {task.task_id for task in tasks}
    if len(known) < len(tasks):
        raise MetricError("a task id stands twice among the tasks; pass each split once")
    completions: dict[str, tuple[str, ...]] = {}
    for prediction in predictions:
        if prediction.task_id not in known:
            raise MetricError(f"unknown task id {prediction.task_id[:80]!r}; predict only the tasks of these splits")
        if prediction.task_id in completions:
            raise MetricError(f"task {prediction.task_id!r} has two predictions; keep one, with all its completions")
        if not prediction.completions:
            raise MetricError(f"task {prediction.task_id!r} has no completion; give at least one, if an empty text")
        completions[prediction.task_id] = prediction.completions
    if missing := [task.task_id for task in tasks if task.task_id not in completions]:
        raise MetricError(f"{len(missing)} of {len(tasks)} tasks lack a prediction, first {missing[0]!r}; predict all")
    return completions


def _outcome_of(task: Task, completions: Sequence[str], scorer: Scorer) -> TaskOutcome:
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    ratios = 0.0
    for completion, times in Counter(completions).items():
        verdict = scorer.verdict(task, completion)
        if verdict.reason is not None:
            reasons[reason_kind(verdict.reason)] += times
        if verdict.size_ratio is not None:
            ratios += verdict.size_ratio * times
        for name in ("parsed", "consistent", "correct", "equivalent", "exact_match", "in_region"):
            counts[f"n_{name}"] += times * bool(getattr(verdict, name))
    return TaskOutcome(
        task_id=task.task_id,
        size=task.size,
        n_completions=len(completions),
        **{name: counts[name] for name in _COUNTS},
        n_in_region=counts["n_in_region"] if scorer.has_region else None,
        size_ratio=ratios / counts["n_correct"] if counts["n_correct"] else None,
        **{name: getattr(task, name) for name in DISTANCES},
        reasons=dict(reasons),
    )


def _row_of(outcome: TaskOutcome) -> dict[str, Any]:
    return {name: value for name, value in dataclasses.asdict(outcome).items() if value is not None and value != {}}


_REQUIRED = ("task_id", "size", "n_completions", *_COUNTS)
_INFINITIES = (float("inf"), float("-inf"))  # what 1e999 reads as
_TYPES: dict[str, tuple[type, ...]] = {
    "task_id": (str,),
    "size_ratio": (float, int),
    **dict.fromkeys(("size", "n_completions", "n_in_region", *_COUNTS), (int,)),
    **dict.fromkeys(DISTANCES, (float, int)),
    "reasons": (dict,),
}


def _outcome_of_row(row: dict[str, Any], place: str) -> TaskOutcome:
    for name, value in row.items():
        if name not in _TYPES:
            raise MetricError(f"{place}: unknown field {name[:40]!r}; score the predictions again")
        if not isinstance(value, _TYPES[name]) or isinstance(value, bool) or value in _INFINITIES:
            raise MetricError(f"{place}: {name} is a {type(value).__name__}; score the predictions again")
    if not all(isinstance(count, int) and 0 < count <= MAX_COMPLETIONS for count in row.get("reasons", {}).values()):
        raise MetricError(f"{place}: reasons are not counted; score the predictions again")
    if absent := [name for name in _REQUIRED if name not in row]:
        raise MetricError(f"{place}: the field {absent[0]!r} is missing; score the predictions again")
    return TaskOutcome(**row)
