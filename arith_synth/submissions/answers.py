"""The predictions of a submission, read as if an enemy had written them.

Bounds, before a byte is interpreted: `MAX_PREDICTIONS_BYTES`, lines of at most `files.MAX_LINE_BYTES`, one line a task.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from arith_synth.errors import MetricError
from arith_synth.files import MAX_LINE_BYTES, read_jsonl
from arith_synth.scoring import Prediction, Task, read_predictions
from arith_synth.scoring.extraction import MAX_COMPLETION_CHARACTERS
from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.submissions.checks import Check, check

MAX_PREDICTIONS_BYTES = 1 << 26
_ONE_LINE_A_TASK = "predictions.jsonl has one line of JSON for each task, within the limits"


def answer_checks(
    folder: Path, submission: dict[str, Any], tasks: Sequence[Task]
) -> tuple[list[Check], list[Prediction], str]:
    """The checks of predictions.jsonl, its predictions and the SHA-256 of its bytes.

    Predictions are given only when all checks hold; they can be scored then.
    """
    try:
        sha256 = _bounded_sha256(folder / PREDICTIONS_FILE, len(tasks))
        predictions = read_predictions(folder / PREDICTIONS_FILE)
    except MetricError as error:
        return [check(_ONE_LINE_A_TASK, [str(error).replace(f"{folder}/", "")])], [], ""
    checks = [
        check(_ONE_LINE_A_TASK, [], f"{len(predictions)} tasks"),
        check("every task of its splits is answered once, and no other", _task_ids(predictions, tasks)),
        check(
            f"every task has {submission['n_samples']} completion(s) of sampling seed {submission['sampling_seed']}",
            _samples(predictions, submission),
        ),
        check(f"no completion is longer than {MAX_COMPLETION_CHARACTERS} characters", _lengths(predictions)),
    ]
    return checks, predictions if all(made.holds for made in checks) else [], sha256


def _bounded_sha256(file: Path, n_tasks: int) -> str:
    """The SHA-256 of a file whose size and number of lines are bounded. Raises MetricError when they are not."""
    if file.stat().st_size > MAX_PREDICTIONS_BYTES:
        raise MetricError(f"{file} has {file.stat().st_size} bytes; at most {MAX_PREDICTIONS_BYTES} are read")
    next(read_jsonl(file), None)  # a first line, or a file, that is no JSON at all is told as such
    digest = hashlib.sha256()
    n_lines = 0
    with file.open("rb") as opened:
        while line := opened.readline(MAX_LINE_BYTES + 1):
            digest.update(line)
            n_lines += not line.isspace()
            if n_lines > n_tasks:
                raise MetricError(f"{file} has more than {n_tasks} lines, which is one for each task; answer no other")
    return digest.hexdigest()


def _task_ids(predictions: Sequence[Prediction], tasks: Sequence[Task]) -> list[str]:
    known = {task.task_id for task in tasks}
    answered = Counter(prediction.task_id for prediction in predictions)
    return [
        *(f"there is no task {task_id[:80]!r} in its splits" for task_id in answered if task_id not in known),
        *(f"task {task_id[:80]!r} is answered {n} times" for task_id, n in answered.items() if n > 1),
        *(f"task {task.task_id!r} is not answered" for task in tasks if task.task_id not in answered),
    ]


def _samples(predictions: Sequence[Prediction], submission: dict[str, Any]) -> Iterator[str]:
    for prediction in predictions:
        if len(prediction.completions) != submission["n_samples"]:
            yield f"task {prediction.task_id[:80]!r} has {len(prediction.completions)}"
        elif prediction.seed != submission["sampling_seed"]:
            yield f"task {prediction.task_id[:80]!r} has another seed"


def _lengths(predictions: Sequence[Prediction]) -> Iterator[str]:
    for prediction in predictions:
        longest = max(map(len, prediction.completions))
        if longest > MAX_COMPLETION_CHARACTERS:
            yield (
                f"task {prediction.task_id[:80]!r} has one of {longest}; it cannot be right, so an empty text in its "
                "place earns the same"
            )
