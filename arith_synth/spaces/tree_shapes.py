"""Programs by tree shape, with what the tree edit distance needs of each shape: a postorder, and its keyroots.

The postorder is that of the mirrored tree: it is a prefix program read backwards, and mirroring both trees changes no
distance.
"""

from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.semantics.programs import PADDING

_FNV_OFFSET = np.uint64(14695981039346656037)
_FNV_PRIME = np.uint64(1099511628211)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreeShapes:
    """The distinct shapes among n programs, numbered in order of appearance, and the number of each program's shape.

    Shapes: of_row uint16[n], or int64[n] when there are more than 2**16; by shape: n_nodes, n_keyroots int64[s];
    leftmost, keyroots int64[s, width], of which the first n_nodes and n_keyroots entries of a row count.
    """

    of_row: np.ndarray
    n_nodes: np.ndarray
    n_keyroots: np.ndarray
    leftmost: np.ndarray
    keyroots: np.ndarray

    @property
    def tables(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """What the kernels take, in their order."""
        return self.n_nodes, self.n_keyroots, self.leftmost, self.keyroots


def tree_shapes(codes: np.ndarray, arities: np.ndarray) -> TreeShapes:
    """The shapes of checked codes uint8[n, width] over an arity table, by hashing: two passes over the rows' bytes."""
    of_row = np.empty(len(codes), dtype=np.int64)
    examples = codes[_number_shapes(codes, arities, of_row)]
    leftmost, keyroots = (np.zeros(examples.shape, dtype=np.int64) for _ in range(2))
    n_nodes, n_keyroots = (np.zeros(len(examples), dtype=np.int64) for _ in range(2))
    labels = np.empty(codes.shape[1], dtype=np.uint8)
    for shape, row in enumerate(examples):
        n_nodes[shape], n_keyroots[shape] = prepare_tree(row, arities, labels, leftmost[shape], keyroots[shape])
    return TreeShapes(
        of_row=of_row.astype(np.uint16) if len(examples) <= 1 << 16 else of_row,
        n_nodes=n_nodes,
        n_keyroots=n_keyroots,
        leftmost=leftmost,
        keyroots=keyroots,
    )


@numba.njit(cache=True, nogil=True)
def prepare_tree(row, arities, labels, leftmost, keyroots):
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
def _shape_hash(row, arities):
    hashed = _FNV_OFFSET
    for position in range(row.shape[0]):
        if row[position] == PADDING:
            break
        hashed = (hashed ^ np.uint64(arities[row[position]])) * _FNV_PRIME
    return hashed ^ (hashed >> np.uint64(32))


@numba.njit(cache=True, nogil=True)
def _have_same_shape(first, second, arities):
    """Whether arities agree in prefix order, which fixes the tree; it also fixes where the program ends."""
    for position in range(first.shape[0]):
        if (first[position] == PADDING) != (second[position] == PADDING):
            return False
        if arities[first[position]] != arities[second[position]]:
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _number_shapes(codes, arities, of_row):
    """Number the shapes by open addressing; returns the first row of each."""
    examples = np.empty(32, dtype=np.int64)
    slots = np.full(64, -1, dtype=np.int64)
    n_shapes = 0
    for row in range(codes.shape[0]):
        mask = np.uint64(slots.shape[0] - 1)
        slot = _shape_hash(codes[row], arities) & mask
        while slots[slot] >= 0 and not _have_same_shape(codes[examples[slots[slot]]], codes[row], arities):
            slot = (slot + np.uint64(1)) & mask
        if slots[slot] < 0:
            slots[slot] = n_shapes
            examples[n_shapes] = row
            n_shapes += 1
        of_row[row] = slots[slot]
        if n_shapes == examples.shape[0]:  # the table is half full
            examples = np.concatenate((examples, np.empty_like(examples)))
            slots = np.full(4 * n_shapes, -1, dtype=np.int64)
            mask = np.uint64(slots.shape[0] - 1)
            for shape in range(n_shapes):
                slot = _shape_hash(codes[examples[shape]], arities) & mask
                while slots[slot] >= 0:
                    slot = (slot + np.uint64(1)) & mask
                slots[slot] = shape
    return examples[:n_shapes].copy()
