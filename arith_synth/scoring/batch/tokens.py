"""A grammar's infix notation as tables that the kernel of `parsing` reads. `grammar.reading` defines the language."""

from functools import cache
from typing import NamedTuple

import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import OPERATORS, Operator
from arith_synth.semantics.programs import n_leaf_codes
from arith_synth.semantics.text_columns import text_table

#: Kinds of tokens.
LEAF, INFIX, OPEN, CLOSE, SEPARATOR, CALL, CONDITIONAL = range(7)
_KINDS = {"infix": INFIX, "call": CALL, "conditional": CONDITIONAL}


class Notation(NamedTuple):
    """What the kernel knows of a grammar. t tokens in the order of their bytes, m operators, at most a operands.

    `bytes` uint8, `starts` int32[t + 1]: the tokens' texts; those with first byte b are `buckets`[b] to
    `buckets`[b + 1]. `kinds`, `values` int64[t]: a leaf's or operator's code, a separator's number. By operator:
    `arities`, `precedences` int64[m], `is_infix`, `is_conditional` bool[m], `separators` int64[m, a - 1]; `refuses`
    bool[m, a]: after so many of its operands no conditional may begin without parentheses. `n_leaves`: larger codes are
    operators.
    """

    bytes: np.ndarray
    starts: np.ndarray
    buckets: np.ndarray
    kinds: np.ndarray
    values: np.ndarray
    arities: np.ndarray
    precedences: np.ndarray
    is_infix: np.ndarray
    is_conditional: np.ndarray
    separators: np.ndarray
    refuses: np.ndarray
    n_leaves: int


@cache
def notation_of(grammar: Grammar) -> Notation:
    """The tables of a grammar."""
    separators = [mark for mark in grammar.infix_marks if mark not in ("(", ")")]
    kind_and_value = {"(": (OPEN, 0), ")": (CLOSE, 0)}
    kind_and_value |= {text: (SEPARATOR, number) for number, text in enumerate(separators)}
    for code, symbol in enumerate(grammar.symbols, 1):
        is_leaf = code <= n_leaf_codes(grammar)
        kind_and_value[symbol] = (LEAF if is_leaf else _KINDS[OPERATORS[symbol].notation], code)
    tokens = sorted(kind_and_value, key=str.encode)
    texts, starts = text_table(tokens)
    operators = [OPERATORS[symbol] for symbol in grammar.operators]
    most_operands = max(operator.arity for operator in operators)
    numbers = np.full((len(operators), most_operands - 1), -1, dtype=np.int64)
    refuses = np.zeros((len(operators), most_operands), dtype=np.bool_)
    for row, operator in enumerate(operators):
        for place, text in enumerate(operator.separators):
            numbers[row, place] = separators.index(text)
        refuses[row, : operator.arity] = [_refuses_conditional(operator, place) for place in range(operator.arity)]
    return Notation(
        bytes=texts,
        starts=starts,
        buckets=np.searchsorted([token.encode()[0] for token in tokens], np.arange(257)).astype(np.int64),
        kinds=np.array([kind_and_value[token][0] for token in tokens], dtype=np.int64),
        values=np.array([kind_and_value[token][1] for token in tokens], dtype=np.int64),
        arities=np.array([operator.arity for operator in operators], dtype=np.int64),
        precedences=np.array([operator.precedence for operator in operators], dtype=np.int64),
        is_infix=np.array([operator.notation == "infix" for operator in operators]),
        is_conditional=np.array([operator.notation == "conditional" for operator in operators]),
        separators=numbers,
        refuses=refuses,
        n_leaves=n_leaf_codes(grammar),
    )


def _refuses_conditional(operator: Operator, n_before: int) -> bool:
    """As `InfixReader` has it: not as an operand of an infix operator, nor of a comparison."""
    if operator.notation == "infix":
        return True
    before = operator.separators[n_before - 1] if n_before else operator.symbol
    return before == "<" or (operator.notation == "conditional" and n_before == 0)
