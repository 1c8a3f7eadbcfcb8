"""Tree edit distances of many pairs, by the table of Zhang and Shasha.

Source: Zhang and Shasha 1989, SIAM J. Comput. 18(6), with unit costs.
"""

import numba
import numpy as np

from arith_synth.grammar.operators import OPERATORS
from arith_synth.splits.audit.parts import in_parts
from arith_synth.splits.audit.programs import Programs

#: Pairs that are worth a thread.
_LEAST = 1 << 10


class Trees:
    """The distinct programs as ordered trees: their codes in postorder, and how many operands each code takes."""

    def __init__(self, programs: Programs) -> None:
        self._codes = np.ascontiguousarray(programs.codes)
        grammar = programs.grammar
        leaves, operators = [0] * len(grammar.leaves), [OPERATORS[symbol].arity for symbol in grammar.operators]
        self._arities = np.array(leaves + operators, dtype=np.int64)

    def distances(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Tree edit distance of each pair of programs: int64[n], int64[n] -> int64[n]."""
        result = np.zeros(len(one), dtype=np.int64)

        def part(start: int, stop: int) -> None:
            _fill(self._codes, self._arities, one[start:stop], other[start:stop], result[start:stop])

        in_parts(len(one), part, least=_LEAST)
        return result


@numba.njit(cache=True, nogil=True)
def _fill(codes, arities, one, other, result):
    width = codes.shape[1]
    first_a, first_b = np.empty(width, dtype=np.int64), np.empty(width, dtype=np.int64)
    is_root_a, is_root_b = np.empty(width, dtype=np.bool_), np.empty(width, dtype=np.bool_)
    trees = np.zeros((width, width), dtype=np.int64)
    forests = np.zeros((width + 1, width + 1), dtype=np.int64)
    for pair in range(len(one)):
        a, b = codes[one[pair]], codes[other[pair]]
        n_a, n_b = _read(a, arities, first_a, is_root_a), _read(b, arities, first_b, is_root_b)
        for root_a in range(n_a):
            if not is_root_a[root_a]:
                continue
            for root_b in range(n_b):
                if is_root_b[root_b]:
                    _one_table(a, b, first_a, first_b, root_a, root_b, trees, forests)
        result[pair] = trees[n_a - 1, n_b - 1] if n_a and n_b else max(n_a, n_b)


@numba.njit(nogil=True)
def _read(codes, arities, first, is_root):
    """Of each node the leftmost leaf below it, and whether it is the highest node above that leaf; number of nodes."""
    open_leaves = np.empty(len(codes), dtype=np.int64)
    height, n = 0, 0
    while n < len(codes) and codes[n] >= 0:
        arity = arities[codes[n]]
        height -= arity
        first[n] = open_leaves[height] if arity else n
        open_leaves[height] = first[n]
        height += 1
        is_root[n] = True
        for below in range(first[n], n):
            if first[below] == first[n]:
                is_root[below] = False
        n += 1
    return n


@numba.njit(nogil=True)
def _one_table(a, b, first_a, first_b, root_a, root_b, trees, forests):
    """forests[i, j]: the first i nodes from the leftmost leaf of root_a on against the first j of root_b's."""
    start_a, start_b = first_a[root_a], first_b[root_b]
    for i in range(root_a - start_a + 2):
        forests[i, 0] = i
    for j in range(root_b - start_b + 2):
        forests[0, j] = j
    for node_a in range(start_a, root_a + 1):
        i = node_a - start_a + 1
        for node_b in range(start_b, root_b + 1):
            j = node_b - start_b + 1
            least = min(forests[i - 1, j], forests[i, j - 1]) + 1
            if first_a[node_a] == start_a and first_b[node_b] == start_b:
                least = min(least, forests[i - 1, j - 1] + (a[node_a] != b[node_b]))
                trees[node_a, node_b] = least
            else:
                before = forests[first_a[node_a] - start_a, first_b[node_b] - start_b]
                least = min(least, before + trees[node_a, node_b])
            forests[i, j] = least
