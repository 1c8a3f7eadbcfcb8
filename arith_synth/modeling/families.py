"""What a model's config says about the model: its family, and the grammar it was made for."""

from typing import Any

from transformers import PretrainedConfig

from arith_synth.grammar import Grammar
from arith_synth.modeling.configuration import ArithSynthConfig, grammar_from

#: The families of this package's models; other causal language models are "third-party".
FAMILIES = ("multimodal", "text")


def family_of(config: PretrainedConfig) -> str:
    """ "multimodal", "text", or "third-party" for a model that this package did not make."""
    if isinstance(config, ArithSynthConfig):
        return "multimodal"
    return "text" if _made_for(config).get("family") == "text" else "third-party"


def grammar_of(config: PretrainedConfig) -> Grammar:
    """The grammar whose programs a model of ours was made to write.

    Raises UsageError when the config names none, CheckpointError when what it says is no grammar.
    """
    return grammar_from(config.grammar if isinstance(config, ArithSynthConfig) else _made_for(config).get("grammar"))


def _made_for(config: PretrainedConfig) -> dict[str, Any]:
    made_for = getattr(config, "arith_synth", None)
    return made_for if isinstance(made_for, dict) else {}
