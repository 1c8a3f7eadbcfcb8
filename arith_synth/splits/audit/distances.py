"""Distances between integer coordinates: every training row that could be nearer is looked at.

Training rows are put into boxes by halving the widest axis. A query looks into the boxes from the nearest on, until the
next one is farther away than what it has found.
"""

from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.splits.audit.parts import in_parts

#: Rows of a box at most.
_ROWS = 256
#: Queries that are worth a thread.
_LEAST = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Boxed:
    """Training rows in boxes: the rows of all boxes, int64[n], where each box ends, int64[boxes + 1], the rows'
    coordinates in that order, and each box's corners, float64[boxes, d]."""

    rows: np.ndarray
    edges: np.ndarray
    ordered: np.ndarray
    low: np.ndarray
    high: np.ndarray


def boxed(train: np.ndarray) -> Boxed:
    """Put training rows float64[n, d], whole numbers below 2^20, into boxes; of one training set for many searches."""
    train = np.ascontiguousarray(train, dtype=np.float64)
    boxes = _boxes(train)
    rows = np.concatenate(boxes)
    return Boxed(
        rows=rows,
        edges=np.cumsum([0, *map(len, boxes)]),
        ordered=train[rows],
        low=np.array([train[box].min(axis=0, initial=np.inf) for box in boxes]),
        high=np.array([train[box].max(axis=0, initial=-np.inf) for box in boxes]),
    )


def squared_to_nearest(queries: np.ndarray, train: Boxed) -> np.ndarray:
    """Squared distance of each query to its nearest training row, float64[m] holding integers; inf without any.

    Shapes: queries float64[m, d], whole numbers below 2^20: every product and sum is exact.
    """
    return nearest(queries, train, 1)[0][:, 0] if len(train.rows) else np.full(len(queries), np.inf)


def nearest(queries: np.ndarray, train: Boxed, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest training rows of each query, all when there are no more; of rows as near, the first.

    Shapes: queries float64[m, d], whole numbers as above -> squared distances float64[m, min(k, n)] and rows
    int64[m, min(k, n)], by distance and row.
    """
    k = min(k, len(train.rows))
    queries = np.ascontiguousarray(queries, dtype=np.float64)
    squared = np.full((len(queries), k), np.inf)
    found = np.full((len(queries), k), len(train.rows), dtype=np.int64)

    def part(start: int, stop: int) -> None:
        _search(
            queries[start:stop], train.ordered, train.rows, train.edges, train.low, train.high,
            squared[start:stop], found[start:stop],
        )  # fmt: skip

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
