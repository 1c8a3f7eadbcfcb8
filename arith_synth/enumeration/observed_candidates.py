"""Candidates of grammars whose classes are told apart by their outputs on fixed inputs, evaluated piece by piece.

A candidate is an operator over classes, as many as it has operands. Of a commutative operator only one order of two
classes is evaluated. A candidate that is undefined on all inputs is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.enumeration.candidates import OPERATOR_CODES
from arith_synth.enumeration.growth import compositions
from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import OPERATORS
from arith_synth.semantics.field import add_mod, high_half, low_half, multiply_halves, multiply_mod, subtract_mod
from arith_synth.semantics.fingerprints import PRIME
from arith_synth.semantics.observational import UNDEF_RESIDUE

#: Tuples of classes of a piece: some hundredths of a second of work, and a few megabytes of candidates.
TUPLES_OF_PIECE = 1 << 14
#: In place of a residue where an output is undefined, and in place of an inverse there and where the output is zero.
UNDEFINED = np.uint64(0xFFFF_FFFF_FFFF_FFFF)

_SUM, _DIFFERENCE, _PRODUCT, _QUOTIENT = (OPERATOR_CODES[symbol] for symbol in "+-*/")
_MINIMUM, _MAXIMUM = OPERATOR_CODES["min"], OPERATOR_CODES["max"]
_RESIDUE_OF_UNDEF = np.uint64(UNDEF_RESIDUE)
_HALF_WORD = np.uint64(32)
_LOW_HALF_WORD = np.uint64(0xFFFF_FFFF)
_ONE_HALF_WORD_UP = np.uint64((1 << 32) % PRIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedPiece:
    """Tuples begin..end-1 of one class of each range, numbered with the last operand's class varying fastest.

    Shapes: starts, lengths int64[arity], the ranges of classes. Where `unordered`, only pairs with first <= second are
    meant. `n_pairs`, the number of tuples, is what the piece costs.
    """

    operator: int
    starts: np.ndarray
    lengths: np.ndarray
    begin: int
    end: int
    unordered: bool

    @property
    def n_pairs(self) -> int:
        """Tuples, those included that repeat one in the other order."""
        return self.end - self.begin

    @property
    def bounds(self) -> tuple[int, np.ndarray, np.ndarray, int, int, bool]:
        """What the kernels take, in their order."""
        return self.operator, self.starts, self.lengths, self.begin, self.end, self.unordered


def observed_pieces(
    grammar: Grammar, first_of_size: Sequence[int], size: int, most_tuples: int = TUPLES_OF_PIECE
) -> list[ObservedPiece]:
    """All tuples of operands whose minimal sizes add up to `size`, in canonical order: by operator, sizes, classes."""
    pieces = []
    for symbol, code in OPERATOR_CODES.items():  # the order of this table, not of the grammar's operators
        if symbol not in grammar.operators:
            continue
        operator = OPERATORS[symbol]
        for sizes in compositions(size, operator.arity):
            if operator.commutative and sizes[0] > sizes[1]:
                continue
            starts = np.array([first_of_size[part] for part in sizes], dtype=np.int64)
            lengths = np.array([first_of_size[part + 1] for part in sizes], dtype=np.int64) - starts
            n_tuples = int(lengths.prod())
            for begin in range(0, n_tuples, most_tuples):
                pieces.append(
                    ObservedPiece(
                        operator=code,
                        starts=starts,
                        lengths=lengths,
                        begin=begin,
                        end=min(begin + most_tuples, n_tuples),
                        unordered=operator.commutative and sizes[0] == sizes[1],
                    )
                )
    return pieces


@numba.njit(cache=True, nogil=True)
def evaluate(
    operator, starts, lengths, begin, end, unordered, residues, inverses, numerators, denominators, keys
):  # fmt: skip
    """The candidates of a piece: operands int64[m, arity], first and second residues uint64[m].

    Shapes: residues, inverses uint64[classes, inputs] (modulo p, or UNDEFINED); numerators, denominators
    int64[classes, inputs] (reduced; the denominator is positive, or 0 where undefined); keys uint64[2, inputs].
    """
    arity = len(starts)
    operands = np.empty((end - begin, arity), dtype=np.int64)
    first, second = np.empty(end - begin, dtype=np.uint64), np.empty(end - begin, dtype=np.uint64)
    outputs = np.empty(residues.shape[1], dtype=np.uint64)
    n = 0
    for number in range(begin, end):
        rest = number
        for place in range(arity - 1, -1, -1):
            operands[n, place] = starts[place] + rest % lengths[place]
            rest //= lengths[place]
        if unordered and operands[n, 1] < operands[n, 0]:
            continue
        one, other = operands[n, 0], operands[n, 1]
        if operator in (_SUM, _DIFFERENCE):
            n_defined = _add(operator, residues[one], residues[other], outputs)
        elif operator == _PRODUCT:
            n_defined = _multiply(residues[one], residues[other], outputs)
        elif operator == _QUOTIENT:
            n_defined = _multiply(residues[one], inverses[other], outputs)
        else:
            # min(a, b) is `if a < b then a else b`, and max(a, b) is `if a < b then b else a`.
            chosen, otherwise = one, other
            if operator == _MAXIMUM:
                chosen, otherwise = other, one
            elif operator != _MINIMUM:
                chosen, otherwise = operands[n, 2], operands[n, 3]
            n_defined = _select(
                numerators[one], denominators[one], numerators[other], denominators[other],
                residues[chosen], residues[otherwise], outputs,
            )  # fmt: skip
        if n_defined:
            first[n], second[n] = _hash(keys[0], outputs), _hash(keys[1], outputs)
            n += 1
    return operands[:n], first[:n], second[:n]


@numba.njit(nogil=True)
def _add(operator, left, right, outputs):
    """Sums or differences of residues uint64[inputs] go to `outputs`; returns how many are defined."""
    n_defined = 0
    for place in range(len(outputs)):
        a, b = left[place], right[place]
        is_defined = (a != UNDEFINED) & (b != UNDEFINED)
        value = add_mod(a, b) if operator == _SUM else subtract_mod(a, b)
        outputs[place] = value if is_defined else _RESIDUE_OF_UNDEF
        n_defined += np.int64(is_defined)
    return n_defined


@numba.njit(nogil=True)
def _multiply(left, right, outputs):
    """As `_add`, for products; for quotients `right` holds inverses, which zero has none of."""
    n_defined = 0
    for place in range(len(outputs)):
        a, b = left[place], right[place]
        is_defined = (a != UNDEFINED) & (b != UNDEFINED)
        value = multiply_halves(low_half(a), high_half(a), b)
        outputs[place] = value if is_defined else _RESIDUE_OF_UNDEF
        n_defined += np.int64(is_defined)
    return n_defined


@numba.njit(nogil=True)
def _select(low, under_low, high, under_high, chosen, otherwise, outputs):
    """As `_add`, for `if low < high then chosen else otherwise`: int64[inputs] fractions low / under_low, ...

    Denominators are positive where all is defined, and the products do not overflow: `behaviours.check_heights`.
    """
    n_defined = 0
    for place in range(len(outputs)):
        a, b = chosen[place], otherwise[place]
        is_defined = (under_low[place] != 0) & (under_high[place] != 0) & (a != UNDEFINED) & (b != UNDEFINED)
        value = a if low[place] * under_high[place] < high[place] * under_low[place] else b
        outputs[place] = value if is_defined else _RESIDUE_OF_UNDEF
        n_defined += np.int64(is_defined)
    return n_defined


@numba.njit(nogil=True)
def _hash(keys, outputs):
    """Sum of key * output modulo p. Halves of products are below 2^32, so that their sums cannot overflow."""
    low, high = np.uint64(0), np.uint64(0)
    for place in range(len(outputs)):
        product = multiply_halves(low_half(keys[place]), high_half(keys[place]), outputs[place])
        low += product & _LOW_HALF_WORD
        high += product >> _HALF_WORD
    return add_mod(multiply_mod(high, _ONE_HALF_WORD_UP), low)
