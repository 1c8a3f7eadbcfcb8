"""The tab of the map: all tasks in both spaces, and below it the one that was chosen on the map or by its number."""

from pathlib import Path
from typing import Any

from arith_synth.errors import ArithSynthError
from arith_synth.leaderboard.map_data import map_data
from arith_synth.leaderboard.results import Results
from arith_synth.leaderboard.tabs.shared import (
    QUIET,
    best_models,
    html_of,
    model_choices,
    shown,
    splits_of,
    task_set_named,
)
from arith_synth.leaderboard.task_view import task_view
from arith_synth.markup import Markup, element
from arith_synth.scoring.tasks import split_of
from arith_synth.submissions.entries import TaskSet

ALL_SPLITS = "all splits"
_LONGEST_ID = 200
_SCRIPT = Path(__file__).parent.parent / "map.js"


def add_map_tab(gr: Any, tab: Any, results: Results, task_set: TaskSet | None, task_set_choice: Any) -> None:
    """Put the map, its controls and the view of one task on the page."""

    def points(name: str | None, split: str) -> str:
        entry = results.entry(name)
        if entry is None or results.tasks is None or not results.tasks.holds(entry.task_set):
            return ""
        splits = splits_of(results, entry.task_set)
        try:
            return map_data(results.tasks, entry, [split] if split in splits else splits)
        except ArithSynthError:
            return ""  # the view of the task says what is wrong

    def view(name: str | None, split: str | None, number: float | None) -> Markup:
        task_id = _task_id(name, split, number)
        if results.tasks is None or task_id is None:
            return element("p", "The tasks of these results are not at hand, so there is no map.")
        return task_view(results.tasks, task_id, results.entry(name))

    def _task_id(name: str | None, split: str | None, number: float | None) -> str | None:
        entry = results.entry(name)
        if entry is None or split not in splits_of(results, entry.task_set):
            return None
        place = number if isinstance(number, int | float) and 0 <= number < 10**6 else 0
        return f"{entry.task_set.config}/{split}/{int(place):06d}"

    splits = splits_of(results, task_set)
    with gr.Row():
        models = model_choices(results, task_set)
        model = gr.Dropdown(models, value=best_models(results, task_set, 1)[0], label="Model")
        drawn = gr.Dropdown([ALL_SPLITS, *splits], value=ALL_SPLITS, label="Splits drawn")
    field = gr.HTML("", html_template=_TEMPLATE, js_on_load=_SCRIPT.read_text("utf-8"), elem_id="map", chosen="")
    with gr.Row():
        split = gr.Dropdown(splits, value=splits[0] if splits else None, label="Split of the task")
        number = gr.Number(0, label="Number of the task", precision=0, minimum=0, maximum=999_999)
        with gr.Column(min_width=160):
            previous, following = gr.Button("Previous task", size="sm"), gr.Button("Next task", size="sm")
    task = gr.HTML("", elem_id="task", js_on_load=None)
    address = [model, split, number]

    def follow(name: str | None, split: str | None, number: float | None) -> tuple[str, Any]:
        return shown(view)(name, split, number), gr.HTML(chosen=_task_id(name, split, number) or "")

    def pick(name: str | None, event: gr.EventData) -> tuple[Any, Any, str]:  # pyright: ignore[reportInvalidTypeForm]
        # The event comes from a browser, and may say anything.
        task_id = str(getattr(event, "task_id", ""))[:_LONGEST_ID]
        found = None if results.tasks is None else results.tasks.task(task_id)
        if found is None or results.tasks is None:
            return gr.skip(), gr.skip(), html_of(element("p", "There is no such task."))
        return split_of(task_id), int(task_id[-6:]), shown(task_view)(results.tasks, task_id, results.entry(name))

    def step(number: float | None, by: int) -> int:
        return max(0, int(number or 0) + by)

    tab.select(points, [model, drawn], field, **QUIET).then(follow, address, [task, field], **QUIET)
    gr.on([model.change, drawn.change], points, [model, drawn], field, **QUIET)
    gr.on([model.change, split.input, number.input, number.submit], follow, address, [task, field], **QUIET)
    previous.click(lambda number: step(number, -1), number, number, **QUIET).then(
        follow, address, [task, field], **QUIET
    )
    following.click(lambda number: step(number, 1), number, number, **QUIET).then(
        follow, address, [task, field], **QUIET
    )
    field.select(pick, model, [split, number, task], **QUIET)

    def renew(task_set_text: str) -> tuple[Any, Any, Any]:
        chosen = task_set_named(results, task_set_text)
        splits = splits_of(results, chosen)
        return (
            gr.Dropdown(choices=model_choices(results, chosen), value=best_models(results, chosen, 1)[0]),
            gr.Dropdown(choices=[ALL_SPLITS, *splits], value=ALL_SPLITS),
            gr.Dropdown(choices=splits, value=splits[0] if splits else None),
        )

    task_set_choice.change(renew, task_set_choice, [model, drawn, split], **QUIET)


_HELP = (
    "Every disc is a place with one task or more: its colour is their accuracy, its area their number. Click a disc, "
    "or move with the arrow keys and press Enter, to see the examples, the target and the model's answers below."
)
_TEMPLATE = element(
    "div",
    element("p", _HELP),
    element(
        "div",
        element(
            "span",
            "0 % right ",
            element("span", class_="ramp", role="img", aria_label="from orange to blue"),
            " 100 %",
            class_="key",
        ),
        class_="legend",
    ),
    element(
        "div",
        *(
            element(
                "figure",
                element("figcaption", f"{space.capitalize()} space"),
                element(
                    "canvas",
                    tabindex=0,
                    role="application",
                    aria_label=f"Map of the tasks in the {space} space; arrow keys move to the next place, Enter to "
                    "the next task of a place. The fields below choose a task by its number.",
                    data_space=space,
                ),
            )
            for space in ("syntactic", "semantic")
        ),
        class_="maps",
    ),
    element("p", role="status", aria_live="polite"),
    class_="arith",
).text  # fmt: skip
