"""Which rows two splits are compared on: keyed samples of equal number, of equal sizes where that is asked for."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from arith_synth.seeding import hash_fingerprints, keyed_order
from arith_synth.splits.apportion import apportion
from arith_synth.splits.shift.reading import PublishedSplit

#: Rows of each side. More would sharpen the third decimal only.
SAMPLE = 2_000
_STREAM = "shift report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows int64[n] of two splits, equally many."""

    rows: tuple[np.ndarray, np.ndarray]

    def __len__(self) -> int:
        return len(self.rows[0])


def n_shared_classes(first: PublishedSplit, second: PublishedSplit) -> int:
    """Classes that two splits share."""
    sides = first.fingerprints, second.fingerprints
    # One residue tells nearly all classes apart, and is compared faster than two.
    likely = [_distinct(here[np.isin(here[:, 0], there[:, 0])]) for here, there in (sides, sides[::-1])]
    return len(likely[0]) + len(likely[1]) - len(np.unique(np.concatenate(likely)))


def plain_sample(first: PublishedSplit, second: PublishedSplit, *, disjoint: bool = False) -> Sample:
    """Equally many rows of both, at most SAMPLE, in keyed-hash order. `disjoint`: no class on both sides.

    A class that stood on both sides would teach a classifier the wrong side. Where `disjoint` is asked for, each class
    goes to one side, by a bit of its hash that knows neither split: both laws stay what they are.
    """
    rows = _candidates(first, second, disjoint=disjoint)
    n = min(SAMPLE, *map(len, rows))
    return Sample(rows=(rows[0][:n], rows[1][:n]))


def size_matched_sample(first: PublishedSplit, second: PublishedSplit, *, disjoint: bool = False) -> Sample:
    """Rows of both with one size histogram: of every size what both have, scaled down to SAMPLE rows.

    Empty when the two have no size in common. `disjoint` as in `plain_sample`.
    """
    found = _candidates(first, second, disjoint=disjoint)
    sides = [(split.sizes[rows], rows) for split, rows in zip((first, second), found, strict=True)]
    counts = [Counter(sizes.tolist()) for sizes, _ in sides]
    both = {size: min(n, counts[1][size]) for size, n in counts[0].items() if size in counts[1]}
    quotas = apportion(min(SAMPLE, sum(both.values())), both)
    taken = []
    for sizes, rows in sides:
        kept = [np.flatnonzero(sizes == size)[:n] for size, n in quotas.items()]
        taken.append(rows[np.sort(np.concatenate([np.empty(0, np.int64), *kept]))])  # still in keyed-hash order
    return Sample(rows=(taken[0], taken[1]))


def _candidates(first: PublishedSplit, second: PublishedSplit, *, disjoint: bool) -> tuple[np.ndarray, np.ndarray]:
    """The rows of each in keyed-hash order."""
    first_rows = keyed_order(first.fingerprints, _STREAM, first.path)
    second_rows = keyed_order(second.fingerprints, _STREAM, second.path)
    if not disjoint:
        return first_rows, second_rows
    sides = [hash_fingerprints(split.fingerprints, _STREAM, "side") & np.uint64(1) for split in (first, second)]
    return first_rows[sides[0][first_rows] == 0], second_rows[sides[1][second_rows] == 1]


def _distinct(fingerprints: np.ndarray) -> np.ndarray:
    return np.unique(np.ascontiguousarray(fingerprints).view("u8,u8"))
