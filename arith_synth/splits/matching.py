"""Tests that differ in one thing only: equal in size, and matched in distance to the training programs.

Per size, distances are binned by the quintiles of the candidates for `test`. Then `test` takes candidates in
keyed-hash order, passing over those whose bins its partners cannot fill (common support), `test_syntactic` takes as
many candidates as `test` in each bin of semantic distance, and `test_semantic` in each bin of syntactic distance.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from arith_synth.errors import SplitError
from arith_synth.spaces.neighbours import nearest
from arith_synth.splits.apportion import N_BINS, quintile_edges, quintile_of

#: For n tasks of one size, up to this many candidates x n, and no fewer than MIN_CANDIDATES, are considered.
CANDIDATE_FACTOR = 3
MIN_CANDIDATES = 600

Spaces = Mapping[str, np.ndarray]
BySize = Mapping[int, np.ndarray]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedTests:
    """Classes int64[n] of the three matched tests, and the bin edges (squared integer distances) by size and space."""

    plain: np.ndarray
    syntactic: np.ndarray
    semantic: np.ndarray
    edges: dict[str, dict[str, list[int]]]


def squared_distances(coordinates: np.ndarray, classes: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Squared integer distance of each class to the nearest training class.

    Shapes: coordinates int32[n_classes, 16], classes int64[m], train int64[k] -> int64[m].
    """
    if not len(classes):
        return np.empty(0, dtype=np.int64)
    return nearest(coordinates[classes], coordinates[train])[1]


def match_tests(
    plain: BySize, syntactic: BySize, semantic: BySize, by_size: Mapping[int, int], spaces: Spaces, train: np.ndarray
) -> MatchedTests:
    """Choose `by_size` classes for each of three tests from their candidates (size -> int64[...] in keyed-hash order).

    `spaces`: integer coordinates int32[n_classes, 16] under "syntactic" and "semantic". Raises SplitError when the
    candidates of a size cannot be matched.
    """
    chosen: dict[str, list[np.ndarray]] = {"plain": [], "syntactic": [], "semantic": []}
    edges: dict[str, dict[str, list[int]]] = {}
    for size, n in sorted(by_size.items()):
        if n == 0:
            continue
        limit = max(CANDIDATE_FACTOR * n, MIN_CANDIDATES)
        candidates = plain[size][:limit]
        # A test that differs in syntax is matched in meaning, and the other way round.
        by_meaning = _Bins(candidates, syntactic[size][:limit], spaces["semantic"], train)
        by_syntax = _Bins(candidates, semantic[size][:limit], spaces["syntactic"], train)
        taken = _common_support(by_meaning, by_syntax, n)
        if len(taken) < n:
            raise SplitError(
                f"support_shift/test: only {len(taken)} of {n} classes of size {size} can be matched in distance by "
                "test_syntactic and test_semantic; ask for fewer test tasks or a larger --max-size"
            )
        chosen["plain"].append(candidates[taken])
        chosen["syntactic"].append(by_meaning.partners_of(taken))
        chosen["semantic"].append(by_syntax.partners_of(taken))
        edges[str(size)] = {"semantic": by_meaning.edges.tolist(), "syntactic": by_syntax.edges.tolist()}
    return MatchedTests(**{name: np.concatenate(classes) for name, classes in chosen.items()}, edges=edges)


class _Bins:
    """Candidates and possible partners of one size, binned by distance in one space."""

    def __init__(
        self, candidates: np.ndarray, partners: np.ndarray, coordinates: np.ndarray, train: np.ndarray
    ) -> None:
        distances = squared_distances(coordinates, candidates, train)
        self.edges = quintile_edges(distances)
        self.bin_of = quintile_of(distances, self.edges)
        self._partners = partners
        self._partner_bins = quintile_of(squared_distances(coordinates, partners, train), self.edges)
        self.capacity = np.bincount(self._partner_bins, minlength=N_BINS)

    def partners_of(self, taken: np.ndarray) -> np.ndarray:
        """In each bin the first partners, as many as there are taken candidates."""
        counts = np.bincount(self.bin_of[taken], minlength=N_BINS).tolist()
        return np.concatenate([self._partners[self._partner_bins == b][:count] for b, count in enumerate(counts)])


def _common_support(first: _Bins, second: _Bins, n: int) -> np.ndarray:
    """The first n candidates whose bins still have room in both spaces: int64[<= n]."""
    room_first, room_second = first.capacity.copy(), second.capacity.copy()
    taken = []
    for index, (a, b) in enumerate(zip(first.bin_of.tolist(), second.bin_of.tolist(), strict=True)):
        if len(taken) == n:
            break
        if room_first[a] > 0 and room_second[b] > 0:
            room_first[a] -= 1
            room_second[b] -= 1
            taken.append(index)
    return np.array(taken, dtype=np.int64)
