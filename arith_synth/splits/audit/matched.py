"""Tests matched in size and in distance to training, a second time."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from arith_synth.splits.audit.distances import Boxed, boxed, squared_to_nearest
from arith_synth.splits.audit.pools import Classes

#: Space -> the inner edges of the bins of squared distance; by size.
Edges = dict[str, dict[str, list[int]]]

_N_BINS = 5
#: Candidates of one size that the matching looks at: so many a task, and no fewer than the second number.
_PER_TASK, _AT_LEAST = 3, 600


@dataclass(frozen=True, kw_only=True)
class Partner:
    """A test matched to `test` by distance to training in one space. `candidates`: rows of the corpus int64[m] of each
    size, in the order of pools."""

    test: str
    space: str
    candidates: Mapping[int, np.ndarray]


def matched_tests(
    plain: Mapping[int, np.ndarray],
    partners: list[Partner],
    sizes: Mapping[int, int],
    classes: Classes,
    train: np.ndarray,
) -> tuple[dict[str, np.ndarray], Edges] | str:
    """Rows of `test` and of its partners, and the edges that they are matched by; a text when tasks are lacking.

    `plain`: the candidates for `test`, as a partner's; `sizes`: the tasks wanted of each size.
    """
    sizes = {size: n for size, n in sizes.items() if n}
    seen = {size: max(_PER_TASK * n, _AT_LEAST) for size, n in sizes.items()}
    of_test = {size: plain.get(size, train[:0])[: seen[size]] for size in sizes}
    of_partners = {
        partner.test: {size: partner.candidates.get(size, train[:0])[: seen[size]] for size in sizes}
        for partner in partners
    }
    distances = {}
    for partner in partners:
        points = classes.coordinates[partner.space]
        training = boxed(points[train])
        distances[partner.test] = (
            _distances(of_test, points, training),
            _distances(of_partners[partner.test], points, training),
        )
    taken: dict[str, list[np.ndarray]] = {test: [train[:0]] for test in ("test", *of_partners)}
    edges: Edges = {}
    for size, n in sizes.items():
        if len(of_test[size]) == 0:
            return f"there is no candidate of size {size} for test"
        cuts = {partner.test: _edges(distances[partner.test][0][size]) for partner in partners}
        bins = {
            test: [(of_size[size][:, None] >= cuts[test]).sum(axis=1) for of_size in pair]
            for test, pair in distances.items()
        }
        chosen = _take(n, [pair[0] for pair in bins.values()], [pair[1] for pair in bins.values()])
        if len(chosen) < n:
            return f"only {len(chosen)} of {n} tasks of size {size} can be matched"
        taken["test"].append(of_test[size][chosen])
        for test, (found, others) in bins.items():
            wanted = np.bincount(found[chosen], minlength=_N_BINS)
            taken[test] += [of_partners[test][size][others == b][: wanted[b]] for b in range(_N_BINS)]
        edges[str(size)] = {partner.space: cuts[partner.test].tolist() for partner in partners}
    return {test: np.concatenate(rows) for test, rows in taken.items()}, edges


def _distances(candidates: Mapping[int, np.ndarray], points: np.ndarray, train: Boxed) -> dict[int, np.ndarray]:
    """Squared distances int64[m] of the candidates of each size to the nearest training class."""
    rows = np.concatenate([np.empty(0, dtype=np.int64), *candidates.values()])
    found = squared_to_nearest(points[rows], train).astype(np.int64)
    ends = np.cumsum([len(of_size) for of_size in candidates.values()])[:-1]
    return dict(zip(candidates, np.split(found, ends), strict=True)) if candidates else {}


def _edges(distances: np.ndarray) -> np.ndarray:
    """The quintiles of squared distances int64[m]: int64[4]."""
    ordered = np.sort(distances)
    return np.array([ordered[len(ordered) * k // _N_BINS] for k in range(1, _N_BINS)])


def _take(n: int, bins: list[np.ndarray], partners: list[np.ndarray]) -> list[int]:
    """The first n candidates for whose bin every partner has one left: places in the order of pools.

    `bins`: of the candidates for `test`, by partner; `partners`: of that partner's candidates.
    """
    left = [np.bincount(found, minlength=_N_BINS).tolist() for found in partners]
    taken: list[int] = []
    for place, of_place in enumerate(zip(*(found.tolist() for found in bins), strict=True)):
        if len(taken) == n:
            break
        if all(capacity[b] for capacity, b in zip(left, of_place, strict=True)):
            taken.append(place)
            for capacity, b in zip(left, of_place, strict=True):
                capacity[b] -= 1
    return taken
