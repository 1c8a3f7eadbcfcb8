"""pq-gram profiles (p = 2, q = 3) of expression trees, by a closed-form index instead of a dictionary.

Source: Augsten, Böhlen and Gamper 2005, "Approximate matching of hierarchical data using pq-grams", VLDB. A tree
is extended by dummies `*`: a parent above the root, q - 1 before the first and after the last child of every
inner node, q below every leaf. A pq-gram is a node (the anchor) with its parent and q consecutive children.

The index of (parent, anchor; window). A parent is the dummy or an operator, so it has 1 + n_operators values, each
with a block of the same layout:
  - a leaf anchor has the one window `***`: its place is the leaf's number;
  - an operator anchor has windows of five kinds: `**c`, `*cc`, `ccc`, `cc*`, `c**` (for arity 1, `*c*` in place of the
    middle three), of which its arity decides which occur. Each kind takes n_symbols ** (number of c) places, the
    children being digits to base n_symbols, the first the most significant.
Every pq-gram of the grammar has one index, and every index below `n_pqgrams` is a pq-gram.
"""

from dataclasses import dataclass
from functools import cache

import numba
import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.semantics.programs import PADDING, n_leaf_codes
from arith_synth.spaces.trees import arity_table, checked_codes

P = 2
Q = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PqGramLayout:
    """Where the closed form puts each kind of window.

    `block`: places a parent takes. `anchors` int64[n_symbols + 1]: start of an anchor code's part in a block.
    `windows` int64[max_arity + 1, Q, Q]: start, within an operator's part, of windows with so many dummies before and
    after the children, by the operator's arity; -1 where there is no such window.
    """

    n_leaves: int
    n_symbols: int
    block: int
    arities: np.ndarray
    anchors: np.ndarray
    windows: np.ndarray

    @property
    def n_pqgrams(self) -> int:
        """Number of indices: parents x places of a block."""
        return (1 + self.n_symbols - self.n_leaves) * self.block

    @property
    def tables(self) -> tuple[int, int, np.ndarray, np.ndarray, np.ndarray]:
        """What the kernels take, in their order."""
        return self.n_leaves, self.block, self.arities, self.anchors, self.windows


@cache
def layout_of(grammar: Grammar) -> PqGramLayout:
    """The closed form's constants for a grammar."""
    n_symbols, n_leaves = len(grammar.symbols), n_leaf_codes(grammar)
    arities = arity_table(grammar)
    windows = np.full((int(arities.max()) + 1, Q, Q), -1, dtype=np.int64)
    part_sizes = np.zeros(len(windows), dtype=np.int64)
    part_sizes[0] = 1
    for arity in range(1, len(windows)):
        for start in range(1 - Q, arity):  # the window covers children start .. start + Q - 1
            before, after = max(0, -start), max(0, start + Q - arity)
            if windows[arity, before, after] < 0:
                windows[arity, before, after] = part_sizes[arity]
                part_sizes[arity] += n_symbols ** (Q - before - after)
    anchors = np.zeros(n_symbols + 1, dtype=np.int64)
    anchors[2:] = np.cumsum(part_sizes[arities[1:-1]])
    block = int(anchors[-1] + part_sizes[arities[-1]])
    for table in (arities, anchors, windows):
        table.setflags(write=False)
    return PqGramLayout(
        n_leaves=n_leaves, n_symbols=n_symbols, block=block, arities=arities, anchors=anchors, windows=windows
    )


def n_pqgrams(grammar: Grammar) -> int:
    """Number of possible pq-grams of the grammar."""
    return layout_of(grammar).n_pqgrams


def max_pqgrams_per_program(width: int) -> int:
    """Most pq-grams in a program of `width` codes: 1 a leaf, arity + Q - 1 an operator.

    n nodes have n - 1 children in all, so the sum is 2n - 1 plus the number of operators, at most n - 1.
    """
    return 3 * width - 2


def pqgram_indices(codes: np.ndarray, grammar: Grammar) -> np.ndarray:
    """The profile of each program, as a list of indices with repetition, padded with -1.

    Shapes: codes uint8[n, width] -> int32[n, n_grams], n_grams the largest number that a row of that width can have.
    A program of n leaves over binary operators has 5n - 4. Raises UsageError for rows that are not programs.
    """
    codes = checked_codes(codes, grammar)
    layout = layout_of(grammar)
    indices = np.full((len(codes), max_pqgrams_per_program(codes.shape[1])), -1, dtype=np.int32)
    _all_indices(codes, *layout.tables, indices)
    n_used = int((indices >= 0).sum(axis=1).max(initial=1))
    return np.ascontiguousarray(indices[:, :n_used])


def weighted_counts(codes: np.ndarray, grammar: Grammar, weights: np.ndarray, bound: int) -> np.ndarray:
    """Dot products of each program's pq-gram counts with rows of integer weights, clipped to magnitudes <= bound.

    Shapes: codes uint8[n, width], weights int32[d, n_pqgrams] -> int32[n, d]; sums are in int64. Raises UsageError for
    rows that are not programs.
    """
    codes = checked_codes(codes, grammar)
    sums = np.empty((len(codes), len(weights)), dtype=np.int32)
    by_pqgram = np.array(weights.T, order="C")  # one pq-gram's weights lie in one cache line
    _weighted_sums(codes, *layout_of(grammar).tables, by_pqgram, bound, sums)
    return sums


@numba.njit(cache=True, nogil=True)
def _profile_of(row, n_leaves, block, arities, anchors, windows, stack, profile):
    """Write the pq-gram indices of one program into `profile` and return how many.

    Work space: stack int64[width, 3] holds (symbol, start, end) of finished subtrees whose parent is still to come;
    start and end delimit the pq-grams anchored at the subtree's root, which lack their parent until then.
    """
    n_symbols = anchors.shape[0] - 1
    n_grams = 0
    height = 0
    for position in range(row.shape[0] - 1, -1, -1):  # reversed prefix order: operands first, the first one on top
        code = row[position]
        if code == PADDING:
            continue
        arity = arities[code]
        start = n_grams
        for child in range(arity):
            for gram in range(stack[height - 1 - child, 1], stack[height - 1 - child, 2]):
                profile[gram] += (code - n_leaves) * block
        if arity == 0:
            profile[n_grams] = anchors[code]
            n_grams += 1
        else:
            for first in range(1 - Q, arity):
                children = 0
                for child in range(max(first, 0), min(first + Q, arity)):
                    children = children * n_symbols + stack[height - 1 - child, 0]
                kind = windows[arity, max(0, -first), max(0, first + Q - arity)]
                profile[n_grams] = anchors[code] + kind + children
                n_grams += 1
        height -= arity
        stack[height, 0] = code - 1
        stack[height, 1] = start
        stack[height, 2] = n_grams
        height += 1
    return n_grams


@numba.njit(cache=True, nogil=True)
def _all_indices(codes, n_leaves, block, arities, anchors, windows, indices):
    stack = np.empty((codes.shape[1], 3), dtype=np.int64)
    for program in range(codes.shape[0]):
        _profile_of(codes[program], n_leaves, block, arities, anchors, windows, stack, indices[program])


@numba.njit(cache=True, nogil=True)
def _weighted_sums(codes, n_leaves, block, arities, anchors, windows, weights, bound, sums):
    stack = np.empty((codes.shape[1], 3), dtype=np.int64)
    profile = np.empty(3 * codes.shape[1], dtype=np.int32)
    row = np.empty(weights.shape[1], dtype=np.int64)
    for program in range(codes.shape[0]):
        n_grams = _profile_of(codes[program], n_leaves, block, arities, anchors, windows, stack, profile)
        row[:] = 0
        for gram in range(n_grams):
            for axis in range(row.shape[0]):
                row[axis] += weights[profile[gram], axis]
        for axis in range(row.shape[0]):
            sums[program, axis] = min(max(row[axis], -bound), bound)
