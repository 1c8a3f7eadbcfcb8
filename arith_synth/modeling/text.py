"""The text family: a plain Llama causal language model on the columns `prompt` and `completion`.

Nothing of it is our own code but its config: transformers loads it without this package.
"""

from transformers import LlamaConfig, LlamaForCausalLM

from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.modeling.configuration import grammar_fields
from arith_synth.modeling.presets import config_for
from arith_synth.tokenization import MAX_TEXT_TOKENS, SPECIAL_TOKENS, text_vocabulary_of

#: What the decoders of the two families have alike.
_DECODER_FIELDS = (
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "hidden_act",
    "rms_norm_eps",
    "rope_parameters",
    "attention_bias",
    "attention_dropout",
    "mlp_bias",
    "initializer_range",
    "tie_word_embeddings",
)


def text_config_for(preset: str, grammar: Grammar, **changes: object) -> LlamaConfig:
    """The config of a preset's decoder on the text tokenizer of a grammar; `changes` are fields of `LlamaConfig`.

    `config.arith_synth` names the family, the notation and the grammar (`grammar_of` reads it); it is saved in
    `config.json`. Raises UnknownNameError for an unknown preset, UsageError for a field that `LlamaConfig` lacks.
    """
    decoder = config_for(preset, grammar)
    unknown = changes.keys() - LlamaConfig().to_dict().keys()
    if unknown:
        raise UsageError(f"a text model has no field {min(unknown)!r}; give fields of transformers' LlamaConfig")
    made_for = grammar_fields(grammar, "infix")
    fields = {
        **{name: getattr(decoder, name) for name in _DECODER_FIELDS},
        "vocab_size": len(text_vocabulary_of(grammar)),
        "max_position_embeddings": MAX_TEXT_TOKENS,
        "pad_token_id": SPECIAL_TOKENS.index("<pad>"),
        "bos_token_id": SPECIAL_TOKENS.index("<bos>"),
        "eos_token_id": SPECIAL_TOKENS.index("<eos>"),
        "arith_synth": {"family": "text", "notation": made_for["notation"], "grammar": made_for["grammar"]},
    }
    if "hidden_size" in changes or "num_attention_heads" in changes:
        del fields["head_dim"], fields["num_key_value_heads"]  # they follow from the two
    return LlamaConfig(**{**fields, **changes})


def text_model_for(preset: str, grammar: Grammar, **changes: object) -> LlamaForCausalLM:
    """A text model with random weights, from torch's global random state; arguments and errors of `text_config_for`."""
    return LlamaForCausalLM(text_config_for(preset, grammar, **changes))
