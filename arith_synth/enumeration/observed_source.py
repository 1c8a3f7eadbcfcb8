"""Candidates of grammars whose classes are told apart by outputs: counted, sent to their buckets, followed by states.

The same methods as those of `field_source.FieldSource`. Here evaluating a candidate costs far more than what is done
with it, so a piece is evaluated as a whole, again for each method, and then its candidates are gone through.
"""

from collections.abc import Sequence

import numba
import numpy as np

from arith_synth.enumeration.behaviours import Behaviours, behaviours_of, check_heights
from arith_synth.enumeration.field_realizability import Gathered, Reaching
from arith_synth.enumeration.lookup import NO_CLASS, bits_of, may_hold, number_of, region_of
from arith_synth.enumeration.observed_candidates import ObservedPiece, observed_pieces
from arith_synth.enumeration.partition import Buckets, put
from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import OPERATORS

#: By operator code: a candidate with two different operands stands for two trees.
_COMMUTES = np.array([operator.commutative for operator in OPERATORS.values()])
_OPERATOR_SHIFT = np.uint64(60)
_STATE_BYTE = np.uint64(0xFF)
_STATE_BYTE_BITS = np.uint64(8)


class ObservedSource:
    """The candidates of one size over the classes of smaller sizes.

    Raises CapacityError when outputs may leave 61 bits.
    """

    def __init__(self, grammar: Grammar, size: int, values: np.ndarray, first_of_size: Sequence[int]) -> None:
        check_heights(grammar, size)
        self.size = size
        self.pieces: list[ObservedPiece] = observed_pieces(grammar, first_of_size, size)
        self._behaviours: Behaviours = behaviours_of(grammar, values[: first_of_size[size]], first_of_size[: size + 1])

    @property
    def most_candidates(self) -> int:
        """Upper bound of the number of candidates."""
        return sum(piece.n_pairs for piece in self.pieces)

    def count(self, piece: ObservedPiece, buckets: Buckets, counts: np.ndarray) -> None:
        """Add a piece's candidates to counts uint32[buckets]."""
        operands, first, _ = self._behaviours.candidates(piece)
        _count(operands, first, False, np.uint64(buckets.shift), np.uint64(buckets.low), counts)

    def scatter(
        self, piece: ObservedPiece, buckets: Buckets, cursors: np.ndarray, stage: np.ndarray, entries: np.ndarray
    ) -> None:
        """Put a piece's candidates, entries (first residue, second residue), into their buckets."""
        _, first, second = self._behaviours.candidates(piece)
        _scatter(first, second, np.uint64(buckets.shift), np.uint64(buckets.low), cursors, stage, entries)

    def count_derivations(self, piece: ObservedPiece, buckets: Buckets, counts: np.ndarray) -> None:
        """As `count`, for derivations: a commutative operator over two classes has two."""
        operands, first, _ = self._behaviours.candidates(piece)
        mirrored = bool(_COMMUTES[piece.operator])
        _count(operands, first, mirrored, np.uint64(buckets.shift), np.uint64(buckets.low), counts)

    def scatter_derivations(
        self, piece: ObservedPiece, buckets: Buckets, cursors: np.ndarray, stage: np.ndarray, entries: np.ndarray
    ) -> None:
        """Put a piece's derivations, entries (first residue, derivation), into their buckets, in canonical order."""
        operands, first, _ = self._behaviours.candidates(piece)
        shift, low = np.uint64(buckets.shift), np.uint64(buckets.low)
        _scatter_derivations(piece.operator, operands, first, shift, low, cursors, stage, entries)

    def spread(self, piece: ObservedPiece, reaching: Reaching, gathered: Gathered) -> None:
        """Add the automaton states that a piece's candidates reach."""
        candidates = self._behaviours.candidates(piece)
        _spread(
            piece.operator, *candidates, *reaching.index.arrays, *reaching.images.arrays, reaching.sizes,
            reaching.reach, reaching.leaves, gathered.states,
        )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _count(operands, first, mirrored, shift, low, counts):
    for candidate in range(len(first)):
        bucket = (first[candidate] >> shift) - low
        if bucket < np.uint64(len(counts)):
            counts[bucket] += np.uint32(2 if mirrored and operands[candidate, 0] != operands[candidate, 1] else 1)


@numba.njit(cache=True, nogil=True)
def _scatter(first, second, shift, low, cursors, stage, entries):
    for candidate in range(len(first)):
        bucket = (first[candidate] >> shift) - low
        if bucket < np.uint64(len(cursors)):
            put(first[candidate], second[candidate], bucket, cursors, stage, entries)


@numba.njit(inline="always")
def _pack(operator, operands):
    """The derivation that `derivations.operator_of` and `operand_of` read: operands int64[arity]."""
    bits = _OPERATOR_SHIFT // np.uint64(len(operands))
    packed = np.uint64(0)
    for place in range(len(operands)):
        packed = (packed << bits) | np.uint64(operands[place])
    return (np.uint64(operator) << _OPERATOR_SHIFT) | packed


@numba.njit(cache=True, nogil=True)
def _scatter_derivations(operator, operands, first, shift, low, cursors, stage, entries):
    for candidate in range(len(first)):
        bucket = (first[candidate] >> shift) - low
        if bucket >= np.uint64(len(cursors)):
            continue
        of_candidate = operands[candidate]
        put(first[candidate], _pack(operator, of_candidate), bucket, cursors, stage, entries)
        if _COMMUTES[operator] and of_candidate[0] != of_candidate[1]:
            put(first[candidate], _pack(operator, of_candidate[::-1]), bucket, cursors, stage, entries)


@numba.njit(nogil=True)
def _image(starts, n_states, images, operator, words):
    """The word of an operator over words uint64[arity]."""
    image = np.uint64(0)
    for pattern in range(len(n_states)):
        byte = np.uint64(pattern) * _STATE_BYTE_BITS
        place = np.int64(0)
        for word in words:
            place = place << n_states[pattern] | np.int64((word >> byte) & _STATE_BYTE)
        image |= np.uint64(images[starts[pattern, operator] + place]) << byte
    return image


@numba.njit(nogil=True)
def _states_of(starts, n_states, images, operator, operands, sizes, reach, leaves, more, words):
    """States of operator(operands) with at most `leaves` leaves.

    What the operands' minimal sizes leave over is shared out among them in every way: `more` leaves each, of which the
    last operand gets what the others leave. All of it, for reach only grows with leaves. Shapes: more int64[arity] and
    words uint64[arity] are room to work in; the rest as in `field_realizability`.
    """
    last = len(operands) - 1
    spare = leaves
    for operand in operands:
        spare -= np.int64(sizes[operand])
    more[:] = 0
    more[last] = spare
    image = np.uint64(0)
    while True:
        for place in range(last + 1):
            operand = operands[place]
            words[place] = reach[np.int64(sizes[operand]) + more[place], operand]
        image |= _image(starts, n_states, images, operator, words)
        place = 0
        while place < last and more[last] == 0:  # count on: this operand starts again, the next one gets one more
            more[last] += more[place]
            more[place] = 0
            place += 1
        if place == last:
            return image
        more[place] += 1
        more[last] -= 1


@numba.njit(cache=True, nogil=True)
def _spread(
    operator, operands, first, second, filter_words, slots, values, starts, n_states, images, sizes, reach, leaves,
    states,
):  # fmt: skip
    filter_bits = bits_of(len(filter_words)) + np.uint64(6)
    region_bits, slot_bits = bits_of(slots.shape[0]), bits_of(slots.shape[1])
    more = np.zeros(operands.shape[1], dtype=np.int64)
    words = np.zeros(operands.shape[1], dtype=np.uint64)
    for candidate in range(len(first)):
        if not may_hold(filter_words, filter_bits, first[candidate]):
            continue
        region = region_of(first[candidate], region_bits)
        index = number_of(slots[region], slot_bits, values, first[candidate], second[candidate])
        if index == NO_CLASS:
            continue
        of_candidate = operands[candidate]
        states[index] |= _states_of(starts, n_states, images, operator, of_candidate, sizes, reach, leaves, more, words)
        if _COMMUTES[operator] and of_candidate[0] != of_candidate[1]:
            states[index] |= _states_of(
                starts, n_states, images, operator, of_candidate[::-1], sizes, reach, leaves, more, words
            )
