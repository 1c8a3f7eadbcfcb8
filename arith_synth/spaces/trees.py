"""Rows of symbol codes as trees: the arity table that the kernels walk by, and the check before they do."""

import numba
import numpy as np

from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import OPERATORS
from arith_synth.semantics.programs import PADDING, n_leaf_codes


def arity_table(grammar: Grammar) -> np.ndarray:
    """Number of operands by code, int64[n_symbols + 1]; 0 for leaves and for padding."""
    table = np.zeros(len(grammar.symbols) + 1, dtype=np.int64)
    for index, operator in enumerate(grammar.operators):
        table[n_leaf_codes(grammar) + 1 + index] = OPERATORS[operator].arity
    return table


def checked_codes(codes: np.ndarray, grammar: Grammar) -> np.ndarray:
    """The same rows, C-contiguous and writable uint8[n, width], once each is known to be exactly one program.

    The kernels index memory by these codes, so nothing else may reach them (and numba would compile everything again
    for read-only rows). Raises UsageError naming the first bad row.
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or codes.dtype != np.uint8:
        raise UsageError(f"codes must be uint8[n, width], not {codes.dtype}{list(codes.shape)}; use encode_programs")
    if codes.shape[1] == 0:
        raise UsageError("rows of codes have width 0; encode programs with encode_programs")
    codes = np.require(codes, requirements=("C", "W"))
    row = _first_bad_row(codes, arity_table(grammar))
    if row < len(codes):
        raise UsageError(
            f"row {row} of codes is not one program of grammar {grammar.name}; encode programs with encode_programs"
        )
    return codes


@numba.njit(cache=True, nogil=True)
def _first_bad_row(codes, arities):
    for row in range(codes.shape[0]):
        n_open = 1  # operands still to come
        for position in range(codes.shape[1]):
            code = codes[row, position]
            if code >= arities.shape[0] or (code == PADDING) != (n_open == 0):
                return row
            if code != PADDING:
                n_open += arities[code] - 1
        if n_open != 0:
            return row
    return codes.shape[0]
