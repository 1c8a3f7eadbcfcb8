"""The tokenizer of a grammar, and the notations in which a model writes programs. Sees `grammar` only."""

from arith_synth.tokenization.notations import NOTATIONS, read_program, write_program
from arith_synth.tokenization.tokenizer import SPECIAL_TOKENS, build_tokenizer, vocabulary_of

__all__ = ["NOTATIONS", "SPECIAL_TOKENS", "build_tokenizer", "read_program", "vocabulary_of", "write_program"]
