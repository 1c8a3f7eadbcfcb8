"""Candidates of grammars whose classes are told apart in a field: counted, and sent to their buckets."""

from collections.abc import Sequence

import numba
import numpy as np

from arith_synth.enumeration.candidates import (
    BLOCK,
    FIRST_PRODUCT,
    FORM_COMMUTES,
    FORM_OPERATOR,
    FORM_SWAPPED,
    N_FORMS,
    REVERSED_DIFFERENCE,
    Operands,
    fill_block,
    fill_kept,
    fill_products,
    operands_of,
)
from arith_synth.enumeration.derivations import pack_pair
from arith_synth.enumeration.field_realizability import Gathered, Reaching, spread_pairs
from arith_synth.enumeration.partition import Buckets, put
from arith_synth.enumeration.pieces import Piece, pieces_of
from arith_synth.grammar import Grammar
from arith_synth.semantics.field import add_mod, subtract_mod
from arith_synth.semantics.fingerprints import PRIME

_P = np.uint64(PRIME)
_ONE = np.uint64(1)
#: Below this share of all residues, second residues are computed for wanted candidates alone.
_SPARSE = np.uint64(2)
_NONE = np.uint64(0)


class FieldSource:
    """The candidates of one size over the classes of smaller sizes."""

    def __init__(self, grammar: Grammar, size: int, values: np.ndarray, first_of_size: Sequence[int]) -> None:
        self.size = size
        self.operands: Operands = operands_of(grammar, values[: first_of_size[size]])
        self.pieces: list[Piece] = pieces_of(first_of_size, size)

    @property
    def most_candidates(self) -> int:
        """Upper bound of the number of candidates."""
        return sum(piece.n_pairs for piece in self.pieces) * len(self.operands.forms)

    def count(self, piece: Piece, buckets: Buckets, counts: np.ndarray) -> None:
        """Add a piece's candidates to counts uint32[buckets]."""
        _count(*piece.bounds, *self.operands.arrays, np.uint64(buckets.shift), np.uint64(buckets.low), False, counts)

    def scatter(
        self, piece: Piece, buckets: Buckets, cursors: np.ndarray, stage: np.ndarray, entries: np.ndarray
    ) -> None:
        """Put a piece's candidates, entries (first residue, second residue), into their buckets."""
        shift, low = np.uint64(buckets.shift), np.uint64(buckets.low)
        _scatter(*piece.bounds, *self.operands.arrays, shift, low, cursors, stage, entries)

    def count_derivations(self, piece: Piece, buckets: Buckets, counts: np.ndarray) -> None:
        """As `count`, for derivations: a commutative operator over two classes has two."""
        _count(*piece.bounds, *self.operands.arrays, np.uint64(buckets.shift), np.uint64(buckets.low), True, counts)

    def scatter_derivations(
        self, piece: Piece, buckets: Buckets, cursors: np.ndarray, stage: np.ndarray, entries: np.ndarray
    ) -> None:
        """Put a piece's derivations, entries (first residue, derivation), into their buckets, in canonical order."""
        shift, low = np.uint64(buckets.shift), np.uint64(buckets.low)
        _scatter_derivations(*piece.bounds, *self.operands.arrays, shift, low, cursors, stage, entries)

    def spread(self, piece: Piece, reaching: Reaching, gathered: Gathered) -> None:
        """Add the automaton states that a piece's candidates reach."""
        spread_pairs(
            *piece.bounds, *self.operands.arrays, *reaching.index.arrays, *reaching.images.arrays, reaching.sizes,
            reaching.reach, reaching.leaves, gathered.collected, gathered.n_collected, gathered.states,
        )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _count(
    left_start, left_stop, right_start, right_stop, first, second, first_inverse, second_inverse, zero, forms,
    shift, low, with_mirror_images, counts,
):  # fmt: skip
    residues = np.empty((N_FORMS, BLOCK), dtype=np.uint64)
    n_buckets = np.uint64(len(counts))
    for left in range(left_start, left_stop):
        for start in range(max(left, right_start), right_stop, BLOCK):
            stop = min(start + BLOCK, right_stop)
            fill_block(left, start, stop, first, first_inverse, zero, residues)
            for form in forms:
                more = np.uint32(2 if with_mirror_images and FORM_COMMUTES[form] else 1)
                for k in range(stop - start):
                    bucket = (residues[form, k] >> shift) - low
                    if bucket < n_buckets:
                        counts[bucket] += more
                if with_mirror_images and FORM_COMMUTES[form] and start == left:
                    bucket = (residues[form, 0] >> shift) - low
                    if bucket < n_buckets:
                        counts[bucket] -= np.uint32(1)


@numba.njit(inline="always")
def _first_at_least(sorted_values, start, stop, bound):
    """The first place from start on, below stop, whose value is at least the bound."""
    while start < stop:
        middle = (start + stop) // 2
        if sorted_values[middle] < bound:
            start = middle + 1
        else:
            stop = middle
    return start


@numba.njit(inline="always")
def _scatter_sums(
    form, left, start, stop, first, second, smallest, n_residues, shift, low, cursors, stage, entries
):  # fmt: skip
    """Sums or differences that fall into the buckets: the right operands are sorted, so theirs are one run, or two.

    The buckets hold residues smallest .. smallest + n_residues - 1, below p.
    """
    a, a_second = first[left], second[left]
    if form == 0:
        lowest = subtract_mod(smallest, a)
    elif form == 1:
        lowest = subtract_mod(a, smallest + n_residues - _ONE)
    else:
        lowest = add_mod(a, smallest)
    beyond = lowest + n_residues
    for run in range(2):
        if run == 0:
            begin = _first_at_least(first, start, stop, lowest)
            end = stop if beyond >= _P else _first_at_least(first, begin, stop, beyond)
        elif beyond > _P:  # the run goes on at 0
            begin = start
            end = _first_at_least(first, start, stop, beyond - _P)
        else:
            break
        for right in range(begin, end):
            b, b_second = first[right], second[right]
            if form == 0:
                residue, other = add_mod(a, b), add_mod(a_second, b_second)
            elif form == 1:
                residue, other = subtract_mod(a, b), subtract_mod(a_second, b_second)
            else:
                residue, other = subtract_mod(b, a), subtract_mod(b_second, a_second)
            put(residue, other, (residue >> shift) - low, cursors, stage, entries)


@numba.njit(cache=True, nogil=True)
def _scatter(
    left_start, left_stop, right_start, right_stop, first, second, first_inverse, second_inverse, zero, forms,
    shift, low, cursors, stage, entries,
):  # fmt: skip
    residues = np.empty((N_FORMS, BLOCK), dtype=np.uint64)
    seconds = np.empty(BLOCK, dtype=np.uint64)
    all_seconds = np.empty((N_FORMS, BLOCK), dtype=np.uint64)
    kept = np.empty(BLOCK + 1, dtype=np.int64)
    n_buckets = np.uint64(len(cursors))
    smallest = low << shift
    n_residues = min((low + n_buckets) << shift, _P) - smallest
    is_dense = n_residues > _P // _SPARSE  # then all second residues are computed, eight at a time
    for left in range(left_start, left_stop):
        first_right = max(left, right_start)
        for form in forms:
            if form < FIRST_PRODUCT:
                start = first_right + 1 if form == REVERSED_DIFFERENCE and first_right == left else first_right
                _scatter_sums(
                    form,
                    left,
                    start,
                    right_stop,
                    first,
                    second,
                    smallest,
                    n_residues,
                    shift,
                    low,
                    cursors,
                    stage,
                    entries,
                )
        if forms[-1] < FIRST_PRODUCT:
            continue
        for start in range(first_right, right_stop, BLOCK):
            stop = min(start + BLOCK, right_stop)
            fill_products(left, start, stop, first, first_inverse, zero, residues)
            if is_dense:
                fill_products(left, start, stop, second, second_inverse, zero, all_seconds)
            for form in forms:
                if form < FIRST_PRODUCT:
                    continue
                n_kept = 0
                for k in range(stop - start):
                    kept[n_kept] = k
                    n_kept += np.int64((residues[form, k] >> shift) - low < n_buckets)
                if is_dense:
                    for t in range(n_kept):
                        residue = residues[form, kept[t]]
                        put(residue, all_seconds[form, kept[t]], (residue >> shift) - low, cursors, stage, entries)
                else:
                    fill_kept(form, left, start, kept, n_kept, second, second_inverse, seconds)
                    for t in range(n_kept):
                        residue = residues[form, kept[t]]
                        put(residue, seconds[t], (residue >> shift) - low, cursors, stage, entries)


@numba.njit(cache=True, nogil=True)
def _scatter_derivations(
    left_start, left_stop, right_start, right_stop, first, second, first_inverse, second_inverse, zero, forms,
    shift, low, cursors, stage, entries,
):  # fmt: skip
    residues = np.empty((N_FORMS, BLOCK), dtype=np.uint64)
    wanted = np.empty(BLOCK, dtype=np.uint64)  # bit f: form f falls into the buckets
    kept = np.empty(BLOCK + 1, dtype=np.int64)
    listed_form = np.empty(2 * N_FORMS + 1, dtype=np.int64)
    listed = np.empty(2 * N_FORMS + 1, dtype=np.uint64)
    n_buckets = np.uint64(len(cursors))
    for left in range(left_start, left_stop):
        for start in range(max(left, right_start), right_stop, BLOCK):
            stop = min(start + BLOCK, right_stop)
            fill_block(left, start, stop, first, first_inverse, zero, residues)
            wanted[:] = 0
            for form in forms:
                bit = _ONE << np.uint64(form)
                for k in range(stop - start):
                    wanted[k] |= bit if (residues[form, k] >> shift) - low < n_buckets else _NONE
            n_kept = 0
            for k in range(stop - start):
                kept[n_kept] = k
                n_kept += np.int64(wanted[k] != _NONE)
            for t in range(n_kept):
                k = kept[t]
                right = start + k
                n_listed = 0
                for form in forms:
                    one, other = (right, left) if FORM_SWAPPED[form] else (left, right)
                    listed_form[n_listed] = form
                    listed[n_listed] = pack_pair(FORM_OPERATOR[form], one, other)
                    n_listed += np.int64((wanted[k] >> np.uint64(form)) & _ONE)
                    if FORM_COMMUTES[form]:
                        listed_form[n_listed] = form
                        listed[n_listed] = pack_pair(FORM_OPERATOR[form], other, one)
                        n_listed += np.int64((wanted[k] >> np.uint64(form)) & np.uint64(left != right))
                for u in range(n_listed):
                    residue = residues[listed_form[u], k]
                    put(residue, listed[u], (residue >> shift) - low, cursors, stage, entries)
