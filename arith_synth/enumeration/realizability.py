"""Which states of a tree automaton do the realizations of a class reach, up to a number of leaves?

reach[c, n] is the set (as bits) of states of realizations of class c with at most n leaves. A realization of n leaves
is an operator over realizations of i and n - i leaves, not only minimal ones, so

    reach[c, n] = reach[c, n - 1]  union  over all (operator, L, R) of value c, and all i,
                  transition[operator](reach[L, i], reach[R, n - i]).

Operands of a realization of max_size + 1 leaves have at most max_size, so the bank holds them all: one leaf of
slack beyond the corpus is exact. Time O(candidates of all sizes <= n, for each n).
"""

import numba
import numpy as np

from arith_synth.enumeration.bank import Bank
from arith_synth.enumeration.candidates import (
    BLOCK,
    FORM_COMMUTES,
    FORM_OPERATOR,
    FORM_SWAPPED,
    N_FORMS,
    OPERATOR_CODES,
    compute_block,
    evaluates,
    forms_of,
)
from arith_synth.enumeration.table import EMPTY, class_in, probe
from arith_synth.errors import UsageError
from arith_synth.grammar.patterns import Pattern
from arith_synth.progress import Progress
from arith_synth.semantics.fingerprints import N_POINTS

_MAX_STATES = 8


def reachable_states(bank: Bank, pattern: Pattern, max_leaves: int, progress: Progress | None = None) -> np.ndarray:
    """The states that realizations of at most n leaves reach: uint8[n_classes, max_leaves + 1], bit s for state s.

    Raises UsageError for a pattern of more than 8 states or a max_leaves beyond max_size + 1.
    """
    if pattern.n_states > _MAX_STATES:
        raise UsageError(f"pattern {pattern.name!r} has {pattern.n_states} states; at most {_MAX_STATES} are supported")
    if max_leaves > bank.max_size + 1:
        raise UsageError(f"the bank of max_size {bank.max_size} decides realizations up to {bank.max_size + 1} leaves")
    reach = np.zeros((bank.n_classes, max_leaves + 1), dtype=np.uint8)
    n_leaves = int(bank.first_of_size[2])
    reach[:n_leaves, 1:] = 1 << pattern.leaf_state
    transitions = _transitions_on_sets(pattern)
    forms = forms_of(bank.grammar)
    inverses = bank.all_inverses()  # with slack, classes of the largest size are operands too
    offsets = bank.first_of_size
    for n in range(2, max_leaves + 1):
        reach[:, n] |= reach[:, n - 1]
        for total in range(2, n + 1):
            for i in range(1, total // 2 + 1):
                j = total - i
                _spread(
                    offsets[i], offsets[i + 1], i, offsets[j], offsets[j + 1], j, n,
                    forms, bank.values, inverses, bank.table, transitions, reach,
                )  # fmt: skip
            if progress is not None:
                progress(f"realizability up to {n} leaves", total, n)
    return reach


def forced_into(bank: Bank, pattern: Pattern, max_leaves: int, progress: Progress | None = None) -> np.ndarray:
    """Classes whose every realization of at most `max_leaves` leaves lies in the pattern's region: bool[n_classes]."""
    reach = reachable_states(bank, pattern, max_leaves, progress)[:, max_leaves]
    outside = sum(1 << state for state in range(pattern.n_states) if state not in pattern.accepting)
    return (reach & np.uint8(outside)) == 0


def _transitions_on_sets(pattern: Pattern) -> np.ndarray:
    """Image of pairs of state sets: uint8[4 operators, 2^states, 2^states]."""
    n_sets = 1 << pattern.n_states
    images = np.zeros((len(OPERATOR_CODES), n_sets, n_sets), dtype=np.uint8)
    for symbol, code in OPERATOR_CODES.items():
        table = pattern.table(symbol)
        for left in range(pattern.n_states):
            for right in range(pattern.n_states):
                holds_left = (np.arange(n_sets) >> left) & 1 == 1
                holds_right = (np.arange(n_sets) >> right) & 1 == 1
                images[code][np.ix_(holds_left, holds_right)] |= np.uint8(1 << table[left][right])
    return images


@numba.njit(inline="always")
def _image(transitions, operator, reach, left, left_size, right, right_size, n):
    states = np.uint8(0)
    for leaves in range(left_size, n - right_size + 1):
        states |= transitions[operator, reach[left, leaves], reach[right, n - leaves]]
    return states


@numba.njit(cache=True, nogil=True)
def _spread(
    left_start, left_stop, left_size, right_start, right_stop, right_size, n,
    forms, values, inverses, table, transitions, reach,
):  # fmt: skip
    residues = np.empty((BLOCK, N_FORMS, N_POINTS), dtype=np.uint64)
    slots = np.empty((BLOCK, N_FORMS), dtype=np.int64)
    for left in range(left_start, left_stop):
        for start in range(max(left, right_start), right_stop, BLOCK):
            stop = min(start + BLOCK, right_stop)
            compute_block(left, start, stop, values, inverses, table, residues, slots)
            for right in range(start, stop):
                row = right - start
                for form in range(N_FORMS):
                    if not forms[form] or not evaluates(form, left, right, values):
                        continue
                    slot = probe(table, slots[row, form], residues[row, form, 0], residues[row, form, 1])
                    index = class_in(table, slot)
                    if index == EMPTY:
                        continue  # its minimal size is beyond the corpus
                    operator = FORM_OPERATOR[form]
                    states = np.uint8(0)
                    if not FORM_SWAPPED[form]:
                        states |= _image(transitions, operator, reach, left, left_size, right, right_size, n)
                    if FORM_SWAPPED[form] or FORM_COMMUTES[form]:
                        states |= _image(transitions, operator, reach, right, right_size, left, left_size, n)
                    reach[index, n] |= states
