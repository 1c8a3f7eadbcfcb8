"""Exact tree edit distance between ordered labelled trees: unit costs for insertion, deletion and relabelling.

Source: Zhang and Shasha 1989, "Simple fast algorithms for the editing distance between trees and related problems",
SIAM J. Comput. 18(6). The algorithm walks postorder; a prefix program read backwards is the postorder of the
mirrored tree, and mirroring both trees changes no distance.
"""

import numba
import numpy as np

from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.semantics.programs import PADDING
from arith_synth.spaces.trees import arity_table, checked_codes


def tree_edit_distances(codes_a: np.ndarray, codes_b: np.ndarray, grammar: Grammar) -> np.ndarray:
    """Tree edit distance of each pair of programs.

    Shapes: codes_a uint8[m, width_a], codes_b uint8[m, width_b] -> int64[m]. Raises UsageError for rows that are not
    programs and for different numbers of rows.
    """
    if len(codes_a) != len(codes_b):
        raise UsageError(f"{len(codes_a)} programs cannot be paired with {len(codes_b)}; pass equally many")
    candidates = np.arange(len(codes_b), dtype=np.int64)[:, None]
    return nearest_by_tree_edit(codes_a, codes_b, candidates, grammar)


def nearest_by_tree_edit(
    query_codes: np.ndarray, train_codes: np.ndarray, candidates: np.ndarray, grammar: Grammar
) -> np.ndarray:
    """Tree edit distance of each query to the nearest of its candidates.

    Shapes: query_codes uint8[m, width], train_codes uint8[n, width], candidates int64[m, k] (rows of train_codes) ->
    int64[m]. Raises UsageError for rows that are not programs and for candidates that are not rows of train_codes.
    """
    queries, train = checked_codes(query_codes, grammar), checked_codes(train_codes, grammar)
    candidates = np.ascontiguousarray(candidates, dtype=np.int64)
    if candidates.ndim != 2 or len(candidates) != len(queries) or candidates.shape[1] == 0:
        raise UsageError("candidates must be int64[m, k], a row for each query, k >= 1; take them from nearest_k")
    if candidates.size and not 0 <= candidates.min() <= candidates.max() < len(train):
        raise UsageError(f"a candidate is not one of the {len(train)} training rows; take candidates from nearest_k")
    distances = np.empty(len(queries), dtype=np.int64)
    _nearest(queries, train, candidates, arity_table(grammar), distances)
    return distances


@numba.njit(cache=True, nogil=True)
def _prepare(row, arities, labels, leftmost, keyroots):
    """Postorder of the mirrored tree: labels, leftmost leaf below each node, keyroots; returns (n_nodes, n_keyroots).

    A keyroot is the last node that has its leftmost leaf.
    """
    n_nodes = 0
    for position in range(row.shape[0] - 1, -1, -1):
        code = row[position]
        if code == PADDING:
            continue
        labels[n_nodes] = code
        # The operands' subtrees end one before the other, directly before this node.
        first = n_nodes
        for _ in range(arities[code]):
            first = leftmost[first - 1]
        leftmost[n_nodes] = first
        n_nodes += 1
    n_keyroots = 0
    for node in range(n_nodes):
        later = node + 1
        while later < n_nodes and leftmost[later] != leftmost[node]:
            later += 1
        if later == n_nodes:
            keyroots[n_keyroots] = node
            n_keyroots += 1
    return n_nodes, n_keyroots


@numba.njit(cache=True, nogil=True)
def _nearest(queries, train, candidates, arities, distances):
    width_a, width_b = queries.shape[1], train.shape[1]
    labels_a, labels_b = np.empty(width_a, dtype=np.int64), np.empty(width_b, dtype=np.int64)
    leftmost_a, leftmost_b = np.empty_like(labels_a), np.empty_like(labels_b)
    keyroots_a, keyroots_b = np.empty_like(labels_a), np.empty_like(labels_b)
    tree = np.empty((width_a, width_b), dtype=np.int64)
    forest = np.empty((width_a + 1, width_b + 1), dtype=np.int64)
    for query in range(queries.shape[0]):
        n_a, n_keyroots_a = _prepare(queries[query], arities, labels_a, leftmost_a, keyroots_a)
        best = np.int64(width_a + width_b)
        for column in range(candidates.shape[1]):
            n_b, n_keyroots_b = _prepare(train[candidates[query, column]], arities, labels_b, leftmost_b, keyroots_b)
            if abs(n_a - n_b) >= best:  # each missing node costs one
                continue
            for index_a in range(n_keyroots_a):
                root_a = keyroots_a[index_a]
                low_a = leftmost_a[root_a]
                for index_b in range(n_keyroots_b):
                    root_b = keyroots_b[index_b]
                    low_b = leftmost_b[root_b]
                    # forest[i, j]: distance between the first i nodes from low_a and the first j from low_b
                    for i in range(root_a - low_a + 2):
                        forest[i, 0] = i
                    for j in range(root_b - low_b + 2):
                        forest[0, j] = j
                    for i in range(1, root_a - low_a + 2):
                        node_a = low_a + i - 1
                        whole_a = leftmost_a[node_a] == low_a
                        for j in range(1, root_b - low_b + 2):
                            node_b = low_b + j - 1
                            cost = min(forest[i - 1, j], forest[i, j - 1]) + 1
                            if whole_a and leftmost_b[node_b] == low_b:
                                relabel = 0 if labels_a[node_a] == labels_b[node_b] else 1
                                cost = min(cost, forest[i - 1, j - 1] + relabel)
                                tree[node_a, node_b] = cost
                            else:
                                i_before = leftmost_a[node_a] - low_a
                                j_before = leftmost_b[node_b] - low_b
                                cost = min(cost, forest[i_before, j_before] + tree[node_a, node_b])
                            forest[i, j] = cost
            best = min(best, tree[n_a - 1, n_b - 1])
        distances[query] = best
