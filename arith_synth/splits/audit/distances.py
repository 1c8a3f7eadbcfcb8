"""Distances between integer coordinates: every training row that could be nearer is looked at.

Training rows are put into boxes by halving the widest axis. A query looks into the boxes from the nearest on, until the
next one is farther away than what it has found.
"""

import numba
import numpy as np

from arith_synth.splits.audit.parts import in_parts

#: Rows of a box at most.
_ROWS = 256
#: Queries that are worth a thread.
_LEAST = 64


def squared_to_nearest(queries: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Squared distance of each query to its nearest training row, float64[m] holding integers; inf without any.

    Shapes: queries float64[m, d], train float64[n, d], whole numbers below 2^20: every product and sum is exact.
    """
    return _nearest(queries, train, 1)[0][:, 0] if len(train) else np.full(len(queries), np.inf)


def nearest_rows(queries: np.ndarray, train: np.ndarray, k: int) -> np.ndarray:
    """The k nearest training rows of each query, all when there are no more; of rows as near, the first.

    Shapes: queries float64[m, d], train float64[n, d], whole numbers as above -> int64[m, min(k, n)], by distance and
    row.
    """
    return _nearest(queries, train, min(k, len(train)))[1]


def _nearest(queries: np.ndarray, train: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Squared distances float64[m, k] and rows int64[m, k], by distance and row."""
    queries = np.ascontiguousarray(queries, dtype=np.float64)
    boxes = _boxes(np.asarray(train, dtype=np.float64))
    rows = np.concatenate(boxes)
    edges = np.cumsum([0, *map(len, boxes)])
    ordered = np.ascontiguousarray(train[rows], dtype=np.float64)
    low = np.array([train[box].min(axis=0) for box in boxes], dtype=np.float64)
    high = np.array([train[box].max(axis=0) for box in boxes], dtype=np.float64)
    squared = np.full((len(queries), k), np.inf)
    found = np.full((len(queries), k), len(train), dtype=np.int64)

    def part(start: int, stop: int) -> None:
        _search(queries[start:stop], ordered, rows, edges, low, high, squared[start:stop], found[start:stop])

    in_parts(len(queries), part, least=_LEAST)
    return squared, found


def _boxes(train: np.ndarray) -> list[np.ndarray]:
    """The rows int64[...] of each box, ascending."""
    done: list[np.ndarray] = []
    waiting = [np.arange(len(train))]
    while waiting:
        rows = waiting.pop()
        if len(rows) <= _ROWS:
            done.append(np.sort(rows))
            continue
        points = train[rows]
        axis = int((points.max(axis=0) - points.min(axis=0)).argmax())
        order = np.argpartition(points[:, axis], len(rows) // 2)
        waiting += [rows[order[: len(rows) // 2]], rows[order[len(rows) // 2 :]]]
    return done


@numba.njit(cache=True, nogil=True)
def _search(queries, train, rows, edges, low, high, squared, found):
    n_boxes, n_axes, k = len(low), train.shape[1], squared.shape[1]
    bounds = np.empty(n_boxes)
    for index in range(len(queries)):
        query = queries[index]
        for box in range(n_boxes):
            bound = 0.0
            for axis in range(n_axes):
                outside = max(low[box, axis] - query[axis], query[axis] - high[box, axis], 0.0)
                bound += outside * outside
            bounds[box] = bound
        for box in np.argsort(bounds):
            if bounds[box] > squared[index, k - 1]:
                break
            for place in range(edges[box], edges[box + 1]):
                distance, axis = 0.0, 0
                while axis < n_axes and distance <= squared[index, k - 1]:
                    difference = query[axis] - train[place, axis]
                    distance += difference * difference
                    axis += 1
                _insert(distance, rows[place], squared[index], found[index])


@numba.njit(nogil=True)
def _insert(distance, row, squared, found):
    """Keep the smallest pairs of distance and row, in order."""
    place = len(squared) - 1
    if distance > squared[place] or (distance == squared[place] and row > found[place]):
        return
    while place > 0 and (distance < squared[place - 1] or (distance == squared[place - 1] and row < found[place - 1])):
        squared[place], found[place] = squared[place - 1], found[place - 1]
        place -= 1
    squared[place], found[place] = distance, row
