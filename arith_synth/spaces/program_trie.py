"""Many programs in prefix trees (tries) of their codes, which a search can descend symbol by symbol.

There is one trie for each number of leaves and of operators, so that a descent knows at every node what is still to
come. All tries lie in the same arrays, their nodes in the order of a depth-first walk: what a search does not want to
see below a node it jumps over.
"""

from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.semantics.programs import PADDING


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProgramTrie:
    """Distinct programs and the nodes above them.

    Programs, sorted: rows uint8[p, width], first_index int64[p], the lowest index that a program had. Nodes: symbols
    uint8[n]; depths int32[n], the root's children having depth 1; ends int64[n]: the first node that is not below
    this one or, where a program ends, the complement (~) of its number. No program continues another, so nothing is
    below such a node. Groups: int64[g, 4], number of leaves and of operators, first node, end.
    """

    rows: np.ndarray
    first_index: np.ndarray
    symbols: np.ndarray
    depths: np.ndarray
    ends: np.ndarray
    groups: np.ndarray

    @property
    def n_bytes(self) -> int:
        """Memory of all arrays."""
        return sum(getattr(self, name).nbytes for name in self.__slots__)


def program_trie(codes: np.ndarray, arities: np.ndarray) -> ProgramTrie:
    """The trie of checked codes uint8[n, width] over an arity table."""
    n_nodes = (codes != PADDING).sum(axis=1, dtype=np.uint16)
    n_operators = (arities > 0)[codes].sum(axis=1, dtype=np.uint16)
    # The last key is the first to sort by. Sorting is stable: of equal rows the one with the lowest index comes first.
    order = np.lexsort((*codes.T[::-1], n_operators, n_nodes))
    is_new = np.ones(len(codes), dtype=bool)
    _mark_repetitions(codes, order, is_new)
    first_index = order[is_new]
    rows, n_nodes, n_operators = codes[first_index], n_nodes[first_index], n_operators[first_index]
    starts = np.flatnonzero(np.diff(n_nodes, prepend=0) | np.diff(n_operators, prepend=0))  # where a group starts
    nodes_before = np.zeros(len(rows) + 1, dtype=np.int64)
    _count_nodes(rows, starts, nodes_before)
    symbols = np.empty(nodes_before[-1], dtype=np.uint8)
    depths = np.empty(len(symbols), dtype=np.int32)
    ends = np.empty(len(symbols), dtype=np.int64)
    _fill_nodes(rows, nodes_before, symbols, depths, ends)
    groups = np.empty((len(starts), 4), dtype=np.int64)
    groups[:, 0] = n_nodes[starts] - n_operators[starts]
    groups[:, 1] = n_operators[starts]
    groups[:, 2] = nodes_before[starts]
    groups[:, 3] = nodes_before[[*starts[1:], len(rows)]]
    return ProgramTrie(rows=rows, first_index=first_index, symbols=symbols, depths=depths, ends=ends, groups=groups)


@numba.njit(cache=True, nogil=True)
def _mark_repetitions(codes, order, is_new):
    for place in range(1, order.shape[0]):
        is_new[place] = False
        for position in range(codes.shape[1]):
            if codes[order[place], position] != codes[order[place - 1], position]:
                is_new[place] = True
                break


@numba.njit(cache=True, nogil=True)
def _count_nodes(rows, starts, nodes_before):
    """A program adds a node for each symbol after those that it shares with the one before it in its group."""
    group = 0
    for program in range(rows.shape[0]):
        depth = 0
        if group < len(starts) and program == starts[group]:
            group += 1
        else:
            while rows[program, depth] == rows[program - 1, depth]:
                depth += 1
        n_codes = depth
        while n_codes < rows.shape[1] and rows[program, n_codes] != PADDING:
            n_codes += 1
        nodes_before[program + 1] = nodes_before[program] + n_codes - depth


@numba.njit(cache=True, nogil=True)
def _fill_nodes(rows, nodes_before, symbols, depths, ends):
    unfinished = np.empty(rows.shape[1], dtype=np.int64)  # the path to the last program: a node at each depth
    n_unfinished = 0
    for program in range(rows.shape[0]):
        n_codes = 0
        while n_codes < rows.shape[1] and rows[program, n_codes] != PADDING:
            n_codes += 1
        node = nodes_before[program]
        n_shared = n_codes - (nodes_before[program + 1] - node)
        for depth in range(n_shared, n_unfinished):
            ends[unfinished[depth]] = node
        for depth in range(n_shared, n_codes):
            symbols[node] = rows[program, depth]
            depths[node] = depth + 1
            unfinished[depth] = node
            node += 1
        ends[node - 1] = ~program
        n_unfinished = n_codes - 1  # the last node is finished: nothing can be below it
    for depth in range(n_unfinished):
        ends[unfinished[depth]] = nodes_before[-1]
