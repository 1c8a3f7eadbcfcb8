"""The sizes a model comes in, one table."""

from dataclasses import asdict, dataclass

from arith_synth.errors import UnknownNameError, UsageError
from arith_synth.grammar import Grammar
from arith_synth.modeling.configuration import ArithSynthConfig, grammar_fields
from arith_synth.modeling.encoder import ENCODERS


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
        num_attention_heads=2,
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
    "base": Preset(
        hidden_size=512,
        intermediate_size=1408,
        num_hidden_layers=7,
        num_attention_heads=8,
        n_prefix=4,
        position_width=32,
        encoder_width=1024,
    ),
    "large": Preset(
        hidden_size=1024,
        intermediate_size=2816,
        num_hidden_layers=11,
        num_attention_heads=16,
        n_prefix=8,
        position_width=48,
        encoder_width=2048,
    ),
}


def config_for(preset: str, grammar: Grammar, *, notation: str = "prefix", **changes: object) -> ArithSynthConfig:
    """The config of a preset for a grammar; `changes` are further fields of `ArithSynthConfig`.

    Raises UnknownNameError for an unknown preset, UsageError for an unknown notation or encoder.
    """
    encoder = changes.get("encoder", ArithSynthConfig.encoder)
    if encoder not in ENCODERS:
        raise UsageError(f"unknown encoder {encoder!r}; choose one of {', '.join(ENCODERS)}")
    if preset not in PRESETS:
        raise UnknownNameError(f"unknown preset {preset!r}; choose one of {', '.join(PRESETS)}")
    return ArithSynthConfig(**{**asdict(PRESETS[preset]), **grammar_fields(grammar, notation), **changes})
