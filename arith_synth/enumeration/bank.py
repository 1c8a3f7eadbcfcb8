"""The bank: one representative value for every class of algebraically equal programs, by minimal size.

Composing representatives is complete: replacing an operand of a minimal program by another member of its class
changes neither the value nor the minimality of the whole. So the classes of minimal size n are the new values among
all candidates (operator, class of size i, class of size n - i).
"""

import time
from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.enumeration.candidates import BLOCK, FORM_COMMUTES, N_FORMS, compute_block, evaluates, forms_of
from arith_synth.enumeration.field import invert_all
from arith_synth.enumeration.growing import FIRST, N_DERIVATIONS, N_MINIMAL, SECOND, GrowingClasses
from arith_synth.enumeration.table import (
    EMPTY,
    MAX_LOAD,
    class_in,
    enter,
    fill_table,
    new_table,
    prefetch_row,
    probe,
    renumber,
)
from arith_synth.errors import UsageError
from arith_synth.grammar import Expression, Grammar
from arith_synth.progress import Progress
from arith_synth.semantics.fingerprints import N_POINTS, residues_of

#: Class numbers are int32 and tree counts int64; the stress build of the named grammars is 7.
MAX_SUPPORTED_SIZE = 8

#: New classes of a size over all smaller ones: memory reserved at once, not a limit.
_EXPECTED_GROWTH = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """All classes of minimal size <= max_size, numbered in the order of (minimal size, fingerprint).

    Shapes: values uint64[n, 2]; n_minimal int64[n] (minimal realizations of a class);
    inverses uint64[m, 2] of the classes below max_size;
    n_derivations int64[n] (candidate triples, both orders of a commutative one, that give a minimal realization);
    first_of_size int64[max_size + 2] (classes of size s are first_of_size[s] .. first_of_size[s + 1] - 1).
    """

    grammar: Grammar
    max_size: int
    values: np.ndarray
    inverses: np.ndarray
    n_minimal: np.ndarray
    n_derivations: np.ndarray
    first_of_size: np.ndarray
    table: np.ndarray
    n_candidates: int
    seconds: float

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.values)

    @property
    def classes_by_size(self) -> list[int]:
        """New classes by size 1..max_size."""
        return np.diff(self.first_of_size[1:]).tolist()

    @property
    def sizes(self) -> np.ndarray:
        """Minimal size of each class: uint8[n]."""
        return np.repeat(np.arange(1, self.max_size + 1, dtype=np.uint8), self.classes_by_size)

    def all_inverses(self) -> np.ndarray:
        """Inverses of every class, the largest size included: uint64[n, 2], 0 for the zero class."""
        rest = self.values[len(self.inverses) :]
        return np.concatenate([self.inverses, _inverses(rest)]) if len(rest) else self.inverses

    @property
    def n_bytes(self) -> int:
        """Bytes held in arrays."""
        arrays = (self.values, self.inverses, self.n_minimal, self.n_derivations, self.table)
        return sum(array.nbytes for array in arrays)


def enumerate_bank(grammar: Grammar, max_size: int, progress: Progress | None = None) -> Bank:
    """Enumerate all classes of minimal size <= max_size.

    `progress(label, done, total)` is called after each left operand. Time O(candidates), memory O(classes).
    Raises UsageError for a max_size out of range.
    """
    if not 1 <= max_size <= MAX_SUPPORTED_SIZE:
        raise UsageError(f"max_size {max_size} is out of range; choose 1 to {MAX_SUPPORTED_SIZE}")
    started = time.perf_counter()
    forms = forms_of(grammar)
    values = _leaf_values(grammar)
    n_minimal = np.ones(len(values), dtype=np.int64)
    n_derivations = np.ones(len(values), dtype=np.int64)
    inverses = _inverses(values)
    first_of_size = [0, 0, len(values)]
    table = new_table(len(values))
    fill_table(table, values, 0)
    n_candidates = 0
    for size in range(2, max_size + 1):
        known = len(values)
        new = GrowingClasses(max(1024, _EXPECTED_GROWTH * known))
        pairs = _left_ranges(first_of_size, size)
        n_left = sum(stop - start for start, stop, _, _ in pairs)
        done = 0
        for start, stop, right_start, right_stop in pairs:
            for left in range(start, stop):
                first_right = max(left, right_start)
                most_new = N_FORMS * (right_stop - first_right)
                table = _grown_table(table, known + new.n + most_new, values, new)
                new.reserve(most_new)
                new.n, evaluated = _combine(
                    left, first_right, right_stop, forms, values, inverses, n_minimal, known, table, new.rows, new.n
                )
                n_candidates += evaluated
                done += 1
                if progress is not None:
                    progress(f"enumerating size {size}", done, n_left)
        order = new.canonical_order()
        renumber(table, known, _inverse_permutation(order))
        values, n_minimal, n_derivations = new.appended_to(values, n_minimal, n_derivations, order)
        if size < max_size:  # a class of the largest size is never an operand
            inverses = np.concatenate([inverses, _inverses(values[known:])])
        first_of_size.append(len(values))
    return Bank(
        grammar=grammar,
        max_size=max_size,
        values=values,
        inverses=inverses,
        n_minimal=n_minimal,
        n_derivations=n_derivations,
        first_of_size=np.array(first_of_size, dtype=np.int64),
        table=table,
        n_candidates=n_candidates,
        seconds=time.perf_counter() - started,
    )


def _leaf_values(grammar: Grammar) -> np.ndarray:
    pairs = [residues_of(Expression((leaf,)), grammar) for leaf in grammar.leaves]
    values = np.array(pairs, dtype=np.uint64)
    return values[np.lexsort((values[:, 1], values[:, 0]))]


def _inverses(values: np.ndarray) -> np.ndarray:
    return np.stack([invert_all(np.ascontiguousarray(values[:, point])) for point in range(N_POINTS)], axis=1)


def _left_ranges(first_of_size: list[int], size: int) -> list[tuple[int, int, int, int]]:
    """Ranges (left start, left stop, right start, right stop) of unordered pairs: the smaller size stands left."""
    return [
        (first_of_size[i], first_of_size[i + 1], first_of_size[size - i], first_of_size[size - i + 1])
        for i in range(1, size // 2 + 1)
    ]


def _grown_table(table: np.ndarray, n_needed: int, values: np.ndarray, new: GrowingClasses) -> np.ndarray:
    if n_needed <= len(table) * MAX_LOAD:
        return table
    table = new_table(max(n_needed, _EXPECTED_GROWTH * len(values)))
    fill_table(table, values, 0)
    fill_table(table, new.rows[: new.n], len(values))
    return table


def _inverse_permutation(order: np.ndarray) -> np.ndarray:
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


@numba.njit(cache=True, nogil=True)
def _combine(
    left, first_right, right_stop, forms, values, inverses, n_minimal, known, table, rows, n_new
):  # fmt: skip
    residues = np.empty((BLOCK, N_FORMS, N_POINTS), dtype=np.uint64)
    slots = np.empty((BLOCK, N_FORMS), dtype=np.int64)
    found = np.empty((BLOCK, N_FORMS), dtype=np.int64)
    evaluated = 0
    for start in range(first_right, right_stop, BLOCK):
        stop = min(start + BLOCK, right_stop)
        compute_block(left, start, stop, values, inverses, table, residues, slots)
        for right in range(start, stop):
            row = right - start
            for form in range(N_FORMS):
                found[row, form] = EMPTY
                if not forms[form] or not evaluates(form, left, right, values):
                    continue
                evaluated += 1
                first, second = residues[row, form, 0], residues[row, form, 1]
                slot = probe(table, slots[row, form], first, second)
                index = class_in(table, slot)
                if index == EMPTY:
                    index = known + n_new
                    enter(table, slot, first, second, index)
                    rows[n_new, FIRST] = first
                    rows[n_new, SECOND] = second
                    rows[n_new, N_MINIMAL] = 0
                    rows[n_new, N_DERIVATIONS] = 0
                    n_new += 1
                if index >= known:
                    found[row, form] = index - known
                    prefetch_row(rows, index - known)  # pyright: ignore[reportCallIssue]  (an intrinsic)
        for right in range(start, stop):
            trees = n_minimal[left] * n_minimal[right]
            for form in range(N_FORMS):
                new = found[right - start, form]
                if new != EMPTY:
                    orders = 2 if FORM_COMMUTES[form] and left != right else 1
                    rows[new, N_MINIMAL] += np.uint64(orders * trees)
                    rows[new, N_DERIVATIONS] += np.uint64(orders)
    return n_new, evaluated
