"""Tree edit distances of many pairs at once: Zhang and Shasha's table, a pair of skeletons at a time.

Which cells of the table are filled from which others depends on the two skeletons alone, so that each cell is filled
for all pairs of programs with these skeletons together. Source: Zhang and Shasha 1989, SIAM J. Comput. 18(6).
"""

import numpy as np

from arith_synth.grammar.operators import OPERATORS
from arith_synth.splits.audit.programs import Programs, grouped


class Trees:
    """The distinct programs as ordered trees, in postorder. Programs have one form when their trees have the same
    leftmost leaves; `first[form]`: of every node."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self.first: list[tuple[int, ...]] = []
        self._number_of: dict[tuple[int, ...], int] = {}

    def distances(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Tree edit distance of each pair of programs: int64[n], int64[n] -> int64[n]."""
        result = np.zeros(len(one), dtype=np.int64)
        codes, of_one, of_other = self._programs.codes, self._forms(one), self._forms(other)
        n_forms = max(1, len(self.first))
        for kind, pairs in grouped(of_one * n_forms + of_other):
            first_a, first_b = self.first[kind // n_forms], self.first[kind % n_forms]
            labels_a = codes[one[pairs], : len(first_a)].T
            labels_b = codes[other[pairs], : len(first_b)].T
            result[pairs] = _distances(first_a, first_b, labels_a, labels_b)
        return result

    def _forms(self, rows: np.ndarray) -> np.ndarray:
        """The form of each program, int64[n]."""
        skeletons, place_of = np.unique(self._programs.skeleton[rows], return_inverse=True)
        forms = []
        for index in skeletons.tolist():
            skeleton = self._programs.skeletons[index]
            first = _leftmost(skeleton.postfix) if skeleton is not None else ()
            if first not in self._number_of:
                self._number_of[first] = len(self.first)
                self.first.append(first)
            forms.append(self._number_of[first])
        return np.array(forms, dtype=np.int64)[place_of.ravel()]


def _distances(
    first_a: tuple[int, ...], first_b: tuple[int, ...], labels_a: np.ndarray, labels_b: np.ndarray
) -> np.ndarray:
    """Shapes: labels int16[nodes, n] -> int16[n]. `trees[a, b]`: distance of the subtrees at nodes a and b."""
    n = labels_a.shape[1]
    trees: dict[tuple[int, int], np.ndarray] = {}
    for root_a in _keyroots(first_a):
        for root_b in _keyroots(first_b):
            start_a, start_b = first_a[root_a], first_b[root_b]
            # forests[i][j]: the first i nodes from start_a on against the first j from start_b on.
            forests = [[np.full(n, j, dtype=np.int16) for j in range(root_b - start_b + 2)]]
            for a in range(start_a, root_a + 1):
                above, row = forests[-1], [np.full(n, len(forests), dtype=np.int16)]
                for b in range(start_b, root_b + 1):
                    j = b - start_b
                    least = np.minimum(above[j + 1], row[j]) + np.int16(1)
                    if first_a[a] == start_a and first_b[b] == start_b:
                        least = np.minimum(least, above[j] + (labels_a[a] != labels_b[b]))
                        trees[a, b] = least
                    else:
                        before = forests[first_a[a] - start_a][first_b[b] - start_b]
                        least = np.minimum(least, before + trees[a, b])
                    row.append(least)
                forests.append(row)
    return trees[len(first_a) - 1, len(first_b) - 1]


def _leftmost(postfix: tuple[str, ...]) -> tuple[int, ...]:
    """Of each node in postorder, the leftmost leaf below it."""
    first: list[int] = []
    stack: list[int] = []
    for node, symbol in enumerate(postfix):
        arity = OPERATORS[symbol].arity if symbol in OPERATORS else 0
        first.append(stack[-arity] if arity else node)
        if arity:
            del stack[-arity:]
        stack.append(first[-1])
    return tuple(first)


def _keyroots(first: tuple[int, ...]) -> list[int]:
    """The highest node above each leftmost leaf, ascending."""
    return sorted({leaf: node for node, leaf in enumerate(first)}.values())
