"""Upload and check: a stranger's predictions file, graded by the scorer of every other tool, or refused in one line.

Nothing in the file is executed or unpickled: it is read as JSON lines, within the bounds of `arith_synth.files`, and
here within tighter ones, since many people share one server.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from arith_synth.errors import ArithSynthError, MetricError
from arith_synth.evaluation.grading import lite_tasks
from arith_synth.files import printable
from arith_synth.leaderboard.curves import distance_figure
from arith_synth.leaderboard.task_table import TaskTable
from arith_synth.leaderboard.task_view import simple_table
from arith_synth.leaderboard.wording import count, percent, scored
from arith_synth.markup import Content, Markup, element
from arith_synth.scoring import Prediction, config_of, outcomes_of, read_predictions, scores_by_split, split_of

#: Bounds of one upload.
MAX_UPLOAD_BYTES = 64 << 20
MAX_COMPLETIONS = 1_000_000
_MOST_REASONS = 5


def check_upload(tasks: TaskTable | None, path: Path, *, lite: bool, strict: bool) -> Markup:
    """The scores of a predictions file, or the one-line reason why it has none."""
    if tasks is None:
        return _refusal("these results have no tasks.parquet, so nothing can be graded here")
    try:
        return _graded(tasks, path, lite=lite, strict=strict)
    except ArithSynthError as error:
        # The server's folder is nobody's business, and the file has a name of its own.
        said = str(error)
        for place in (str(path), printable(str(path))):
            said = said.replace(place, printable(path.name))
        return _refusal(" ".join(said.split()))
    except OSError as error:
        return _refusal(f"the file cannot be read ({error.strerror})")


def _graded(tasks: TaskTable, path: Path, *, lite: bool, strict: bool) -> Markup:
    n_bytes = path.stat().st_size
    if n_bytes > MAX_UPLOAD_BYTES:
        raise MetricError(
            f"the file has {count(n_bytes)} bytes; at most {count(MAX_UPLOAD_BYTES)} are checked here, so score it "
            "with: arith-synth score"
        )
    predictions = read_predictions(path)
    n_completions = sum(len(prediction.completions) for prediction in predictions)
    if n_completions > MAX_COMPLETIONS:
        raise MetricError(
            f"the file has {count(n_completions)} completions; at most {count(MAX_COMPLETIONS)} are checked here, so "
            "score it with: arith-synth score"
        )
    config, splits = _asked(tasks, predictions)
    wanted = tasks.tasks(config, splits)
    outcomes = outcomes_of(
        lite_tasks(wanted) if lite else wanted,
        predictions,
        tasks.grammar,
        in_region=tasks.in_region(config),
        strict=strict,
    )
    return _report(printable(path.name), config, scores_by_split(outcomes))


def _asked(tasks: TaskTable, predictions: list[Prediction]) -> tuple[str, list[str]]:
    """The config and the splits that the task ids name, in the order of the tasks."""
    first = predictions[0].task_id
    config = config_of(first)
    if config not in tasks.splits:
        known = ", ".join(tasks.splits)
        raise MetricError(f"the file answers config {config[:60]!r}; only {known} can be checked here")
    named: set[str] = set()
    for prediction in predictions:
        if config_of(prediction.task_id) != config:
            raise MetricError(f"the file answers tasks of several configs, as {prediction.task_id[:60]!r}; split it")
        named.add(split_of(prediction.task_id))
    if unknown := sorted(named - set(tasks.splits[config])):
        known = ", ".join(tasks.splits[config])
        raise MetricError(f"unknown split {unknown[0][:60]!r}; the tests of {config} are {known}")
    return config, [split for split in tasks.splits[config] if split in named]


def _report(name: str, config: str, scores: dict[str, dict[str, Any]]) -> Markup:
    header = ["Split", "Tasks", "Samples", "Accuracy (pass@1)", "Shown-only", "Parsed"]
    if any("first_consistent" in score for score in scores.values()):
        header.append("First consistent")
    rows = [_row(split, score, n_columns=len(header)) for split, score in scores.items()]
    reasons = list(_reasons(scores))
    return element(
        "div",
        element("p", element("b", "✓ Graded: "), f"{name}, {config}", class_="right", role="status"),
        simple_table("Scores of the uploaded file", header, rows),
        element("p", "In %, with 95 % intervals over tasks.", class_="dim"),
        element("p", "Completions that are no program: ", "; ".join(reasons), ".") if reasons else None,
        distance_figure(scores),
    )


def _row(split: str, score: dict[str, Any], *, n_columns: int) -> list[Content]:
    row: list[Content] = [
        split,
        count(score["n"]),
        count(score["n_completions"]),
        scored(score["execution_accuracy"], score["interval_95"]),
        percent(score["consistent"]),
        percent(score["parsed"]),
    ]
    if len(row) < n_columns:
        first = score.get("first_consistent")
        row.append(None if first is None else percent(first))
    return row


def _reasons(scores: dict[str, dict[str, Any]]) -> Iterator[str]:
    totals: dict[str, int] = {}
    for score in scores.values():
        for reason, times in score["reasons"].items():
            totals[reason] = totals.get(reason, 0) + times
    for reason, times in sorted(totals.items(), key=lambda item: -item[1])[:_MOST_REASONS]:
        yield f"{reason} ({count(times)} times)"


def _refusal(reason: str) -> Markup:
    return element("p", element("b", "✗ Refused: "), reason, class_="wrong", role="alert")
