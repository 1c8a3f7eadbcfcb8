"""The configuration of a model: a Llama decoder, an example encoder, and the grammar it was made for."""

from typing import Any

from transformers import LlamaConfig

from arith_synth.errors import CheckpointError, GrammarError, UsageError
from arith_synth.grammar import Grammar, grammar_from_record, grammar_record
from arith_synth.modeling.features import N_FEATURES
from arith_synth.tokenization import MAX_TOKENS, NOTATIONS, SPECIAL_TOKENS, vocabulary_of


class ArithSynthConfig(LlamaConfig):
    """A Llama decoder behind an encoder of exact examples. Every field is saved in `config.json`.

    Its sizes are those of the preset `nano`, where nothing is said.

    `n_shown`: examples of a task. `encoder`: "positions" maps each by its place and projects all together, "tokens"
    makes one embedding of each. `n_prefix`: embeddings that the encoder makes; they replace as many `<example>`
    tokens. `reads_inputs`: inputs are encoded with the outputs, for panels that change. `position_width`: width of one
    encoded example of "positions". `encoder_width`: hidden width of the projector. `encoder_dropout`: on the hidden
    layer of the projector. `example_dropout`: share of the shown examples that are hidden in training. `notation`: in
    which the model writes. `grammar`: its definition.
    """

    model_type = "arith_synth"

    hidden_size: int = 80
    intermediate_size: int = 216
    num_hidden_layers: int = 2
    num_attention_heads: int = 2
    max_position_embeddings: int = MAX_TOKENS
    initializer_range: float = 0.05
    vocab_size: int = 16
    pad_token_id: int = SPECIAL_TOKENS.index("<pad>")
    bos_token_id: int = SPECIAL_TOKENS.index("<bos>")
    eos_token_id: int = SPECIAL_TOKENS.index("<eos>")
    example_token_id: int = SPECIAL_TOKENS.index("<example>")
    n_shown: int = 16
    n_features: int = N_FEATURES
    encoder: str = "positions"
    reads_inputs: bool = False
    n_prefix: int = 2
    position_width: int = 12
    encoder_width: int = 448
    encoder_dropout: float = 0.0
    example_dropout: float = 0.0
    notation: str = "prefix"
    grammar: dict | None = None

    def __post_init__(self, **kwargs: Any) -> None:
        super().__post_init__(**kwargs)
        if self.encoder == "tokens":
            self.n_prefix = self.n_shown

    @property
    def n_example_features(self) -> int:
        """Features of one example: those of its output and, where inputs are read, of each variable's value."""
        n_variables = len(self.grammar["variables"]) if self.reads_inputs and self.grammar else 0
        return self.n_features * (1 + n_variables)

    def grammar_definition(self) -> Grammar:
        """The grammar whose programs the model writes.

        Raises UsageError when the config names none, CheckpointError when what it says is no grammar.
        """
        return grammar_from(self.grammar)


def grammar_from(definition: object) -> Grammar:
    """The grammar that a `config.json` defines; errors of `ArithSynthConfig.grammar_definition`."""
    if definition is None:
        raise UsageError(
            "this model's config.json names no grammar; make the model with arith-synth, or say which grammar it writes"
        )
    try:
        return grammar_from_record(definition)
    except GrammarError as error:
        raise CheckpointError(f"the grammar in this model's config.json is none: {error}; save it again") from None


def grammar_fields(grammar: Grammar, notation: str) -> dict:
    """The fields of the config that follow from a grammar and a notation. Raises UsageError for an unknown notation."""
    if notation not in NOTATIONS:
        raise UsageError(f"unknown notation {notation!r}; choose one of {', '.join(NOTATIONS)}")
    return {
        "grammar": grammar_record(grammar),
        "notation": notation,
        "vocab_size": len(vocabulary_of(grammar)),
    }
