"""What the tabs share: pages of escaped markup, lists of models, and failures as one line."""

import functools
from collections.abc import Callable
from typing import Any

from arith_synth.errors import ArithSynthError
from arith_synth.leaderboard.results import Results
from arith_synth.leaderboard.wording import label_of
from arith_synth.markup import Markup, element
from arith_synth.submissions.entries import TaskSet
from arith_synth.submissions.tracks import TRACKS

#: Given to every listener: it is no endpoint for others, does not make the page blink, and is too quick to queue.
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "minimal", "queue": False}


def html_of(markup: Markup) -> str:
    """The text that `gr.HTML` takes, in the app's own style."""
    return element("div", markup, class_="arith").text


def shown(make: Callable[..., Markup]) -> Callable[..., str]:
    """The HTML of what `make` returns; an error of ours becomes its one line."""

    @functools.wraps(make)
    def html(*arguments: Any) -> str:
        try:
            return html_of(make(*arguments))
        except ArithSynthError as error:
            return html_of(element("p", " ".join(str(error).split()), class_="wrong", role="alert"))

    return html


def model_choices(results: Results, task_set: TaskSet | None) -> list[tuple[str, str]]:
    """Label and name of each entry on a task set, by label."""
    entries = [] if task_set is None else results.of_task_set(task_set)
    return sorted((label_of(entry), entry.name) for entry in entries)


def best_models(results: Results, task_set: TaskSet | None, n: int) -> list[str | None]:
    """Names of the first n rows by mean, track after track, None where there are fewer: what is chosen at first."""
    names: list[str | None] = []
    for track in TRACKS:
        if task_set is not None and len(names) < n:
            names += [row.entry.name for row in results.ranking(track, task_set, "mean")]
    return [*names, *[None] * n][:n]


def task_set_named(results: Results, text: str | None) -> TaskSet | None:
    """The task set that a list of choices calls so."""
    return next((task_set for task_set in results.task_sets() if str(task_set) == text), None)


def splits_of(results: Results, task_set: TaskSet | None) -> list[str]:
    """The splits whose tasks are in the results, none when another dataset's are."""
    if task_set is None or results.tasks is None or not results.tasks.holds(task_set):
        return []
    return list(results.tasks.splits[task_set.config])
