"""Submissions of known worth: targets where they are said to be right, and a program of one leaf elsewhere.

They go through `submit` and `verify-submission`, as those of strangers do.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from arith_synth.data.content import content_of
from arith_synth.data.folder import open_dataset
from arith_synth.evaluation.grading import grade, questions_of
from arith_synth.scoring import Prediction, split_of
from arith_synth.submissions.making import submission_of, write_submission
from arith_synth.submissions.numbers import claims_of
from arith_synth.submissions.verification import verify_submission

SPLITS = ("test", "test_semantic", "test_syntactic", "test_both")
IMAGE = '<img src=x onerror="window.pwned=1">'
SCRIPT = "</script><script>window.pwned=2</script>{{value}}${window.pwned=3}`"
WRONG = "x"

#: Whether a submission is right on the task of a number in a split.
Right = Callable[[str, int], bool]


def add_submission(
    data: Path, results: Path, run: Path, name: str, model_name: str, track: str, right: Right, n_samples: int = 1
) -> None:
    """Submit the targets of the tasks where `right` says so; of samples only the last is right."""
    dataset = open_dataset(data)
    said = {
        "name": name,
        "track": track,
        "licence": "Apache-2.0",
        "model": {"name": model_name, "family": "text" if n_samples > 1 else "multimodal", "n_parameters": 400_000},
        "links": ["https://example.org/paper"],
        "training_data": [
            {
                "config": "support_shift",
                "split": "train",
                "n_tasks": 1,
                "checksum": content_of(dataset, "support_shift", "train"),
            }
        ],
    }
    submission, targets = submission_of(run, data, said)
    predictions = [_answer(prediction, right, n_samples) for prediction in targets]
    graded = grade(questions_of(data, "support_shift", SPLITS), predictions)
    submission |= {"n_samples": n_samples, "k": [1], "scores": claims_of(graded.scores)}
    submission["budget"] = {**submission["budget"], "samples_per_task": n_samples}
    record = verify_submission(write_submission(submission, predictions, results), data)
    assert record["status"] == "self-reported", record["checks"]


def _answer(target: Prediction, right: Right, n_samples: int) -> Prediction:
    number = int(target.task_id[-6:])
    last = target.completions[0] if right(split_of(target.task_id), number) else WRONG
    return replace(target, completions=(*[WRONG] * (n_samples - 1), last))
