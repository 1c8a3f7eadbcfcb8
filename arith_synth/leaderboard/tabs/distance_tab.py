"""The tab of accuracy against distance to training, of one model."""

from typing import Any

from arith_synth.leaderboard.curves import distance_figure
from arith_synth.leaderboard.results import Results
from arith_synth.leaderboard.tabs.shared import QUIET, best_models, model_choices, shown, task_set_named
from arith_synth.markup import Markup, element
from arith_synth.submissions.entries import TaskSet


def add_distance_tab(gr: Any, tab: Any, results: Results, task_set: TaskSet | None, task_set_choice: Any) -> None:
    """Put the drawings on the page; they are made when the tab is first looked at."""

    def drawings(name: str | None) -> Markup:
        entry = results.entry(name)
        if entry is None:
            return element("p", "Choose a model.")
        scores = entry.verified["scores"]
        return distance_figure({split: scores[split] for split in entry.submission["splits"]})

    choices = model_choices(results, task_set)
    model = gr.Dropdown(choices, value=best_models(results, task_set, 1)[0], label="Model")
    figure = gr.HTML("", elem_id="distance", js_on_load=None)
    tab.select(shown(drawings), model, figure, **QUIET)
    model.change(shown(drawings), model, figure, **QUIET)

    def renew(task_set_text: str) -> Any:
        chosen = task_set_named(results, task_set_text)
        return gr.Dropdown(choices=model_choices(results, chosen), value=best_models(results, chosen, 1)[0])

    task_set_choice.change(renew, task_set_choice, model, **QUIET)
