"""The reference models: importing this room registers them with the Auto classes of transformers."""

from arith_synth.kernels import drop_stale_kernels
from arith_synth.modeling.configuration import ArithSynthConfig
from arith_synth.modeling.families import FAMILIES, family_of, grammar_of
from arith_synth.modeling.features import N_FEATURES, example_features
from arith_synth.modeling.model import IGNORED_LABEL, ArithSynthForProgramSynthesis, register
from arith_synth.modeling.presets import PRESETS, Preset, config_for
from arith_synth.modeling.text import text_config_for, text_model_for

drop_stale_kernels()
register()

__all__ = [
    "FAMILIES",
    "IGNORED_LABEL",
    "N_FEATURES",
    "PRESETS",
    "ArithSynthConfig",
    "ArithSynthForProgramSynthesis",
    "Preset",
    "config_for",
    "example_features",
    "family_of",
    "grammar_of",
    "text_config_for",
    "text_model_for",
]
