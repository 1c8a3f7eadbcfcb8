"""The tables of docs/models.md, computed from the presets: their fields, and what a model of each family weighs.

    python -m arith_synth.experiments.model_table docs/models.md     writes the tables into the page

Models are made without memory for their weights, so that the largest costs no more than the smallest.
"""

import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch
from torch import nn
from transformers import PreTrainedModel

from arith_synth.data.card.markdown import table
from arith_synth.entry import guarded
from arith_synth.errors import UsageError
from arith_synth.files import write_atomically
from arith_synth.grammar import grammar_named, parse_infix
from arith_synth.grammar.prompts import completion, prompt
from arith_synth.modeling import PRESETS, ArithSynthForProgramSynthesis, Preset, config_for, text_model_for
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.panels import panel_of
from arith_synth.tokenization import build_text_tokenizer, build_tokenizer, write_program
from arith_synth.training.flops import flop_formula

COMMAND = "python -m arith_synth.experiments.model_table docs/models.md"
GRAMMAR = grammar_named("xy3")
#: The target of the example whose FLOPs are stated: of as many leaves as the largest of the full dataset.
PROGRAM = "(x + 1) / (y - 2) * (x - 3)"
BEGIN, END = "<!-- presets: begin -->", "<!-- presets: end -->"
_BYTES_A_WEIGHT = 4
_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"))


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """Tokens of one example: all that the decoder reads, and those that it is scored on."""

    read: int
    scored: int


def page_with(page: str) -> str:
    """The page with both tables between its marks. Raises UsageError when it has no marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise UsageError(f"the page must hold the lines {BEGIN} and {END}, between which the tables are written")
    example = f"Grammar {GRAMMAR.name}; FLOPs: of a training example whose target is `{PROGRAM}`."
    return "\n\n".join([before + BEGIN, preset_table(), model_table(), example, END + after])


def preset_table() -> str:
    """A row for each preset, a column for each of its fields."""
    names = [f"`{field.name}`" for field in fields(Preset)]
    rows = [[f"`{name}`", *map(str, asdict(preset).values())] for name, preset in PRESETS.items()]
    return table(["preset", *names], rows)


def model_table() -> str:
    """A row for each preset and family: its parameters, the bytes of its weights, the FLOPs of a training example."""
    rows = []
    for preset in PRESETS:
        with torch.device("meta"):
            multimodal = ArithSynthForProgramSynthesis(config_for(preset, GRAMMAR))
            text = text_model_for(preset, GRAMMAR)
        lengths = multimodal_lengths(multimodal)
        rows.append(
            [f"`{preset}`", "multimodal", *_weights(multimodal, multimodal.encoder), _flops(multimodal, lengths)]
        )
        rows.append([f"`{preset}`", "text", *_weights(text, None), _flops(text, text_lengths())])
    head = ["preset", "family", "parameters", "encoder's part", "bytes of weights", "training FLOPs an example"]
    return table(head, rows, n_left=2)


def multimodal_lengths(model: ArithSynthForProgramSynthesis) -> Lengths:
    """Of the prefix embeddings and the program with its end; the end is scored and not read."""
    program = write_program(parse_infix(PROGRAM, GRAMMAR), model.config.notation)
    n_tokens = len(build_tokenizer(GRAMMAR)(program, add_special_tokens=False)["input_ids"])
    return Lengths(read=model.config.n_prefix + n_tokens, scored=n_tokens + 1)


def text_lengths() -> Lengths:
    """Of the prompt and the completion with its end."""
    panel, tokenizer = panel_of(GRAMMAR), build_text_tokenizer(GRAMMAR)
    outputs = outputs_of(parse_infix(PROGRAM, GRAMMAR), GRAMMAR, panel.shown)
    texts = prompt(GRAMMAR, panel.shown, outputs), completion(PROGRAM)
    n_prompt, n_tokens = (len(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in texts)
    return Lengths(read=n_prompt + n_tokens, scored=n_tokens + 1)


def _weights(model: PreTrainedModel, encoder: nn.Module | None) -> list[str]:
    n, n_encoder = _n_parameters(model), 0 if encoder is None else _n_parameters(encoder)
    share = f"{100 * n_encoder / n:.0f} %" if n_encoder else "–"
    return [f"{n:,}", share, f"{_BYTES_A_WEIGHT * n:,}"]


def _n_parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _flops(model: PreTrainedModel, lengths: Lengths) -> str:
    formula = flop_formula(model)
    flops = formula.per_task + formula.per_position * lengths.read + formula.per_place * lengths.scored
    flops += formula.per_pair * lengths.read**2
    scale, unit = next(((scale, unit) for scale, unit in _UNITS if flops >= scale), (1.0, ""))
    return f"{flops / scale:.3g} {unit}".strip()


def main() -> int:
    """Write the tables into the page that is named. Returns the exit status."""

    def action() -> int:
        if len(sys.argv) != 2:
            raise UsageError(f"name one page, as in: {COMMAND}")
        page = Path(sys.argv[1])
        write_atomically(page, page_with(page.read_text(encoding="utf-8")))
        return 0

    return guarded("model_table", action)


if __name__ == "__main__":
    sys.exit(main())
