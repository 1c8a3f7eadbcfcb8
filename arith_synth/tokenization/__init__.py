"""The tokenizers of a grammar, and the notations in which a model writes programs. Sees `grammar` only."""

from arith_synth.tokenization.notations import NOTATIONS, read_program, write_program
from arith_synth.tokenization.text_tokenizer import CHAT_TEMPLATE, build_text_tokenizer, text_vocabulary_of
from arith_synth.tokenization.tokenizer import SPECIAL_TOKENS, build_tokenizer, vocabulary_of

__all__ = [
    "CHAT_TEMPLATE",
    "NOTATIONS",
    "SPECIAL_TOKENS",
    "build_text_tokenizer",
    "build_tokenizer",
    "read_program",
    "text_vocabulary_of",
    "vocabulary_of",
    "write_program",
]
