"""Target programs: for every class one minimal realization, uniform over all of them.

Every operand of a minimal realization is itself minimal for its class, so minimal realizations are counted and
unranked through *derivations* (operator, left class, right class): a derivation stands for n_minimal[left] x
n_minimal[right] trees. The rank drawn for a class is a keyed hash of its fingerprint, scaled to the number of its trees
(the bias is below n_minimal / 2^64). Derivations are walked in the canonical order of class numbers, so the
draw does not depend on the order in which classes were discovered.
"""

from dataclasses import dataclass

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
from arith_synth.enumeration.field import multiply_high
from arith_synth.enumeration.table import class_in, probe
from arith_synth.progress import Progress
from arith_synth.seeding import hash_fingerprints
from arith_synth.semantics.fingerprints import N_POINTS, residues_of
from arith_synth.semantics.programs import row_width


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivations:
    """The derivations of all classes below the largest size, and for each class of the largest size its drawn one.

    Those of class c are entries first[c] .. first[c + 1] - 1 (one entry for a class of the largest size); `below`
    is the number of trees in earlier derivations of the class. Shapes: operator uint8[d], left, right int32[d],
    below int64[d], first int64[n + 1].
    """

    first: np.ndarray
    operator: np.ndarray
    left: np.ndarray
    right: np.ndarray
    below: np.ndarray


def target_programs(bank: Bank, progress: Progress | None = None) -> np.ndarray:
    """Codes of the target program of every class: uint8[n, 2 max_size - 1]."""
    ranks = target_ranks(bank)
    derivations = _collect(bank, ranks, progress)
    codes = np.zeros((bank.n_classes, row_width(bank.max_size)), dtype=np.uint8)
    _unrank_all(
        ranks, bank.n_minimal, bank.first_of_size[2], _leaf_codes(bank), _operator_symbol_codes(bank),
        derivations.first, derivations.operator, derivations.left, derivations.right, derivations.below, codes,
    )  # fmt: skip
    return codes


def target_ranks(bank: Bank) -> np.ndarray:
    """The rank drawn for each class, uniform on 0 .. n_minimal - 1: int64[n]."""
    hashes = hash_fingerprints(bank.values, "target program")
    return _scale(hashes, bank.n_minimal)


def _collect(bank: Bank, ranks: np.ndarray, progress: Progress | None) -> Derivations:
    largest = int(bank.first_of_size[bank.max_size])
    n_entries = bank.n_derivations.copy()
    n_entries[largest:] = 1  # of the largest size only the drawn derivation is kept
    first = np.zeros(bank.n_classes + 1, dtype=np.int64)
    np.cumsum(n_entries, out=first[1:])
    derivations = Derivations(
        first=first,
        operator=np.zeros(first[-1], dtype=np.uint8),
        left=np.zeros(first[-1], dtype=np.int32),
        right=np.zeros(first[-1], dtype=np.int32),
        below=np.zeros(first[-1], dtype=np.int64),
    )
    n_seen = np.zeros(bank.n_classes, dtype=np.int64)
    trees_seen = np.zeros(bank.n_classes, dtype=np.int64)
    forms = forms_of(bank.grammar)
    offsets = bank.first_of_size
    for size in range(2, bank.max_size + 1):
        for i in range(1, size // 2 + 1):
            j = size - i
            _collect_pairs(
                offsets[i], offsets[i + 1], offsets[j], offsets[j + 1], forms, bank.values, bank.inverses, bank.table,
                bank.n_minimal, offsets[size], largest, ranks, n_seen, trees_seen, first,
                derivations.operator, derivations.left, derivations.right, derivations.below,
            )  # fmt: skip
        if progress is not None:
            progress("drawing target programs", size, bank.max_size)
    return derivations


def _leaf_codes(bank: Bank) -> np.ndarray:
    code_of = {residues_of_leaf: code for code, residues_of_leaf in enumerate(_leaf_residues(bank), start=1)}
    return np.array([code_of[tuple(row)] for row in bank.values[: bank.first_of_size[2]].tolist()], dtype=np.uint8)


def _leaf_residues(bank: Bank) -> list[tuple[int, int] | None]:
    from arith_synth.grammar import leaf_expression

    return [residues_of(leaf_expression(leaf), bank.grammar) for leaf in bank.grammar.leaves]


def _operator_symbol_codes(bank: Bank) -> np.ndarray:
    codes = np.zeros(len(OPERATOR_CODES), dtype=np.uint8)
    for symbol in bank.grammar.operators:
        codes[OPERATOR_CODES[symbol]] = bank.grammar.symbols.index(symbol) + 1
    return codes


@numba.njit(cache=True)
def _scale(hashes, totals):
    ranks = np.empty(len(hashes), dtype=np.int64)
    for index in range(len(hashes)):
        total = np.uint64(totals[index])
        ranks[index] = np.int64(multiply_high(hashes[index], total))  # pyright: ignore[reportCallIssue]  (an intrinsic)
    return ranks


@numba.njit(cache=True, nogil=True)
def _collect_pairs(
    left_start, left_stop, right_start, right_stop, forms, values, inverses, table,
    n_minimal, first_minimal, largest, ranks, n_seen, trees_seen, first, out_operator, out_left, out_right, out_below,
):  # fmt: skip
    residues = np.empty((BLOCK, N_FORMS, N_POINTS), dtype=np.uint64)
    slots = np.empty((BLOCK, N_FORMS), dtype=np.int64)
    for left in range(left_start, left_stop):
        for start in range(max(left, right_start), right_stop, BLOCK):
            stop = min(start + BLOCK, right_stop)
            compute_block(left, start, stop, values, inverses, table, residues, slots)
            for right in range(start, stop):
                row = right - start
                trees = n_minimal[left] * n_minimal[right]
                for form in range(N_FORMS):
                    if not forms[form] or not evaluates(form, left, right, values):
                        continue
                    slot = probe(table, slots[row, form], residues[row, form, 0], residues[row, form, 1])
                    index = class_in(table, slot)
                    if index < first_minimal:
                        continue  # the class has smaller realizations
                    orders = 2 if FORM_COMMUTES[form] and left != right else 1
                    for order in range(orders):
                        below = trees_seen[index]
                        trees_seen[index] = below + trees
                        if index >= largest:
                            if not below <= ranks[index] < below + trees:
                                continue
                            entry = first[index]
                        else:
                            entry = first[index] + n_seen[index]
                            n_seen[index] += 1
                        swapped = FORM_SWAPPED[form] != (order == 1)
                        out_operator[entry] = FORM_OPERATOR[form]
                        out_left[entry] = right if swapped else left
                        out_right[entry] = left if swapped else right
                        out_below[entry] = below


@numba.njit(cache=True, nogil=True)
def _unrank_all(
    ranks, n_minimal, n_leaves, leaf_codes, operator_codes, first, operator, left, right, below, codes
):  # fmt: skip
    width = codes.shape[1]
    open_class = np.empty(width, dtype=np.int64)
    open_rank = np.empty(width, dtype=np.int64)
    for target in range(len(ranks)):
        height = 1
        open_class[0] = target
        open_rank[0] = ranks[target]
        position = 0
        while height:
            height -= 1
            index, rank = open_class[height], open_rank[height]
            if index < n_leaves:
                codes[target, position] = leaf_codes[index]
                position += 1
                continue
            low, high = first[index], first[index + 1] - 1  # the last derivation with below <= rank
            while low < high:
                middle = (low + high + 1) // 2
                if below[middle] <= rank:
                    low = middle
                else:
                    high = middle - 1
            rank -= below[low]
            codes[target, position] = operator_codes[operator[low]]
            position += 1
            n_right = n_minimal[right[low]]
            open_class[height], open_rank[height] = right[low], rank % n_right
            open_class[height + 1], open_rank[height + 1] = left[low], rank // n_right
            height += 2
