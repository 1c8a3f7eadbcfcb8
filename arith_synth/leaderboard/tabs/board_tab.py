"""The tab of the table: track, order and filters above it."""

from typing import Any

from arith_synth.leaderboard.board import STATUSES, Filters, board, families
from arith_synth.leaderboard.results import Results
from arith_synth.leaderboard.tabs.shared import QUIET, shown, task_set_named
from arith_synth.markup import Markup, element
from arith_synth.submissions.entries import TaskSet
from arith_synth.submissions.tracks import TRACKS

_ANY_FAMILY = "all families"
_MOST_CHARACTERS = 200


def add_board_tab(gr: Any, results: Results, task_set: TaskSet | None, task_set_choice: Any) -> None:
    """Put the table and its filters on the page."""

    def table(task_set_text: str, track: str, order: str, statuses: list[str], family: str, text: str) -> Markup:
        chosen = task_set_named(results, task_set_text)
        if chosen is None:
            return element("p", "There are no submissions yet.")
        filters = Filters(
            track=track,
            task_set=chosen,
            by="mean" if order == "mean" else "worst",
            statuses=tuple(statuses),
            family=None if family in (_ANY_FAMILY, None) else family,
            text=(text or "")[:_MOST_CHARACTERS],
        )
        return board(results, filters)

    with gr.Row():
        track = gr.Dropdown(_tracks(results, task_set), value=_first_track(results, task_set), label="Track")
        order = gr.Radio([("worst split", "worst"), ("mean of splits", "mean")], value="worst", label="Rank by")
        statuses = gr.CheckboxGroup(list(STATUSES), value=list(STATUSES), label="Status")
    with gr.Row():
        family = gr.Dropdown(_family_choices(results, task_set), value=_ANY_FAMILY, label="Model family")
        text = gr.Textbox(
            label="Search models", placeholder="words of a name", max_lines=1, max_length=_MOST_CHARACTERS
        )
    controls = [task_set_choice, track, order, statuses, family, text]
    shown_table = gr.HTML(shown(table)(*(control.value for control in controls)), elem_id="board", js_on_load=None)
    for control in controls[1:]:
        control.change(shown(table), controls, shown_table, trigger_mode="always_last", **QUIET)

    def renew(task_set_text: str) -> tuple[Any, Any]:
        chosen = task_set_named(results, task_set_text)
        return (
            gr.Dropdown(choices=_tracks(results, chosen), value=_first_track(results, chosen)),
            gr.Dropdown(choices=_family_choices(results, chosen), value=_ANY_FAMILY),
        )

    task_set_choice.change(renew, task_set_choice, [track, family], **QUIET).then(
        shown(table), controls, shown_table, **QUIET
    )


def _tracks(results: Results, task_set: TaskSet | None) -> list[tuple[str, str]]:
    entries = [] if task_set is None else results.of_task_set(task_set)
    counts = {name: sum(entry.track == name for entry in entries) for name in TRACKS}
    return [(f"{track.title} ({counts[name]})", name) for name, track in TRACKS.items()]


def _first_track(results: Results, task_set: TaskSet | None) -> str:
    """The first track that has submissions, else the first."""
    entries = [] if task_set is None else results.of_task_set(task_set)
    used = {entry.track for entry in entries}
    return next((name for name in TRACKS if name in used), next(iter(TRACKS)))


def _family_choices(results: Results, task_set: TaskSet | None) -> list[str]:
    entries = [] if task_set is None else results.of_task_set(task_set)
    return [_ANY_FAMILY, *families(entries)]
