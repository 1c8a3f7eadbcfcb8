"""Distances by brute force: integer coordinates through one matrix product a block, trees by a plain Zhang-Shasha."""

from collections import Counter

import numpy as np

from arith_synth.grammar import Expression
from arith_synth.grammar.operators import OPERATORS

#: Queries and training rows of a block: so few that the product stays in the processor's cache, and that BLAS does not
#: split it among threads, which wait for one another on a busy machine.
_QUERIES = 64
_TRAIN = 240


def squared_to_nearest(queries: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Squared distance of each query to its nearest training row, float64[m] holding integers.

    Shapes: queries float64[m, d], train float64[n, d], whole numbers below 2^20: every product and sum is exact.
    """
    left = np.column_stack([-2.0 * queries, np.ones(len(queries))])
    right = np.column_stack([train, (train**2).sum(axis=1)])
    best = np.full(len(queries), np.inf)
    blocks = [np.ascontiguousarray(right[start : start + _TRAIN].T) for start in range(0, len(right), _TRAIN)]
    for first in range(0, len(queries), _QUERIES):
        rows = slice(first, first + _QUERIES)
        for block in blocks:
            np.minimum(best[rows], (left[rows] @ block).min(axis=1), out=best[rows])
    return best + (queries**2).sum(axis=1)


def nearest_rows(query: np.ndarray, train: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest training rows of one query, in two parts: those surely among them, those tied for the last places.

    Shapes: query float64[d], train float64[n, d] -> int64[a], int64[b] with a < k <= a + b, or all rows and none when
    n <= k.
    """
    squared = ((train - query) ** 2).sum(axis=1)
    if len(squared) <= k:
        return np.arange(len(squared)), np.empty(0, dtype=np.int64)
    last = np.partition(squared, k - 1)[k - 1]
    return np.flatnonzero(squared < last), np.flatnonzero(squared == last)


def tree_edit_distance(one: Expression, other: Expression) -> int:
    """Fewest insertions, deletions and relabellings of nodes that turn one ordered tree into the other.

    Source: Zhang and Shasha 1989, SIAM J. Comput. 18(6).
    """
    labels_a, first_a = _postorder(one)
    labels_b, first_b = _postorder(other)
    trees: dict[tuple[int, int], int] = {}
    for root_a in _keyroots(first_a):
        for root_b in _keyroots(first_b):
            _fill(root_a, root_b, labels_a, labels_b, first_a, first_b, trees)
    return trees[len(labels_a) - 1, len(labels_b) - 1]


def tree_edit_bound(one: Expression, other: Expression) -> int:
    """No tree edit distance is smaller: nodes of the larger tree whose label the smaller has none left to match."""
    in_common = (Counter(one.symbols) & Counter(other.symbols)).total()
    return max(len(one.symbols), len(other.symbols)) - in_common


def _fill(
    root_a: int,
    root_b: int,
    labels_a: list[str],
    labels_b: list[str],
    first_a: list[int],
    first_b: list[int],
    trees: dict[tuple[int, int], int],
) -> None:
    """Distances between the subtrees whose leftmost leaf is that of root_a, root_b."""
    start_a, start_b = first_a[root_a], first_b[root_b]
    rows = [list(range(root_b - start_b + 2))]  # rows[i][j]: first i nodes from start_a against first j from start_b
    for a in range(start_a, root_a + 1):
        row, above = [len(rows)], rows[-1]
        for b in range(start_b, root_b + 1):
            j = b - start_b
            least = min(above[j + 1], row[j]) + 1
            if first_a[a] == start_a and first_b[b] == start_b:
                least = min(least, above[j] + (labels_a[a] != labels_b[b]))
                trees[a, b] = least
            else:
                least = min(least, rows[first_a[a] - start_a][first_b[b] - start_b] + trees[a, b])
            row.append(least)
        rows.append(row)


def _postorder(expression: Expression) -> tuple[list[str], list[int]]:
    """Labels in postorder, and for each node the number of its leftmost leaf."""

    def combine(operator: str, operands: list[tuple[list[str], list[int]]]) -> tuple[list[str], list[int]]:
        labels: list[str] = []
        firsts: list[int] = []
        for operand_labels, operand_firsts in operands:
            firsts += [len(labels) + first for first in operand_firsts]
            labels = labels + operand_labels
        return [*labels, operator], [*firsts, 0]

    stack: list[tuple[list[str], list[int]]] = []
    for symbol in reversed(expression.symbols):
        if symbol in OPERATORS:
            operands = [stack.pop() for _ in range(OPERATORS[symbol].arity)]
            stack.append(combine(symbol, operands))
        else:
            stack.append(([symbol], [0]))
    return stack[0]


def _keyroots(first: list[int]) -> list[int]:
    """The highest node above each leftmost leaf, ascending."""
    return sorted({leaf: node for node, leaf in enumerate(first)}.values())
