"""The exact nearest training program of each query by tree edit distance, among millions.

For the radius 0, 1, 2, ... the search walks a trie of the training programs and turns back where every completion is
farther than the radius from the query's preorder. It compares postorders where a program ends, and computes the tree
edit distance of what neither bound excludes. After a radius every program within it has been compared: when the best of
them is as near as the radius, it is the nearest, and of several the one with the lowest index.

What is below a node of the trie is known by its numbers of leaves and operators; to turn the rest of the query into it
takes at least as many edits as one has more of them than the other, leaves and operators counted apart.
"""

from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.progress import Progress
from arith_synth.spaces.program_trie import ProgramTrie, program_trie
from arith_synth.spaces.tree_edit import edit_distances, work_space
from arith_synth.spaces.tree_edit_bounds import (
    count_rest,
    extend,
    fewest_edits,
    string_distance,
    write_postorder,
    write_postorders,
)
from arith_synth.spaces.tree_shapes import prepare_tree
from arith_synth.spaces.trees import arity_table, checked_codes

_QUERY_BLOCK = 64
_FAR = np.int64(1 << 62)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreeEditNeighbours:
    """The nearest training program of each of m queries; all int64[m].

    `n_compared`: how many tree edit distances it took to find it.
    """

    indices: np.ndarray
    distances: np.ndarray
    n_compared: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreeEditIndex:
    """Training programs, ready to be searched; `tree_edit_index` makes one.

    Memory: 2 width + 8 bytes a distinct program and 13 bytes a node of the trie, of which there are 3 to 4 a program:
    about 80 MB for a million programs of 6 leaves, and a few more while it is made.
    """

    grammar: Grammar
    trie: ProgramTrie
    postorders: np.ndarray

    @property
    def n_bytes(self) -> int:
        """Memory of all arrays."""
        return self.trie.n_bytes + self.postorders.nbytes

    def nearest(self, query_codes: np.ndarray, progress: Progress | None = None) -> TreeEditNeighbours:
        """The nearest training program of each query uint8[m, width]; of several as near, the lowest index.

        Raises UsageError for rows that are not programs of the grammar.
        """
        queries = checked_codes(query_codes, self.grammar)
        found = np.empty((len(queries), 3), dtype=np.int64)
        tree, forest = work_space(queries.shape[1], self.trie.rows.shape[1], 1)
        for start in range(0, len(queries), _QUERY_BLOCK):
            block = slice(start, start + _QUERY_BLOCK)
            _search_all(queries[block], self._tables, arity_table(self.grammar), tree, forest, found[block])
            if progress is not None:
                progress("nearest programs", min(start + _QUERY_BLOCK, len(queries)), len(queries))
        indices, distances, n_compared = found.T.copy()
        return TreeEditNeighbours(indices=indices, distances=distances, n_compared=n_compared)

    @property
    def _tables(self) -> tuple[np.ndarray, ...]:
        """What the kernels take, in their order."""
        trie = self.trie
        return trie.groups, trie.symbols, trie.depths, trie.ends, trie.rows, self.postorders, trie.first_index


def tree_edit_index(train_codes: np.ndarray, grammar: Grammar) -> TreeEditIndex:
    """An index over training programs uint8[n, width].

    Raises UsageError for rows that are not programs, and when there are none.
    """
    codes = checked_codes(train_codes, grammar)
    if len(codes) == 0:
        raise UsageError("there is no training program to be near to; pass at least one")
    arities = arity_table(grammar)
    trie = program_trie(codes, arities)
    postorders = np.zeros_like(trie.rows)
    write_postorders(trie.rows, arities, postorders)
    return TreeEditIndex(grammar=grammar, trie=trie, postorders=postorders)


def nearest_by_tree_edit_exact(
    query_codes: np.ndarray, train_codes: np.ndarray, grammar: Grammar, progress: Progress | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest training program of each query by tree edit distance; of several as near, the lowest index.

    Shapes: query_codes uint8[m, width], train_codes uint8[n, width'] -> index int64[m], distance int64[m]. To search
    the same programs again, keep a `tree_edit_index`. Raises UsageError for rows that are not programs, and when there
    is nothing to be near to.
    """
    found = tree_edit_index(train_codes, grammar).nearest(query_codes, progress)
    return found.indices, found.distances


@numba.njit(cache=True, nogil=True)
def _search_all(queries, tables, arities, tree, forest, found):
    """Search for each query by growing radii; found int64[m, 3]: index, distance, number of distances computed."""
    groups, rows = tables[0], tables[4]
    width_a, width_b = queries.shape[1], rows.shape[1]
    post, stack = np.empty(width_a, dtype=np.uint8), np.empty((width_a, 2), dtype=np.int64)
    rest, post_rest = np.empty((width_a + 1, 2), dtype=np.int64), np.empty((width_a + 1, 2), dtype=np.int64)
    labels, leftmost = np.empty((width_a, 1), dtype=np.uint8), np.empty(width_a, dtype=np.int64)
    keyroots = np.empty_like(leftmost)
    costs = np.empty((width_b + 1, width_a + 1), dtype=np.int64)
    for j in range(width_a + 1):
        costs[0, j] = j
    post_costs = costs.copy()
    for number in range(queries.shape[0]):
        n_query = write_postorder(queries[number], arities, stack, post)
        count_rest(queries[number], n_query, arities, rest)
        count_rest(post, n_query, arities, post_rest)
        n_keyroots = prepare_tree(queries[number], arities, labels.reshape(width_a), leftmost, keyroots)[1]
        query = (n_query, queries[number], rest, post, post_rest, (leftmost, keyroots[:n_keyroots], labels))
        best = found[number]
        best[0], best[1], best[2] = _FAR, _FAR, 0
        radius = np.int64(0)
        while radius <= best[1]:
            for group in range(groups.shape[0]):
                if fewest_edits(rest[0, 0] - groups[group, 0], rest[0, 1] - groups[group, 1]) <= radius:
                    _search_group(group, radius, query, tables, arities, costs, post_costs, tree, forest, best)
            radius += 1


@numba.njit(cache=True, nogil=True)
def _search_group(group, radius, query, tables, arities, costs, post_costs, tree, forest, best):
    """Compare the query with each program of a group whose bound is the radius, and keep the best.

    query: its length, its codes in prefix order and in postorder, each with what `count_rest` makes of them, and what
    `edit_distances` takes; best int64[3] as in `_search_all`.
    """
    n_query, prefix, rest, post, post_rest, query_tree = query
    groups, symbols, depths, ends, rows, postorders, first_index = tables
    width = rows.shape[1]
    labels, leftmost = np.empty((width, 1), dtype=np.uint8), np.empty(width, dtype=np.int64)
    keyroots = np.empty_like(leftmost)
    n_leaves_left = np.empty(width + 1, dtype=np.int64)  # on the path to the present node
    n_leaves_left[0] = groups[group, 0]
    n_codes = groups[group, 0] + groups[group, 1]
    node = groups[group, 2]
    while node < groups[group, 3]:
        depth, symbol, end = np.int64(depths[node]), symbols[node], ends[node]
        n_leaves = n_leaves_left[depth - 1] - (1 if arities[symbol] == 0 else 0)
        n_leaves_left[depth] = n_leaves
        n_operators = n_codes - depth - n_leaves
        bound = extend(costs, depth, symbol, radius, prefix, n_query, rest, n_leaves, n_operators)
        if end >= 0:
            node = node + 1 if bound <= radius else end
            continue
        node += 1
        program = ~end
        # What is as near as the radius already can only give way to a lower index.
        if bound > radius or (best[1] == radius and first_index[program] > best[0]):
            continue
        symbols_b = postorders[program]
        post_distance = string_distance(symbols_b, n_codes, arities, radius, post, n_query, post_rest, post_costs)
        if max(bound, post_distance) != radius:  # compared at a smaller radius, or too far
            continue
        n_nodes, n_keyroots = prepare_tree(rows[program], arities, labels.reshape(width), leftmost, keyroots)
        edit_distances(query_tree, (leftmost, keyroots[:n_keyroots], labels), tree, forest, 1)
        distance = np.int64(tree[n_query - 1, n_nodes - 1, 0])
        best[2] += 1
        if distance < best[1] or (distance == best[1] and first_index[program] < best[0]):
            best[0], best[1] = first_index[program], distance
