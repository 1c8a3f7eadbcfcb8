"""The candidates of pairs of classes in a field, shared by all passes over the enumeration.

A candidate is an ordered triple (operator, left class, right class). An unordered pair {L, R} has up to six
that are evaluated: L+R, L*R (their mirror images are the same class), L-R, R-L, L/R and R/L.
"""

from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import OPERATORS
from arith_synth.semantics.field import (
    add_mod,
    high_half,
    invert_all,
    low_half,
    multiply_halves,
    multiply_mod,
    subtract_mod,
)

#: Operators by their code in every kernel and derivation; the order is part of the data version.
OPERATOR_CODES = {symbol: code for code, symbol in enumerate(OPERATORS)}
N_FORMS = 6
#: Operator of each form, and whether it takes (R, L) instead of (L, R).
FORM_SYMBOLS = ("+", "-", "-", "*", "/", "/")
FORM_OPERATOR = np.array([OPERATOR_CODES[symbol] for symbol in FORM_SYMBOLS], dtype=np.int64)
FORM_SWAPPED = np.array([False, False, True, False, False, True])
#: A commutative form of two different classes stands for two trees.
FORM_COMMUTES = np.array([True, False, False, True, False, False])
REVERSED_DIFFERENCE, QUOTIENT, REVERSED_QUOTIENT = 2, 4, 5
#: Forms before this one are sums and differences.
FIRST_PRODUCT = 3

#: Right operands whose candidates are computed at once: all that a form needs stays in the first-level cache.
BLOCK = 512
#: In place of a residue: not a candidate (a repetition, a division by zero, an operator the grammar lacks).
NO_CANDIDATE = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operands:
    """Classes as operands, column by column: residues and their inverses (0 for 0) at both field points.

    Shapes: all uint64[n]. `zero` is the number of the class of value 0, or -1; `forms` int64[k] the forms of the
    grammar.
    """

    first: np.ndarray
    second: np.ndarray
    first_inverse: np.ndarray
    second_inverse: np.ndarray
    zero: int
    forms: np.ndarray

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int, np.ndarray]:
        """What the kernels take, in their order."""
        return self.first, self.second, self.first_inverse, self.second_inverse, self.zero, self.forms


#: Bytes of a class as an operand.
OPERAND_BYTES = 32


def operands_of(grammar: Grammar, values: np.ndarray) -> Operands:
    """The classes of residues uint64[n, 2] as operands."""
    first, second = np.ascontiguousarray(values[:, 0]), np.ascontiguousarray(values[:, 1])
    zeros = np.flatnonzero((first == 0) & (second == 0))
    return Operands(
        first=first,
        second=second,
        first_inverse=invert_all(first),
        second_inverse=invert_all(second),
        zero=int(zeros[0]) if len(zeros) else -1,
        forms=np.array(
            [form for form, symbol in enumerate(FORM_SYMBOLS) if symbol in grammar.operators], dtype=np.int64
        ),
    )


@numba.njit(inline="always")
def fill_block(left, start, stop, value, inverse, zero, out):
    """Residues at one field point of all six forms of `left` with right operands start..stop-1.

    Shapes: value, inverse uint64[n]; out uint64[6, BLOCK]. What is no candidate gets NO_CANDIDATE.
    """
    a = value[left]
    for k in range(stop - start):
        b = value[start + k]
        out[0, k] = add_mod(a, b)
        out[1, k] = subtract_mod(a, b)
        out[2, k] = subtract_mod(b, a)
    if start == left:
        out[REVERSED_DIFFERENCE, 0] = NO_CANDIDATE
    fill_products(left, start, stop, value, inverse, zero, out)


@numba.njit(inline="always")
def fill_products(left, start, stop, value, inverse, zero, out):
    """As `fill_block`, for products and quotients alone."""
    a, a_inverse = value[left], inverse[left]
    a_low, a_high = low_half(a), high_half(a)
    inverse_low, inverse_high = low_half(a_inverse), high_half(a_inverse)
    for k in range(stop - start):
        b = value[start + k]
        out[3, k] = multiply_halves(a_low, a_high, b)
        out[4, k] = multiply_halves(a_low, a_high, inverse[start + k])
        out[5, k] = multiply_halves(inverse_low, inverse_high, b)
    if start <= zero < stop:
        out[QUOTIENT, zero - start] = NO_CANDIDATE
    if left == zero:
        out[REVERSED_QUOTIENT, : stop - start] = NO_CANDIDATE
    if start == left:
        out[REVERSED_QUOTIENT, 0] = NO_CANDIDATE


@numba.njit(inline="always")
def residue_of(form, left, right, value, inverse):
    """The residue at one field point of one candidate."""
    a, b = value[left], value[right]
    if form == 0:
        return add_mod(a, b)
    if form == 1:
        return subtract_mod(a, b)
    if form == 2:
        return subtract_mod(b, a)
    if form == 3:
        return multiply_mod(a, b)
    if form == 4:
        return multiply_mod(a, inverse[right])
    return multiply_mod(b, inverse[left])


@numba.njit(inline="always")
def fill_kept(form, left, start, kept, n_kept, value, inverse, out):
    """As `fill_products`, for one form and right operands start + kept[0 .. n_kept - 1] alone: out uint64[BLOCK]."""
    factor = inverse[left] if form == REVERSED_QUOTIENT else value[left]
    low, high = low_half(factor), high_half(factor)
    if form == QUOTIENT:
        for t in range(n_kept):
            out[t] = multiply_halves(low, high, inverse[start + kept[t]])
    else:
        for t in range(n_kept):
            out[t] = multiply_halves(low, high, value[start + kept[t]])
