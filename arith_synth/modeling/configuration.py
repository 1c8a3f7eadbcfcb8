"""The configuration of a model: a Llama decoder, an example encoder, and the grammar it was made for."""

from transformers import LlamaConfig

from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.modeling.features import N_FEATURES
from arith_synth.tokenization import NOTATIONS, SPECIAL_TOKENS, vocabulary_of


class ArithSynthConfig(LlamaConfig):
    """A Llama decoder behind an encoder of exact examples. Every field is saved in `config.json`.

    `n_shown`: examples of a task. `n_prefix`: embeddings that the encoder makes of them; they replace as
    many `<example>` tokens. `position_width`: width of one encoded example. `encoder_width`: hidden
    width of the projector. `encoder_dropout`: on the hidden layer of the projector. `example_dropout`: share of the
    shown examples that are hidden in training. `notation`: in which the model writes. `grammar`: its definition.
    """

    model_type = "arith_synth"

    hidden_size: int = 80
    intermediate_size: int = 216
    num_hidden_layers: int = 3
    num_attention_heads: int = 5
    max_position_embeddings: int = 128
    initializer_range: float = 0.05
    vocab_size: int = 16
    pad_token_id: int = SPECIAL_TOKENS.index("<pad>")
    bos_token_id: int = SPECIAL_TOKENS.index("<bos>")
    eos_token_id: int = SPECIAL_TOKENS.index("<eos>")
    example_token_id: int = SPECIAL_TOKENS.index("<example>")
    n_shown: int = 16
    n_features: int = N_FEATURES
    n_prefix: int = 4
    position_width: int = 16
    encoder_width: int = 256
    encoder_dropout: float = 0.0
    example_dropout: float = 0.0
    notation: str = "prefix"
    grammar: dict | None = None

    def grammar_definition(self) -> Grammar:
        """The grammar whose programs the model writes. Raises UsageError when the config names none."""
        if self.grammar is None:
            raise UsageError("this model's config.json names no grammar; make it with config_for(preset, grammar)")
        return Grammar(
            name=self.grammar["name"],
            variables=tuple(self.grammar["variables"]),
            constants=tuple(self.grammar["constants"]),
            operators=tuple(self.grammar["operators"]),
        )


def grammar_fields(grammar: Grammar, notation: str) -> dict:
    """The fields of the config that follow from a grammar and a notation. Raises UsageError for an unknown notation."""
    if notation not in NOTATIONS:
        raise UsageError(f"unknown notation {notation!r}; choose one of {', '.join(NOTATIONS)}")
    return {
        "grammar": {
            "name": grammar.name,
            "variables": list(grammar.variables),
            "constants": list(grammar.constants),
            "operators": list(grammar.operators),
        },
        "notation": notation,
        "vocab_size": len(vocabulary_of(grammar)),
    }
