"""Tests that differ in one thing only: equal in size, and matched in distance to the training programs.

Per size, distances are binned by the quintiles of the candidates for `test`. Then `test` takes candidates in
keyed-hash order, passing over those whose bins its partners cannot fill (common support), and each partner takes as
many candidates as `test` in each bin: `test_syntactic` by semantic distance, `test_semantic` by syntactic distance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from arith_synth.errors import SplitError
from arith_synth.spaces.neighbours import nearest
from arith_synth.splits.apportion import N_BINS, quintile_edges, quintile_of
from arith_synth.splits.sizes import ASK_FOR_FEWER

#: For n tasks of one size, up to this many candidates x n, and no fewer than MIN_CANDIDATES, are considered.
CANDIDATE_FACTOR = 3
MIN_CANDIDATES = 600

Spaces = Mapping[str, np.ndarray]
BySize = Mapping[int, np.ndarray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A test that is matched to `test` in distance: its candidates by size in keyed-hash order, and in which space."""

    candidates: BySize
    space: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedTests:
    """Classes int64[n] by split, and the bin edges (squared integer distances) by size and space."""

    classes: dict[str, np.ndarray]
    edges: dict[str, dict[str, list[int]]]


def squared_distances(coordinates: np.ndarray, classes: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Squared integer distance of each class to the nearest training class.

    Shapes: coordinates int32[n_classes, 16], classes int64[m], train int64[k] -> int64[m].
    """
    if not len(classes):
        return np.empty(0, dtype=np.int64)
    return nearest(coordinates[classes], coordinates[train])[1]


def match_tests(
    config: str,
    plain: BySize,
    partners: Mapping[str, Partner],
    by_size: Mapping[int, int],
    spaces: Spaces,
    train: np.ndarray,
) -> MatchedTests:
    """Choose `by_size` classes for `test` from its candidates (size -> int64[...] in keyed-hash order), and as many
    for each partner (by the name of its split).

    `spaces`: integer coordinates int32[n_classes, 16] under "syntactic" and "semantic". Raises SplitError when the
    candidates of a size cannot be matched.
    """
    chosen: dict[str, list[np.ndarray]] = {"test": [], **{split: [] for split in partners}}
    edges: dict[str, dict[str, list[int]]] = {}
    for size, n in sorted(by_size.items()):
        if n == 0:
            continue
        limit = max(CANDIDATE_FACTOR * n, MIN_CANDIDATES)
        candidates = plain[size][:limit]
        if len(candidates) < n:
            raise SplitError(
                f"{config}/test: {len(candidates)} classes of size {size} lie inside and are spare, but "
                f"{n} tasks are wanted; {ASK_FOR_FEWER}, or another region"
            )
        bins = {
            split: _Bins(candidates, partner.candidates[size][:limit], spaces[partner.space], train)
            for split, partner in partners.items()
        }
        taken = _common_support(list(bins.values()), len(candidates), n)
        if len(taken) < n:
            raise SplitError(
                f"{config}/test: only {len(taken)} of {n} classes of size {size} can be matched in distance by "
                f"{' and '.join(partners)}; ask for fewer (--test-tasks) or a larger --max-size"
            )
        chosen["test"].append(candidates[taken])
        for split, of_split in bins.items():
            chosen[split].append(of_split.partners_of(taken))
        edges[str(size)] = {partners[split].space: of_split.edges.tolist() for split, of_split in bins.items()}
    return MatchedTests(
        classes={split: np.concatenate(classes) for split, classes in chosen.items()},
        edges=edges,
    )


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


def _common_support(bins: Sequence[_Bins], n_candidates: int, n: int) -> np.ndarray:
    """The first n candidates whose bins still have room in every space: int64[<= n]."""
    rooms = [of_split.capacity.copy() for of_split in bins]
    taken = []
    for index in range(n_candidates):
        if len(taken) == n:
            break
        places = [of_split.bin_of[index] for of_split in bins]
        if all(room[place] > 0 for room, place in zip(rooms, places, strict=True)):
            for room, place in zip(rooms, places, strict=True):
                room[place] -= 1
            taken.append(index)
    return np.array(taken, dtype=np.int64)
