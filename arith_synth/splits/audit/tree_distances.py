"""Tree edit distances of many pairs at once: Zhang and Shasha's table, a pair of skeletons at a time.

Which cells of the table are filled from which others depends on the two skeletons alone, so that each cell is filled
for all pairs of programs with these skeletons together. Source: Zhang and Shasha 1989, SIAM J. Comput. 18(6).
"""

import numpy as np

from arith_synth.splits.audit.programs import BLANK, Programs, grouped

#: A leaf's label is its number in the grammar; an operator's comes after all of these.
_FIRST_OPERATOR = 1 << 14


class Trees:
    """The distinct programs as ordered trees, in postorder: labels int16[n, nodes], and the form of each, int64[n].

    Programs have one form when their trees have the same leftmost leaves; `first[form]` int list: of every node.
    """

    def __init__(self, programs: Programs) -> None:
        most = 2 * programs.leaves.shape[1] - 1
        self.labels = np.full((len(programs.texts), most), -1, dtype=np.int16)
        self.form = np.zeros(len(programs.texts), dtype=np.int64)
        self.first: list[tuple[int, ...]] = []
        number_of: dict[tuple[int, ...], int] = {}
        operators: dict[str, int] = {}
        for index, rows in grouped(programs.skeleton):
            skeleton = programs.skeletons[index]
            if skeleton is None:
                continue
            symbols, first = _postorder(skeleton.symbols)
            self.form[rows] = number_of.setdefault(first, len(number_of))
            leaf = 0
            for node, symbol in enumerate(symbols):
                if symbol == BLANK:
                    self.labels[rows, node] = programs.leaves[rows, leaf]
                    leaf += 1
                else:
                    self.labels[rows, node] = _FIRST_OPERATOR + operators.setdefault(symbol, len(operators))
        self.first = list(number_of)

    def distances(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Tree edit distance of each pair of programs: int64[n], int64[n] -> int64[n]."""
        result = np.zeros(len(one), dtype=np.int64)
        for kind, pairs in grouped(self.form[one] * len(self.first) + self.form[other]):
            first_a, first_b = self.first[kind // len(self.first)], self.first[kind % len(self.first)]
            labels_a = self.labels[one[pairs], : len(first_a)].T
            labels_b = self.labels[other[pairs], : len(first_b)].T
            result[pairs] = _distances(first_a, first_b, labels_a, labels_b)
        return result


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


def _postorder(symbols: tuple[str, ...]) -> tuple[list[str], tuple[int, ...]]:
    """The symbols of a program in prefix order, in postorder; and of each node the leftmost leaf below it."""
    stack: list[tuple[list[str], list[int]]] = []
    for symbol in reversed(symbols):
        if symbol == BLANK:
            stack.append(([symbol], [0]))
            continue
        (left, left_first), (right, right_first) = stack.pop(), stack.pop()
        first = [*left_first, *(len(left) + node for node in right_first), 0]
        stack.append(([*left, *right, symbol], first))
    return stack[0][0], tuple(stack[0][1])


def _keyroots(first: tuple[int, ...]) -> list[int]:
    """The highest node above each leftmost leaf, ascending."""
    return sorted({leaf: node for node, leaf in enumerate(first)}.values())
