"""The tab of two models side by side."""

from typing import Any

from arith_synth.leaderboard.comparison import Better, comparison, differing_tasks
from arith_synth.leaderboard.results import Results
from arith_synth.leaderboard.tabs.shared import (
    QUIET,
    best_models,
    model_choices,
    shown,
    splits_of,
    task_set_named,
)
from arith_synth.markup import Markup, element
from arith_synth.submissions.entries import TaskSet


def add_comparison_tab(gr: Any, tab: Any, results: Results, task_set: TaskSet | None, task_set_choice: Any) -> None:
    """Put two lists of models, the table of splits and the list of tasks on the page."""

    def scores(first_name: str | None, second_name: str | None) -> Markup:
        first, second = results.entry(first_name), results.entry(second_name)
        if first is None or second is None:
            return element("p", "Choose two models.")
        return comparison(first, second, splits_of(results, first.task_set) or first.submission["splits"])

    def differing(first_name: str | None, second_name: str | None, split: str | None, better: str) -> Markup:
        first, second = results.entry(first_name), results.entry(second_name)
        if first is None or second is None or split is None or results.tasks is None:
            return element("p", "The tasks of these results are not at hand.")
        side: Better = "second" if better == "second" else "first"
        return differing_tasks(results.tasks, first, second, split, side)

    names, splits = best_models(results, task_set, 2), splits_of(results, task_set)
    with gr.Row():
        choices = model_choices(results, task_set)
        first = gr.Dropdown(choices, value=names[0], label="Model A")
        second = gr.Dropdown(choices, value=names[1], label="Model B")
    table = gr.HTML("", elem_id="comparison", js_on_load=None)
    with gr.Row():
        split = gr.Dropdown(splits, value=splits[0] if splits else None, label="Tasks of the split")
        sides = [("A is right more often", "first"), ("B is right more often", "second")]
        better = gr.Radio(sides, value="first", label="Tasks on which")
    tasks = gr.HTML("", elem_id="differing", js_on_load=None)
    models, all_of_it = [first, second], [first, second, split, better]
    gr.on([tab.select, first.change, second.change], shown(scores), models, table, **QUIET)
    gr.on([tab.select, *(control.change for control in all_of_it)], shown(differing), all_of_it, tasks, **QUIET)

    def renew(task_set_text: str) -> tuple[Any, Any, Any]:
        chosen = task_set_named(results, task_set_text)
        names, splits, models = (
            best_models(results, chosen, 2),
            splits_of(results, chosen),
            model_choices(results, chosen),
        )
        return (
            gr.Dropdown(choices=models, value=names[0]),
            gr.Dropdown(choices=models, value=names[1]),
            gr.Dropdown(choices=splits, value=splits[0] if splits else None),
        )

    task_set_choice.change(renew, task_set_choice, [first, second, split], **QUIET)
