"""What to quote for which question: arms and costs of the configs that are in the folder."""

from collections.abc import Iterator, Mapping
from typing import Any

from arith_synth.data.card.families import HEADLINE, HEADLINE_CONTROL, axis_region
from arith_synth.data.card.markdown import table
from arith_synth.splits import iid
from arith_synth.splits.axes import CONTROL_SUFFIX, PREFIX
from arith_synth.splits.block_law import FAMILY as DENSITY

#: Tasks of each test that are enough for models which are costly to run.
N_LITE = 200

_HEADLINE_ROWS = (
    ("Does it write programs of a form that training never had?", "train_semantic_excluded", "test_syntactic"),
    ("Does it reach meanings that training never had, with known forms?", "train_syntactic_excluded", "test_semantic"),
    ("And both at once?", "train", "test_both"),
)


def questions(build: Mapping[str, Any]) -> str:
    """Markdown: a row a question that the folder can answer; an empty text where there is none."""
    rows = list(_rows(build))
    return table(["question", "train on", "quote"], rows, n_left=3) if rows else ""


def _rows(build: Mapping[str, Any]) -> Iterator[list[str]]:
    configs = build["configs"]
    if iid.CONFIG in configs:
        yield ["How good is it where nothing is shifted?", "`random/train`", "accuracy on `random/test`"]
    if HEADLINE in configs and HEADLINE_CONTROL in configs:
        for question, lifted, test in _HEADLINE_ROWS:
            yield [
                question,
                f"`{HEADLINE}/train`, and with the exclusion lifted `{HEADLINE_CONTROL}/{lifted}`",
                f"cost on `{test}`; net cost",
            ]
    axes = [config for config in configs if axis_region(config, build) and config + CONTROL_SUFFIX in configs]
    if axes:
        regions = ", ".join(f"`{config.removeprefix(PREFIX)}`" for config in axes)
        yield [
            f"The same for other regions: {regions}",
            f"`{PREFIX}<region>/train`, and with the exclusion lifted `{PREFIX}<region>{CONTROL_SUFFIX}/train`",
            "cost on its `test_syntactic` or `test_semantic`; net cost",
        ]
    regimes = [config for config in configs if config.startswith(f"{DENSITY}_")]
    if len(regimes) > 1:
        yield [
            "Does training that is spread over both spaces help elsewhere?",
            f"`{DENSITY}_<regime>/train`, the regimes of one strength each in turn (`joint` belongs to both)",
            "differences between regimes on `test_uniform`; beside them each one's accuracy on its own `test`",
        ]
    if iid.INPUT_CONFIG in configs:
        yield [
            "Does it read its inputs, or know the panel by heart?",
            f"`{iid.INPUT_CONFIG}/train`",
            f"accuracy on `test` − accuracy on `{iid.NEW_INPUTS}`, paired: the two hold the same classes",
        ]
