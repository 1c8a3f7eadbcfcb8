"""Exact nearest neighbours between integer coordinates.

Training rows are divided into tiles by halving the widest box again and again. A query meets the tile whose box is
nearest, then each of the others unless its box is farther than the worst that the query keeps.

With q a query and t a training row, |t|^2 - 2 q.t is computed in float64 and |q|^2 added.
Every factor, product and partial sum is an integer below 2**53, so that rounding, fused operations, the order of
summation and the number of threads cannot matter.
"""

import numba
import numpy as np

from arith_synth.enumeration.threads import available_threads, run_all
from arith_synth.errors import UsageError
from arith_synth.spaces.quantization import COORDINATE_BOUND

#: Queries that one thread takes at a time.
_QUERY_BLOCK = 64
#: Training rows that a query meets together.
_TILE = 128
#: Coordinates that are multiplied in one pass over a tile; rows are padded with zeros to a multiple of it.
_AT_ONCE = 4
_MAX_COORDINATES = 512


def nearest(queries: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest training row of each query; of several as near, the one with the lowest index.

    Shapes: queries int[m, d], train int[n, d], coordinates below `COORDINATE_BOUND` in magnitude -> index int64[m],
    squared distance int64[m] in squared coordinate units. Raises UsageError when there is nothing to be near to.
    """
    indices, squared_distances = _search(queries, train, 1)
    return indices[:, 0], squared_distances[:, 0]


def nearest_k(queries: np.ndarray, train: np.ndarray, k: int) -> np.ndarray:
    """The k nearest training rows of each query, ordered by (squared distance, index).

    Shapes as in `nearest` -> index int64[m, k]. Raises UsageError unless 1 <= k <= n.
    """
    return _search(queries, train, k)[0]


def _search(queries: np.ndarray, train: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    query_values, train_values = _checked(queries, "queries"), _checked(train, "train")
    if query_values.shape[1] != train_values.shape[1]:
        raise UsageError("queries and train have different numbers of coordinates; take both from the same space")
    if not 1 <= k <= len(train_values):
        raise UsageError(f"{k} nearest of {len(train_values)} training rows; ask for at least 1 and at most all")
    order = np.arange(len(train_values))
    _halve(train_values, order)
    tiles, boxes = _tiles(train_values, order)
    indices = np.full((len(query_values), k), -1, dtype=np.int64)
    squared_distances = np.full((len(query_values), k), np.inf)

    def search(first: int) -> None:
        rows = slice(first, first + _QUERY_BLOCK)
        block = _padded(query_values[rows].astype(np.float64))
        _keep_nearest(block, tiles, boxes, order, indices[rows], squared_distances[rows])

    run_all(search, range(0, len(query_values), _QUERY_BLOCK), available_threads())
    return indices, squared_distances.astype(np.int64)


def _tiles(train: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Training rows int64[n, d], taken in `order`, as the kernel reads them; and the least and the largest coordinates.

    Shapes: tiles float64[n_tiles, d + 1, _TILE], zeros where d is padded, and the squared norm as last coordinate,
    infinite where there is no more row: that is nobody's nearest. Boxes float64[2, d, n_tiles].
    """
    n, d = train.shape
    n_tiles = -(-n // _TILE)
    tiles = np.zeros((n_tiles, d + -d % _AT_ONCE + 1, _TILE))
    tiles[:, -1] = np.inf
    boxes = np.zeros((2, tiles.shape[1] - 1, n_tiles))
    _fill(train, order, tiles, boxes)
    return tiles, boxes


def _padded(values: np.ndarray) -> np.ndarray:
    return np.pad(values, ((0, 0), (0, -values.shape[1] % _AT_ONCE)))


def _checked(coordinates: np.ndarray, name: str) -> np.ndarray:
    coordinates = np.asarray(coordinates)
    if coordinates.ndim != 2 or not 1 <= coordinates.shape[1] <= _MAX_COORDINATES or coordinates.dtype.kind != "i":
        raise UsageError(f"{name} must be signed integers [n, d]; pass coordinates before they are published")
    if coordinates.size and max(int(coordinates.max()), -int(coordinates.min())) >= COORDINATE_BOUND:
        raise UsageError(f"{name} has a magnitude of {COORDINATE_BOUND} or more; pass coordinates of this package")
    return np.ascontiguousarray(coordinates, dtype=np.int64)


@numba.njit(cache=True, nogil=True)
def _halve(train, order):
    """Reorder the row numbers int64[n] so that each tile of them in turn is a box of near rows."""
    starts, ends = [0], [len(order)]
    while starts:
        start, end = starts.pop(), ends.pop()
        n_tiles = (end - start + _TILE - 1) // _TILE
        if n_tiles < 2:
            continue
        middle = start + n_tiles // 2 * _TILE
        _select(_widest(train, order[start:end], train.shape[1]), train, order, start, middle, end)
        starts.extend([start, middle])
        ends.extend([middle, end])


@numba.njit(cache=True)
def _widest(train, rows, n_coordinates):
    """The coordinate in which these rows differ most."""
    least, largest = train[rows[0]].copy(), train[rows[0]].copy()
    for row in rows:
        for c in range(n_coordinates):
            value = train[row, c]
            least[c] = min(least[c], value)
            largest[c] = max(largest[c], value)
    return np.argmax(largest - least)


@numba.njit(cache=True)
def _select(coordinate, train, order, start, middle, end):
    """Reorder order[start:end] so that none before `middle` is larger in the coordinate than one from there on."""
    low, high = start, end - 1
    while low < high:
        pivot = train[order[(low + high) // 2], coordinate]
        i, j = low, high
        while i <= j:
            while train[order[i], coordinate] < pivot:
                i += 1
            while train[order[j], coordinate] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@numba.njit(cache=True, nogil=True)
def _fill(train, order, tiles, boxes):
    for position in range(len(order)):
        tile, place = position // _TILE, position % _TILE
        norm = 0.0
        for c in range(train.shape[1]):
            value = float(train[order[position], c])
            tiles[tile, c, place] = value
            norm += value * value
            boxes[0, c, tile] = value if place == 0 else min(boxes[0, c, tile], value)
            boxes[1, c, tile] = value if place == 0 else max(boxes[1, c, tile], value)
        tiles[tile, -1, place] = norm


@numba.njit(cache=True, nogil=True)
def _keep_nearest(queries, tiles, boxes, order, indices, squared_distances):
    """Fill each query's list of the best, sorted by (squared distance, index).

    queries float64[m, d]; tiles, boxes and order as `_tiles` takes and makes them; the others [m, k].
    """
    n_queries, k = indices.shape
    bounds = np.empty((n_queries, tiles.shape[0]))
    norms = np.empty(n_queries)
    found = np.empty(_TILE)
    for number in range(n_queries):
        norms[number] = (queries[number] * queries[number]).sum()
        _bound(queries[number], boxes[0], boxes[1], bounds[number])
        nearest = np.argmin(bounds[number])
        _score(queries[number], norms[number], tiles[nearest], found)
        _keep(found, order, nearest * _TILE, indices[number], squared_distances[number])
        bounds[number, nearest] = np.inf  # done
    for tile in range(tiles.shape[0]):  # outside, so that a tile stays in the first cache
        for number in range(n_queries):
            # At the same distance as the worst there may be a lower index; before k are kept the worst is infinite.
            if bounds[number, tile] <= squared_distances[number, k - 1] and bounds[number, tile] < np.inf:
                _score(queries[number], norms[number], tiles[tile], found)
                _keep(found, order, tile * _TILE, indices[number], squared_distances[number])


@numba.njit(cache=True)
def _keep(found, order, start, indices, squared_distances):
    """Insert the rows of the tile that begins at `start` where they belong among the best."""
    worst, n_good = squared_distances[-1], 0
    for i in range(_TILE):
        n_good += found[i] <= worst
    if n_good == 0:
        return
    for i in range(min(_TILE, len(order) - start)):
        if found[i] <= worst:
            _insert(found[i], order[start + i], indices, squared_distances)
            worst = squared_distances[-1]


@numba.njit(cache=True)
def _bound(query, least, largest, bounds):
    """Squared distance of a query to each tile's box."""
    bounds[:] = 0.0
    for c in range(len(query)):
        value, low, high = query[c], least[c], largest[c]
        for tile in range(len(bounds)):
            gap = max(max(low[tile] - value, value - high[tile]), 0.0)
            bounds[tile] += gap * gap


@numba.njit(cache=True)
def _score(query, norm, tile, found):
    """|q|^2 + |t|^2 - 2 q.t of each training row of a tile; loops over it have a fixed length, to be vectorized."""
    n_coordinates = len(query)
    norms = tile[n_coordinates]
    for i in range(_TILE):
        found[i] = norms[i] + norm
    for c in range(0, n_coordinates, _AT_ONCE):
        f0, f1, f2, f3 = -2 * query[c], -2 * query[c + 1], -2 * query[c + 2], -2 * query[c + 3]
        t0, t1, t2, t3 = tile[c], tile[c + 1], tile[c + 2], tile[c + 3]
        for i in range(_TILE):
            found[i] += (f0 * t0[i] + f1 * t1[i]) + (f2 * t2[i] + f3 * t3[i])


@numba.njit(cache=True)
def _insert(score, index, indices, scores):
    """Put an entry in its place, unless it comes after the last by (score, index)."""
    place = len(scores) - 1
    if score == scores[place] and index > indices[place]:
        return
    while place > 0 and (scores[place - 1] > score or (scores[place - 1] == score and indices[place - 1] > index)):
        scores[place] = scores[place - 1]
        indices[place] = indices[place - 1]
        place -= 1
    scores[place] = score
    indices[place] = index
