"""Minimal realizations by their numbers, many at once: the programs of (class, rank) pairs."""

import numba
import numpy as np

from arith_synth.enumeration.drawing import Realizations
from arith_synth.enumeration.unranking import operator_symbol_codes, unrank
from arith_synth.errors import UsageError


def numbered_realizations(realizations: Realizations, classes: np.ndarray, ranks: np.ndarray, width: int) -> np.ndarray:
    """The minimal realization of each class that has a rank.

    Shapes: classes, ranks int64[n] -> codes uint8[n, width]. `width`: of a row, at least `row_width` of the largest
    size. Raises UsageError unless 0 <= rank < n_minimal of the class.
    """
    classes, ranks = np.asarray(classes, dtype=np.int64), np.asarray(ranks, dtype=np.int64)
    if ((ranks < 0) | (ranks >= realizations.n_minimal[classes])).any():
        raise UsageError("a rank is not among its class's minimal realizations; stay within 0 .. n_minimal - 1")
    codes = np.zeros((len(classes), width), dtype=np.uint8)
    is_leaf = classes < len(realizations.leaves)
    codes[is_leaf, 0] = realizations.leaves[classes[is_leaf]]
    composite = np.flatnonzero(~is_leaf)
    roots, root_ranks = np.empty(len(composite), dtype=np.uint64), np.empty(len(composite), dtype=np.int64)
    _find_roots(classes[composite], ranks[composite], realizations.extents, realizations.derivations, roots, root_ranks)
    written = np.zeros((len(composite), width), dtype=np.uint8)
    operators = operator_symbol_codes(realizations.grammar)
    unrank(
        0, len(composite), roots, root_ranks, realizations.leaves, operators, realizations.extents,
        realizations.derivations, written,
    )  # fmt: skip
    codes[composite] = written
    return codes


@numba.njit(cache=True, nogil=True)
def _find_roots(classes, ranks, extents, derivations, roots, root_ranks):
    for row in range(len(classes)):
        index = classes[row]
        low, high = extents[index, 0], extents[index + 1, 0] - 1  # the last derivation with no more trees before it
        while low < high:
            middle = (low + high + 1) // 2
            if np.int64(derivations[middle, 1]) <= ranks[row]:
                low = middle
            else:
                high = middle - 1
        roots[row] = derivations[low, 0]
        root_ranks[row] = ranks[row] - np.int64(derivations[low, 1])
