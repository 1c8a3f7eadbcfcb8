"""Expressions, parsing, rendering, shapes, patterns and named grammars. Pure Python, no arrays."""

from arith_synth.grammar.definitions import grammar_from_toml, resolve_grammar
from arith_synth.grammar.expressions import Expression, compose, leaf_expression
from arith_synth.grammar.grammars import NAMED_GRAMMARS, Grammar, grammar_named
from arith_synth.grammar.measures import depth, n_divisions, shape, size, strahler_number
from arith_synth.grammar.parsing import MAX_CHARACTERS, MAX_LEAVES, parse_infix, parse_prefix
from arith_synth.grammar.records import grammar_from_record, grammar_record
from arith_synth.grammar.rendering import to_infix, to_prefix

__all__ = [
    "MAX_CHARACTERS",
    "MAX_LEAVES",
    "NAMED_GRAMMARS",
    "Expression",
    "Grammar",
    "compose",
    "depth",
    "grammar_from_record",
    "grammar_from_toml",
    "grammar_named",
    "grammar_record",
    "leaf_expression",
    "n_divisions",
    "parse_infix",
    "parse_prefix",
    "resolve_grammar",
    "shape",
    "size",
    "strahler_number",
    "to_infix",
    "to_prefix",
]
