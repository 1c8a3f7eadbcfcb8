"""The whole page: its tabs over one results folder, and how Gradio is told to serve it."""

from pathlib import Path
from typing import Any

from arith_synth.leaderboard.checking import MAX_UPLOAD_BYTES
from arith_synth.leaderboard.extra import gradio
from arith_synth.leaderboard.results import Results, read_results
from arith_synth.leaderboard.tabs.board_tab import add_board_tab
from arith_synth.leaderboard.tabs.checking_tab import add_checking_tab
from arith_synth.leaderboard.tabs.comparison_tab import add_comparison_tab
from arith_synth.leaderboard.tabs.distance_tab import add_distance_tab
from arith_synth.leaderboard.tabs.map_tab import add_map_tab
from arith_synth.leaderboard.tabs.shared import html_of
from arith_synth.leaderboard.wording import count
from arith_synth.markup import Markup, element

TITLE = "arith-synth leaderboard"
_STYLE = Path(__file__).parent / "style.css"
#: Uploaded files, and what Gradio caches, live so long.
_KEPT_S = 3600


def leaderboard_app(results: Path | str) -> Any:
    """The `gradio.Blocks` over a results folder, read once: a Space starts anew when its results change.

    Raises MissingExtraError without Gradio, DatasetError when the folder is no results folder.
    """
    gr = gradio()
    read = read_results(results)
    task_sets = read.task_sets()
    first = task_sets[0] if task_sets else None
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(_KEPT_S, _KEPT_S)) as app:
        gr.HTML(html_of(_heading(read)), js_on_load=None)
        task_set = gr.Dropdown(
            [str(choice) for choice in task_sets], value=None if first is None else str(first), label="Config and data"
        )
        with gr.Tabs():
            with gr.Tab("Table", id="table"):
                add_board_tab(gr, read, first, task_set)
            with gr.Tab("Distance", id="distance") as tab:
                add_distance_tab(gr, tab, read, first, task_set)
            with gr.Tab("Map", id="map") as tab:
                add_map_tab(gr, tab, read, first, task_set)
            with gr.Tab("Compare", id="compare") as tab:
                add_comparison_tab(gr, tab, read, first, task_set)
            with gr.Tab("Check a file", id="check"):
                add_checking_tab(gr, read)
    return app


def launch_options() -> dict[str, Any]:
    """What `launch` is told besides host and port: nothing from other servers, bounded uploads, no server-side Node."""
    gr = gradio()
    fonts = {"font": ["system-ui", "sans-serif"], "font_mono": ["ui-monospace", "monospace"]}
    return {
        "theme": gr.themes.Default(**fonts),
        "head": f"<style>{_STYLE.read_text('utf-8')}</style>",
        "max_file_size": MAX_UPLOAD_BYTES,
        "ssr_mode": False,
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "share": False,
        "quiet": True,
    }


def _heading(results: Results) -> Markup:
    said = (
        "Does a neural program synthesizer generalize, or retrieve? Programs from examples, scored by exact execution "
        "on held-out inputs; tests differ from training in syntax, semantics or both. Numbers are recomputed from the "
        "predictions of every submission; verified: weights and seed regenerate a random 100 tasks."
    )
    aside = []
    if results.n_unranked:
        aside.append(f"{count(results.n_unranked)} submissions are rejected or not verified yet, and not shown.")
    if results.left_out:
        aside.append(f"{count(len(results.left_out))} submissions cannot be read, and are not shown.")
    return element(
        "div",
        element("h1", TITLE),
        element("p", said),
        element("p", " ".join(aside), class_="dim") if aside else None,
    )
