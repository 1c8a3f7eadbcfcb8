"""The tokenizers of a grammar, and the notations in which a model writes programs. Sees `grammar` only."""

from arith_synth.tokenization.notations import NOTATIONS, read_program, write_program
from arith_synth.tokenization.text_tokenizer import (
    CHAT_TEMPLATE,
    MAX_TEXT_TOKENS,
    build_text_tokenizer,
    text_vocabulary_of,
)
from arith_synth.tokenization.tokenizer import MAX_TOKENS, SPECIAL_TOKENS, build_tokenizer, vocabulary_of

__all__ = [
    "CHAT_TEMPLATE",
    "MAX_TEXT_TOKENS",
    "MAX_TOKENS",
    "NOTATIONS",
    "SPECIAL_TOKENS",
    "build_text_tokenizer",
    "build_tokenizer",
    "read_program",
    "text_vocabulary_of",
    "vocabulary_of",
    "write_program",
]
