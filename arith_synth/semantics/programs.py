"""Programs as rows of symbol codes, for everything that handles millions of them.

A row holds the prefix order, one uint8 a symbol, padded with 0 at the end; symbol i of `grammar.symbols` has
code i + 1. A program of n leaves over binary operators takes 2n - 1 codes, fewer where operators have more operands.
"""

from collections.abc import Iterable

import numpy as np

from arith_synth.grammar import Expression, Grammar

PADDING = 0


def row_width(max_size: int) -> int:
    """Codes in a row that holds any program of `max_size` leaves."""
    return 2 * max_size - 1


def n_leaf_codes(grammar: Grammar) -> int:
    """Codes 1..n are leaves, larger ones operators."""
    return len(grammar.leaves)


def encode_programs(programs: Iterable[Expression], grammar: Grammar, width: int | None = None) -> np.ndarray:
    """Codes uint8[n, width]; by default as wide as the longest program."""
    code_of = {symbol: index + 1 for index, symbol in enumerate(grammar.symbols)}
    rows = [[code_of[symbol] for symbol in program.symbols] for program in programs]
    if width is None:
        width = max((len(row) for row in rows), default=1)
    codes = np.zeros((len(rows), width), dtype=np.uint8)
    for index, row in enumerate(rows):
        codes[index, : len(row)] = row
    return codes


def decode_program(row: np.ndarray, grammar: Grammar) -> Expression:
    """The expression of one row of codes."""
    symbols = grammar.symbols
    return Expression(tuple(symbols[code - 1] for code in row.tolist() if code != PADDING))
