"""The audit's own bottom-up enumeration: sorted unique arrays of keys, where the bank has a hash table."""

from collections.abc import Iterator, Sequence

import numpy as np

from arith_synth.errors import CapacityError
from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import OPERATORS
from arith_synth.splits.audit.identity import combine_residues, leaf_residues, pack, unpack

#: Candidates combined at a time; bounds memory, not results.
_CHUNK = 1 << 22
_N_ATTEMPTS = 16


def enumerate_classes(grammar: Grammar, max_size: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """All classes of minimal size <= max_size.

    Returns the leaf residues uint64[2, n_leaves] that name them and, for each size, the sorted keys uint64[n] of the
    classes that are new at this size. A class that is no zero but vanishes at one of the points would be taken for a
    zero divisor; the points are drawn anew until there is none. Raises CapacityError when that does not help.
    """
    for attempt in range(_N_ATTEMPTS):
        leaf_values = leaf_residues(grammar, attempt)
        by_size = _enumerate(grammar, max_size, leaf_values)
        if by_size is not None:
            return leaf_values, by_size
    raise CapacityError(
        f"classes of up to {max_size} leaves vanish at each of {_N_ATTEMPTS} points; audit a smaller max_size"
    )


def sorted_unique(keys: np.ndarray) -> np.ndarray:
    """The distinct keys of uint64[...], ascending. (`numpy.unique` hashes before it sorts, which takes longer.)"""
    ordered = np.sort(keys, axis=None)
    is_first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return ordered[is_first]


def _enumerate(grammar: Grammar, max_size: int, leaf_values: np.ndarray) -> list[np.ndarray] | None:
    by_size = [sorted_unique(pack(leaf_values))]
    known = by_size[0]
    for size in range(2, max_size + 1):
        if _vanishing(known):
            return None
        kept: list[np.ndarray] = []
        for left_size in range(1, size // 2 + 1):
            left, right = by_size[left_size - 1], by_size[size - left_size - 1]
            for keys in _combined(grammar.operators, left, right):
                kept.append(keys[~_members(keys, known)])
        new = _union(kept)
        by_size.append(new)
        known = np.sort(np.concatenate([known, new]))
    return None if _vanishing(known) else by_size


def _combined(operators: Sequence[str], left: np.ndarray, right: np.ndarray) -> Iterator[np.ndarray]:
    """Sorted unique keys of `left operator right` (and of `right operator left`), a chunk of pairs at a time."""
    if len(left) > len(right):
        left, right = right, left
    small, large = unpack(left)[:, :, None], unpack(right)[:, None, :]
    rows = max(1, _CHUNK // max(1, len(right)))
    columns = min(len(right), _CHUNK)
    for row in range(0, len(left), rows):
        for column in range(0, len(right), columns):
            a, b = small[:, row : row + rows], large[:, :, column : column + columns]
            for operator in operators:
                yield _keys(operator, a, b)
                if not OPERATORS[operator].commutative:
                    yield _keys(operator, b, a)


def _keys(operator: str, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    keys = pack(combine_residues(operator, left, right))
    if operator == "/":
        keys = keys[np.broadcast_to(pack(right) != 0, keys.shape)]
    return sorted_unique(keys)


def _vanishing(keys: np.ndarray) -> bool:
    """Whether a class has exactly one residue of zero, and so would be mistaken for zero by that residue."""
    first, second = unpack(keys)
    return bool(((first == 0) != (second == 0)).any())


def _members(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Which of sorted queries uint64[m] are among sorted keys uint64[n]: bool[m]."""
    if len(keys) == 0:
        return np.zeros(len(queries), dtype=bool)
    places = np.searchsorted(keys, queries)
    places[places == len(keys)] = 0
    return keys[places] == queries


def _union(parts: list[np.ndarray]) -> np.ndarray:
    return sorted_unique(np.concatenate(parts)) if parts else np.empty(0, dtype=np.uint64)
