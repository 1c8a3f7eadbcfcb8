"""The model and the tokenizer that a run trains: of the multimodal family, or of the text family."""

from typing import Any

from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

from arith_synth.grammar import Grammar
from arith_synth.modeling import ArithSynthConfig, ArithSynthForProgramSynthesis, config_for, text_config_for
from arith_synth.semantics.panels import N_SHOWN
from arith_synth.tokenization import build_text_tokenizer, build_tokenizer
from arith_synth.training.config import TrainingConfig


def model_config_for(config: TrainingConfig, grammar: Grammar) -> PretrainedConfig:
    """The config of the model that the options ask for.

    Raises UnknownNameError for an unknown preset, UsageError for an unknown notation.
    """
    if config.family == "text":
        return text_config_for(config.preset, grammar, attention_dropout=config.dropout)
    changes: dict[str, Any] = {
        "notation": config.written_notation,
        "encoder": config.encoder,
        # An output says something only together with its input, unless that is always the same.
        "reads_inputs": config.panels == "resampled",
        "encoder_dropout": config.dropout,
        "example_dropout": config.example_dropout,
        "n_shown": config.n_shown or N_SHOWN,
    }
    unknown = changes.keys() - ArithSynthConfig().to_dict().keys()
    assert not unknown, f"fields that no model has: {unknown}"  # transformers would keep them and say nothing
    return config_for(config.preset, grammar, **changes)


def build_model(config: TrainingConfig, model_config: Any) -> PreTrainedModel:
    """The model with random weights, from torch's global random state."""
    if config.family == "text":
        from transformers import LlamaForCausalLM

        return LlamaForCausalLM(model_config)
    return ArithSynthForProgramSynthesis(model_config)


def tokenizer_of(config: TrainingConfig, grammar: Grammar) -> PreTrainedTokenizerFast:
    """The tokenizer that is saved beside the model."""
    return build_text_tokenizer(grammar) if config.family == "text" else build_tokenizer(grammar)
