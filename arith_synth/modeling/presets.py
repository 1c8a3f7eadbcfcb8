"""The sizes a model comes in, one table."""

from dataclasses import asdict, dataclass

from arith_synth.errors import UnknownNameError
from arith_synth.grammar import Grammar
from arith_synth.modeling.configuration import ArithSynthConfig, grammar_fields


@dataclass(frozen=True, kw_only=True)
class Preset:
    """The widths and depth of a model; fields as in `ArithSynthConfig`."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    n_prefix: int
    position_width: int
    encoder_width: int


PRESETS: dict[str, Preset] = {
    "nano": Preset(
        hidden_size=80,
        intermediate_size=216,
        num_hidden_layers=2,
        num_attention_heads=5,
        n_prefix=2,
        position_width=12,
        encoder_width=448,
    ),
    "small": Preset(
        hidden_size=192,
        intermediate_size=512,
        num_hidden_layers=6,
        num_attention_heads=6,
        n_prefix=4,
        position_width=24,
        encoder_width=512,
    ),
}


def config_for(preset: str, grammar: Grammar, *, notation: str = "prefix", **changes: object) -> ArithSynthConfig:
    """The config of a preset for a grammar; `changes` are further fields of `ArithSynthConfig`.

    Raises UnknownNameError for an unknown preset, UsageError for an unknown notation.
    """
    if preset not in PRESETS:
        raise UnknownNameError(f"unknown preset {preset!r}; choose one of {', '.join(PRESETS)}")
    return ArithSynthConfig(**{**asdict(PRESETS[preset]), **grammar_fields(grammar, notation), **changes})
