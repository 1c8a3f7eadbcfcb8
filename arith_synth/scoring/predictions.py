"""predictions.jsonl: what a model answered, one task a line.

`{"task_id": "support_shift/test/000000", "completions": ["x + 1"], "seed": 0}`, where `completions` are programs
in infix and `seed` is the one of sampling (0 when absent). The files are hostile; see `files` for the bounds. A line
that is not of this form is an error of the whole file: no score is made of half a file. What a completion says is
never an error, only wrong.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from arith_synth.errors import MetricError
from arith_synth.files import printable, read_jsonl, write_jsonl

PREDICTIONS_FILE = "predictions.jsonl"
MAX_COMPLETIONS = 10_000
#: Of a whole file; each takes at least 8 bytes of memory, and 60 when no other has its text.
MAX_COMPLETIONS_IN_FILE = 10_000_000
MAX_TASK_ID_CHARACTERS = 200
_FIELDS = {"task_id", "completions", "seed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The completions of one task, in the order in which they were sampled."""

    task_id: str
    completions: tuple[str, ...]
    seed: int = 0


def write_predictions(path: str | os.PathLike[str], predictions: Iterable[Prediction]) -> None:
    """Write predictions in the order given, aside and renamed."""
    write_jsonl(
        path,
        (
            {"task_id": prediction.task_id, "completions": list(prediction.completions), "seed": prediction.seed}
            for prediction in predictions
        ),
    )


def read_predictions(path: str | os.PathLike[str]) -> list[Prediction]:
    """All predictions of a file, in its order.

    Raises MetricError, naming the line, for anything that is not the format above or repeats a task.
    """
    predictions: list[Prediction] = []
    seen: set[str] = set()
    n_completions = 0
    for place, row in read_jsonl(path):
        prediction = _prediction(row, place)
        n_completions += len(prediction.completions)
        if n_completions > MAX_COMPLETIONS_IN_FILE:
            raise MetricError(f"{place}: more than {MAX_COMPLETIONS_IN_FILE} completions; score one split at a time")
        if prediction.task_id in seen:
            raise MetricError(f"{place}: task {prediction.task_id!r} stands twice; keep one line a task")
        seen.add(prediction.task_id)
        predictions.append(prediction)
    if not predictions:
        raise MetricError(f"{printable(os.fspath(path))} holds no predictions; write one JSON object a line")
    return predictions


def _prediction(row: dict[str, Any], place: str) -> Prediction:
    unknown = sorted(row.keys() - _FIELDS)
    if unknown:
        raise MetricError(f"{place}: unknown field {unknown[0][:40]!r}; the fields are task_id, completions and seed")
    task_id, completions, seed = row.get("task_id"), row.get("completions"), row.get("seed", 0)
    if not isinstance(task_id, str) or not 0 < len(task_id) <= MAX_TASK_ID_CHARACTERS:
        raise MetricError(f"{place}: task_id is not a text of 1 to {MAX_TASK_ID_CHARACTERS} characters")
    if not isinstance(completions, list) or not 0 < len(completions) <= MAX_COMPLETIONS:
        raise MetricError(f"{place}: completions is not a list of 1 to {MAX_COMPLETIONS} texts")
    for completion in completions:
        if not isinstance(completion, str):
            kind = "null" if completion is None else f"a {type(completion).__name__}"
            raise MetricError(f"{place}: a completion is {kind}; write each as a text")
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise MetricError(f"{place}: seed is not an integer; give the seed of sampling, or leave it out")
    return Prediction(task_id=task_id, completions=tuple(completions), seed=seed)
