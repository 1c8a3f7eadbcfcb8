"""The tab that grades an uploaded predictions file."""

from pathlib import Path
from typing import Any

from arith_synth.leaderboard.checking import MAX_COMPLETIONS, MAX_UPLOAD_BYTES, check_upload
from arith_synth.leaderboard.results import Results
from arith_synth.leaderboard.tabs.shared import QUIET, html_of, shown
from arith_synth.leaderboard.wording import count
from arith_synth.markup import Markup, element

#: One at a time: grading takes a core, and many may upload.
_GRADING: dict[str, Any] = {**QUIET, "queue": True, "concurrency_limit": 1, "concurrency_id": "grading"}


def add_checking_tab(gr: Any, results: Results) -> None:
    """Put the file field and what came of it on the page."""

    def check(path: str | None, lite: bool, strict: bool) -> Markup:
        if path is None:
            return element("p", "Choose a file first.", class_="wrong", role="alert")
        return check_upload(results.tasks, Path(path), lite=bool(lite), strict=bool(strict))

    said = (
        'One JSON object a line: {"task_id": "support_shift/test/000000", "completions": ["x + 1"]}, a line for every '
        f"task of each split that it answers; at most {count(MAX_UPLOAD_BYTES >> 20)} MB and {count(MAX_COMPLETIONS)} "
        "completions. It is graded as every other tool grades, and deleted within two hours. To be ranked, submit "
        "it with: arith-synth submit."
    )
    gr.HTML(html_of(element("p", said)), elem_id="check-said", js_on_load=None)
    file = gr.File(label="Predictions file (.jsonl)", type="filepath", file_count="single")
    with gr.Row():
        lite = gr.Checkbox(False, label="Lite: the first 200 tasks of each split")
        strict = gr.Checkbox(False, label="Strict: take each completion as it stands, without extraction")
    button = gr.Button("Check the file", variant="primary")
    verdict = gr.HTML("", elem_id="verdict", js_on_load=None)
    button.click(shown(check), [file, lite, strict], verdict, **_GRADING)
    file.upload(shown(check), [file, lite, strict], verdict, **_GRADING)
    file.clear(lambda: "", None, verdict, **QUIET)
