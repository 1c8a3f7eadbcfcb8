"""Cells of a space: k-means with integer centroids, in integer arithmetic alone.

Lloyd's rounds over the distinct coordinates, each weighted by how many programs have it. Distances are exact (see
`neighbours`), sums are int64 and centroids are means rounded to the nearest integer, so that no machine and no number
of threads can find others. Distinct coordinates are sorted before anything else, so that neither can the order of rows.
No other integer point is as near to a cell's members as their rounded mean, so that rounding does not keep Lloyd's law:
no round ever raises the inertia.
"""

import numba
import numpy as np

from arith_synth.errors import UsageError
from arith_synth.seeding import keyed_hash, splitmix64
from arith_synth.spaces.neighbours import nearest

#: Cells are fitted to about so many programs: a larger corpus is thinned by keyed hashes. Four times as many do not
#: lower the inertia of xy3's classes by more than other starts do.
_MAX_WEIGHT = 1 << 16
#: The best of so many starts, each one chosen by greedy k-means++ with so many candidates a centroid.
_N_STARTS = 4
_N_CANDIDATES = 6
#: Starts are compared after so many rounds, and the best one goes on to the end.
_ROUNDS_OF_A_START = 10
_MAX_ROUNDS = 300
_BLOCK = 1 << 16


def fit_cells(coordinates: np.ndarray, n_cells: int, *stream: str | int) -> np.ndarray:
    """Centroids of k-means cells, in lexicographic order; `stream` names the choices of where to start.

    Shapes: coordinates int32[n, 16] -> int32[n_cells, 16]; fewer rows where fewer coordinates are distinct, and every
    cell has a fitted program. A function of the multiset of rows. Raises UsageError for no rows or no cells.
    """
    if n_cells < 1 or len(coordinates) == 0:
        raise UsageError(f"{n_cells} cells cannot be fitted to {len(coordinates)} programs; ask for 1 cell or more")
    points, weights = _distinct(np.asarray(coordinates))
    if len(points) > n_cells:
        points, weights = _thinned(points, weights, n_cells, *stream)
    if len(points) <= n_cells:
        return points.astype(np.int32)
    starts = []
    for start in range(_N_STARTS):
        centroids = _spread_out(points, weights, n_cells, *stream, start)
        centroids, inertia = lloyd(points, weights, centroids, _ROUNDS_OF_A_START)
        starts.append((inertia, start, centroids))
    best = min(starts, key=lambda entry: entry[:2])[2]
    centroids = np.unique(lloyd(points, weights, best, _MAX_ROUNDS)[0], axis=0)
    occupied = np.unique(nearest(points, centroids)[0])
    return centroids[occupied].astype(np.int32)


def cells_of(coordinates: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """The cell of each program: its nearest centroid, of several as near the one with the lowest number.

    Shapes: coordinates int32[n, 16], centroids int32[n_cells, 16] -> int64[n].
    """
    cells = np.empty(len(coordinates), dtype=np.int64)
    for start in range(0, max(1, len(coordinates)), _BLOCK):  # nearest works on copies in float64
        rows = slice(start, start + _BLOCK)
        cells[rows] = nearest(coordinates[rows], centroids)[0]
    return cells


def lloyd(points: np.ndarray, weights: np.ndarray, centroids: np.ndarray, n_rounds: int) -> tuple[np.ndarray, int]:
    """Centroids after at most `n_rounds` of Lloyd's rounds, and their inertia: the weighted sum of squared distances.

    Shapes: points int64[n, d] distinct, weights int64[n], centroids int64[k, d] -> int64[k, d]. It ends where no point
    changes its cell. Empty cells move to the points farthest from their centroids, of several as far to the first.
    """
    cells, squared_distances = nearest(points, centroids)
    for _ in range(n_rounds):
        sums = np.zeros_like(centroids)
        sizes = np.zeros(len(centroids), dtype=np.int64)
        _add_members(points, weights, cells, sums, sizes)
        empty = np.flatnonzero(sizes == 0)
        sizes[empty] = 1
        centroids = (2 * sums + sizes[:, None]) // (2 * sizes[:, None])  # the nearest integers, halves upwards
        if len(empty):
            centroids[empty] = points[np.argsort(-squared_distances, kind="stable")[: len(empty)]]
        previous = cells
        cells, squared_distances = nearest(points, centroids)
        if np.array_equal(cells, previous):
            break
    return centroids, _weighted_sum(squared_distances, weights)


def _distinct(coordinates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct rows in lexicographic order, int64[m, d], and how often each occurs, int64[m]."""
    ordered = coordinates[np.lexsort(coordinates.T[::-1])]
    is_first = np.ones(len(ordered), dtype=bool)
    is_first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    firsts = np.flatnonzero(is_first)
    return ordered[firsts].astype(np.int64), np.diff(np.append(firsts, len(ordered)))


def _thinned(
    points: np.ndarray, weights: np.ndarray, n_cells: int, *stream: str | int
) -> tuple[np.ndarray, np.ndarray]:
    """Weights scaled to a sum of about `_MAX_WEIGHT`, each rounded up or down by its point's keyed hash."""
    total = int(weights.sum())
    if total <= _MAX_WEIGHT:
        return points, weights
    hashes = np.full(len(points), keyed_hash(*stream, "thinning"), dtype=np.uint64)
    for column in points.T:
        hashes = splitmix64(hashes ^ column.astype(np.uint64))
    offsets = (hashes % np.uint64(total)).astype(np.int64)
    scaled = (weights * _MAX_WEIGHT + offsets) // total
    kept = scaled > 0
    return (points[kept], scaled[kept]) if np.count_nonzero(kept) >= n_cells else (points, weights)


def _spread_out(points: np.ndarray, weights: np.ndarray, n_cells: int, *stream: str | int) -> np.ndarray:
    """Greedy k-means++: each next centroid is the best of a few points, drawn by weight times squared distance.

    Source: Arthur and Vassilvitskii 2007, "k-means++: the advantages of careful seeding", sections 2.2 and 7.
    """
    first = _drawn(weights, *stream, 0, 0)
    chosen = [first]
    squared_distances = ((points - points[first]) ** 2).sum(axis=1)
    for number in range(1, n_cells):
        mass = weights * (squared_distances >> _shift_for(squared_distances, weights))
        if not mass.any():  # every point left is so near that shifting makes it zero
            mass = (squared_distances > 0).astype(np.int64)
        best: tuple[int, int, np.ndarray] | None = None
        for candidate in range(_N_CANDIDATES):
            index = _drawn(mass, *stream, number, candidate)
            nearer = _with_another(points, points[index], squared_distances)
            inertia = _weighted_sum(nearer, weights)
            if best is None or inertia < best[0]:
                best = inertia, index, nearer
        assert best is not None
        chosen.append(best[1])
        squared_distances = best[2]
    return points[chosen].copy()


def _drawn(mass: np.ndarray, *stream: str | int) -> int:
    """An index drawn by mass int64[n], which sums to less than 2**63, with the keyed hash of the stream."""
    cumulated = np.cumsum(mass)
    place = keyed_hash(*stream) * int(cumulated[-1]) >> 64
    return int(np.searchsorted(cumulated, place, side="right"))


def _shift_for(squared_distances: np.ndarray, weights: np.ndarray) -> int:
    """By how many bits to shorten squared distances, so that their weighted sum stays below 2**62."""
    return max(0, (int(squared_distances.max()) * int(weights.sum())).bit_length() - 62)


def _weighted_sum(squared_distances: np.ndarray, weights: np.ndarray) -> int:
    """Exact, of any size: int64 would hold 2**17 weights of the largest distance there is."""
    high, low = squared_distances >> 20, squared_distances & ((1 << 20) - 1)
    return (int((high * weights).sum()) << 20) + int((low * weights).sum())


@numba.njit(cache=True, nogil=True)
def _with_another(points, centroid, squared_distances):
    """Squared distances to the nearest centroid when there is one more."""
    nearer = squared_distances.copy()
    for point in range(points.shape[0]):
        squared_distance = 0
        for axis in range(points.shape[1]):
            difference = points[point, axis] - centroid[axis]
            squared_distance += difference * difference  # below 16 x 2**42 in all
        nearer[point] = min(nearer[point], squared_distance)
    return nearer


@numba.njit(cache=True, nogil=True)
def _add_members(points, weights, cells, sums, sizes):
    for point in range(points.shape[0]):
        cell, weight = cells[point], weights[point]
        sizes[cell] += weight
        for axis in range(points.shape[1]):
            sums[cell, axis] += weight * points[point, axis]
