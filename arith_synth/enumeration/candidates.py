"""The candidates of a pair of classes, shared by all passes over the enumeration.

A candidate is an ordered triple (operator, left class, right class). An unordered pair {L, R} has up to six
that are evaluated: L+R, L*R (their mirror images are the same class), L-R, R-L, L/R and R/L.
"""

import numba
import numpy as np

from arith_synth.enumeration.field import add_mod, multiply_mod, subtract_mod
from arith_synth.enumeration.table import home_slot, prefetch_row
from arith_synth.grammar import Grammar

#: Operators by their code in every kernel and derivation; the order is part of the data version.
OPERATOR_CODES = {"+": 0, "-": 1, "*": 2, "/": 3}
N_FORMS = 6
#: Operator code of each form, and whether it takes (R, L) instead of (L, R).
FORM_OPERATOR = np.array([0, 1, 1, 2, 3, 3], dtype=np.int64)
FORM_SWAPPED = np.array([False, False, True, False, False, True])
#: A commutative form of two different classes stands for two trees.
FORM_COMMUTES = np.array([True, False, False, True, False, False])

#: Right operands whose candidates are computed, and their slots prefetched, before any is looked up.
BLOCK = 32


def forms_of(grammar: Grammar) -> np.ndarray:
    """Which of the six forms the grammar has: bool[6]."""
    present = {OPERATOR_CODES[symbol] for symbol in grammar.operators}
    return np.array([operator in present for operator in FORM_OPERATOR.tolist()])


@numba.njit(inline="always")
def evaluates(form, left, right, values):
    """Whether this form of a pair is a candidate: not a repetition, not a division by zero."""
    if left == right and FORM_SWAPPED[form]:
        return False
    if form == 4:
        return values[right, 0] != 0 or values[right, 1] != 0
    if form == 5:
        return values[left, 0] != 0 or values[left, 1] != 0
    return True


@numba.njit(inline="always")
def residues_of_forms(left, right, values, inverses, point, out, row):
    """Write the residues of all six forms at field point 0 or 1 into out[row, :, point].

    Shapes: values, inverses uint64[n, 2]; out uint64[BLOCK, 6, 2].
    """
    a, b = values[left, point], values[right, point]
    out[row, 0, point] = add_mod(a, b)
    out[row, 1, point] = subtract_mod(a, b)
    out[row, 2, point] = subtract_mod(b, a)
    out[row, 3, point] = multiply_mod(a, b)
    out[row, 4, point] = multiply_mod(a, inverses[right, point])
    out[row, 5, point] = multiply_mod(b, inverses[left, point])


@numba.njit(inline="always")
def compute_block(left, start, stop, values, inverses, table, residues, slots):
    """Residues and home slots of all candidates of `left` with right operands start..stop-1.

    Shapes: residues uint64[BLOCK, 6, 2], slots int64[BLOCK, 6]; at most BLOCK right operands.
    """
    for right in range(start, stop):
        row = right - start
        residues_of_forms(left, right, values, inverses, 0, residues, row)
        residues_of_forms(left, right, values, inverses, 1, residues, row)
        for form in range(N_FORMS):
            slot = home_slot(table, residues[row, form, 0])
            slots[row, form] = slot
            prefetch_row(table, slot)
