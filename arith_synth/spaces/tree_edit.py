"""Exact tree edit distance between ordered labelled trees: unit costs for insertion, deletion and relabelling.

Source: Zhang and Shasha 1989, "Simple fast algorithms for the editing distance between trees and related problems",
SIAM J. Comput. 18(6). The order of its steps depends on the two shapes alone, and programs have few shapes: pairs are
grouped by their shapes and go through the steps side by side, a pair a lane of the processor's vector instructions.
"""

import numba
import numpy as np

from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.spaces.tree_shapes import TreeShapes, tree_shapes
from arith_synth.spaces.trees import arity_table, checked_codes

_LANES = 64
#: Pairs sorted by shape at a time; each takes about 50 bytes meanwhile.
_PAIRS_BLOCK = 1 << 20
#: A partial distance is at most the number of nodes of both trees, plus one before the minimum is taken.
_MAX_BYTE_NODES = 254


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
    arities = arity_table(grammar)
    shapes_a, shapes_b = tree_shapes(queries, arities), tree_shapes(train, arities)
    n_candidates = candidates.shape[1]
    nearest = np.empty(len(queries), dtype=np.int64)
    n_queries = max(1, _PAIRS_BLOCK // n_candidates)
    for start in range(0, len(queries), n_queries):
        block = candidates[start : start + n_queries]
        rows_a = np.repeat(np.arange(start, start + len(block)), n_candidates)
        distances = _pair_distances(queries, shapes_a, rows_a, train, shapes_b, block.ravel())
        nearest[start : start + n_queries] = distances.reshape(block.shape).min(axis=1)
    return nearest


def _pair_distances(
    codes_a: np.ndarray,
    shapes_a: TreeShapes,
    rows_a: np.ndarray,
    codes_b: np.ndarray,
    shapes_b: TreeShapes,
    rows_b: np.ndarray,
) -> np.ndarray:
    """Tree edit distances int64[m] of pairs: rows_a int64[m] of codes_a with rows_b int64[m] of codes_b."""
    order = np.lexsort((shapes_b.of_row[rows_b], shapes_a.of_row[rows_a]))
    distances = np.empty(len(order), dtype=np.int64)
    side_a = (codes_a, shapes_a.of_row, shapes_a.tables, rows_a[order])
    side_b = (codes_b, shapes_b.of_row, shapes_b.tables, rows_b[order])
    _distances_by_shape(side_a, side_b, *work_space(codes_a.shape[1], codes_b.shape[1], _LANES), order, distances)
    return distances


def work_space(width_a: int, width_b: int, n_lanes: int) -> tuple[np.ndarray, np.ndarray]:
    """Tables for `edit_distances`: tree [width_a, width_b, n_lanes], forest [width_a + 1, width_b + 1, n_lanes].

    Bytes where no partial distance can pass 255, else int32.
    """
    dtype = np.uint8 if width_a + width_b <= _MAX_BYTE_NODES else np.int32
    return np.zeros((width_a, width_b, n_lanes), dtype), np.zeros((width_a + 1, width_b + 1, n_lanes), dtype)


# Inlined, so that the compiler knows the number of lanes: unknown, it costs two thirds of the speed.
@numba.njit(inline="always", nogil=True)
def edit_distances(tree_a, tree_b, tree, forest, n_lanes):
    """Leave the distances between all pairs of subtrees in `tree`, one lane for each pair of programs.

    Shapes: tree_a = (leftmost int64[>= n_a], keyroots int64[n_keyroots_a], labels uint8[>= n_a, n_lanes]), as
    `prepare_tree` makes them, and likewise tree_b; tree and forest as `work_space` makes them. The distance is
    tree[n_a - 1, n_b - 1].
    """
    leftmost_a, keyroots_a, labels_a = tree_a
    leftmost_b, keyroots_b, labels_b = tree_b
    # Arithmetic stays in the tables' type, or it would be widened, and fewer lanes would fit a vector.
    as_cost = forest.dtype.type
    for root_a in keyroots_a:
        low_a = leftmost_a[root_a]
        for root_b in keyroots_b:
            low_b = leftmost_b[root_b]
            # forest[i, j]: distance between the first i nodes from low_a and the first j from low_b
            for i in range(root_a - low_a + 2):
                for lane in range(n_lanes):
                    forest[i, 0, lane] = i
            for j in range(root_b - low_b + 2):
                for lane in range(n_lanes):
                    forest[0, j, lane] = j
            for i in range(1, root_a - low_a + 2):
                node_a = low_a + i - 1
                i_before = leftmost_a[node_a] - low_a
                for j in range(1, root_b - low_b + 2):
                    node_b = low_b + j - 1
                    j_before = leftmost_b[node_b] - low_b
                    if i_before == 0 and j_before == 0:  # both forests are whole trees
                        for lane in range(n_lanes):
                            gap = as_cost(min(forest[i - 1, j, lane], forest[i, j - 1, lane]) + as_cost(1))
                            relabel = as_cost(labels_a[node_a, lane] != labels_b[node_b, lane])
                            cost = min(gap, as_cost(forest[i - 1, j - 1, lane] + relabel))
                            tree[node_a, node_b, lane] = cost
                            forest[i, j, lane] = cost
                    else:
                        for lane in range(n_lanes):
                            gap = as_cost(min(forest[i - 1, j, lane], forest[i, j - 1, lane]) + as_cost(1))
                            matched = as_cost(forest[i_before, j_before, lane] + tree[node_a, node_b, lane])
                            forest[i, j, lane] = min(gap, matched)


@numba.njit(cache=True, nogil=True)
def _distances_by_shape(side_a, side_b, tree, forest, order, distances):
    """Distances of pairs (rows_a[p], rows_b[p]) sorted by their shapes, written to distances[order[p]]."""
    codes_a, shape_of_a, (n_nodes_a, n_keyroots_a, leftmost_a, keyroots_a), rows_a = side_a
    codes_b, shape_of_b, (n_nodes_b, n_keyroots_b, leftmost_b, keyroots_b), rows_b = side_b
    labels_a = np.zeros((codes_a.shape[1], _LANES), dtype=np.uint8)
    labels_b = np.zeros((codes_b.shape[1], _LANES), dtype=np.uint8)
    start = 0
    while start < len(rows_a):
        shape_a, shape_b = shape_of_a[rows_a[start]], shape_of_b[rows_b[start]]
        n_a, n_b = n_nodes_a[shape_a], n_nodes_b[shape_b]
        end = start
        while end < min(len(rows_a), start + _LANES):
            if shape_of_a[rows_a[end]] != shape_a or shape_of_b[rows_b[end]] != shape_b:
                break
            for node in range(n_a):
                labels_a[node, end - start] = codes_a[rows_a[end], n_a - 1 - node]
            for node in range(n_b):
                labels_b[node, end - start] = codes_b[rows_b[end], n_b - 1 - node]
            end += 1
        tree_a = (leftmost_a[shape_a], keyroots_a[shape_a, : n_keyroots_a[shape_a]], labels_a)
        tree_b = (leftmost_b[shape_b], keyroots_b[shape_b, : n_keyroots_b[shape_b]], labels_b)
        edit_distances(tree_a, tree_b, tree, forest, _LANES)
        for pair in range(start, end):
            distances[order[pair]] = tree[n_a - 1, n_b - 1, pair - start]
        start = end
