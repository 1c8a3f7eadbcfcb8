"""The metric as a Space: paste completions and dataset rows, see every score. Run with `python app.py`.

The widget of `evaluate` itself (`launch_gradio_widget`) needs a gradio of 2022.
"""

import json
from pathlib import Path

import evaluate
import gradio

from arith_synth.errors import ArithSynthError
from arith_synth.grammar import NAMED_GRAMMARS, grammar_named, parse_infix, size
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.fingerprints import fingerprint_of
from arith_synth.semantics.panels import panel_of

FOLDER = Path(__file__).parent
#: Of one field, and of lists in lists: a page is for trying out, and scores of files have a command.
MAX_CHARACTERS = 2_000_000
_EXAMPLE = ("x + 1", "x * (y - 2)")


def interface() -> gradio.Interface:
    """The page; `launch` serves it."""
    metric = evaluate.load(str(FOLDER / "execution_accuracy.py"))

    def compute(completions: str, rows: str, k: str, grammar: str, strict: bool) -> dict | None:
        try:
            return metric.compute(
                predictions=_json_list("the completions", completions),
                references=_json_list("the rows", rows),
                k=[int(part) for part in k.split(",") if part.strip().isdecimal()] or [1],
                grammar=grammar,
                strict=strict,
            )
        except ArithSynthError as error:
            raise _refusal(str(error)) from None

    texts = json.dumps([[text, "y"] for text in _EXAMPLE])
    return gradio.Interface(
        fn=compute,
        inputs=[
            gradio.Textbox(value=texts, lines=4, label="Completions: for each task a list of texts, as JSON"),
            gradio.Textbox(value=json.dumps(example_rows()), lines=8, label="Rows of the dataset, as a JSON list"),
            gradio.Textbox(value="1", label="k of pass@k, with commas between"),
            gradio.Dropdown(sorted(NAMED_GRAMMARS), value="xy3", label="Grammar"),
            gradio.Checkbox(label="Strict: read completions as they stand"),
        ],
        outputs=gradio.JSON(label="Scores"),
        title="Execution accuracy",
        description=metric.description,
        article=_card(),
        flagging_mode="never",
        api_name="compute",
    )


def example_rows() -> list[dict]:
    """Two tasks on the real panel, so that the page shows what a row is."""
    grammar = grammar_named("xy3")
    panel = panel_of(grammar)
    rows = []
    for index, text in enumerate(_EXAMPLE):
        program = parse_infix(text, grammar)
        rows.append(
            {
                "task_id": f"example/test/{index:06d}",
                "inputs": [list(point) for point in panel.shown],
                "outputs": list(outputs_of(program, grammar, panel.shown)),
                "heldout_inputs": [list(point) for point in panel.heldout],
                "heldout_outputs": list(outputs_of(program, grammar, panel.heldout)),
                "program": text,
                "size": size(program),
                "fingerprint": fingerprint_of(program, grammar),
            }
        )
    return rows


def _json_list(what: str, text: str) -> list:
    if len(text) > MAX_CHARACTERS:
        raise _refusal(f"{what} have {len(text)} characters; score a file with the command `arith-synth score`")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise _refusal(f"{what} are no JSON; give a list with one element a task") from None
    if not isinstance(values, list):
        raise _refusal(f"{what} are no list; give one element a task")
    return values


def _refusal(reason: str) -> gradio.Error:
    """An error of whoever fills the page in: shown there, and no traceback in the log."""
    return gradio.Error(reason, print_exception=False)


def _card() -> str:
    """The card without the metadata above it."""
    return (FOLDER / "README.md").read_text(encoding="utf-8").split("---\n", 2)[2]


if __name__ == "__main__":
    interface().launch()
