"""Exact nearest neighbours between integer coordinates, at the speed of a matrix product.

Squared distances come from one float64 product a block: with q a query and t a training row, it yields
|t|^2 - 2 q.t, whose order over t is that of the distance. Every factor, product and partial sum is an integer below
2**53, so that rounding, fused operations, the order of summation and the number of BLAS threads cannot matter.
"""

import numba
import numpy as np

from arith_synth.errors import UsageError
from arith_synth.spaces.quantization import COORDINATE_BOUND

#: Queries x training rows of one block. Smaller blocks fit a cache, but then BLAS threads that wait for each other, on
#: a machine with other work to do, take several times as long.
_QUERY_BLOCK = 512
_TRAIN_BLOCK = 8192
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
    query_values, train_values = _exact_floats(queries, "queries"), _exact_floats(train, "train")
    if query_values.shape[1] != train_values.shape[1]:
        raise UsageError("queries and train have different numbers of coordinates; take both from the same space")
    if not 1 <= k <= len(train_values):
        raise UsageError(f"{k} nearest of {len(train_values)} training rows; ask for at least 1 and at most all")
    train_norms = (train_values**2).sum(axis=1)
    # The query's own norm is the same for all training rows: add it at the end.
    extended_train = np.column_stack((-2.0 * train_values, train_norms)).T
    extended_queries = np.column_stack((query_values, np.ones(len(query_values))))
    indices = np.full((len(query_values), k), -1, dtype=np.int64)
    scores = np.full((len(query_values), k), np.inf)
    for start in range(0, len(train_values), _TRAIN_BLOCK):
        columns = np.ascontiguousarray(extended_train[:, start : start + _TRAIN_BLOCK])
        for first in range(0, len(query_values), _QUERY_BLOCK):
            rows = slice(first, first + _QUERY_BLOCK)
            _keep_smallest(extended_queries[rows] @ columns, start, indices[rows], scores[rows])
    squared_distances = scores + (query_values**2).sum(axis=1, keepdims=True)
    return indices, squared_distances.astype(np.int64)


def _exact_floats(coordinates: np.ndarray, name: str) -> np.ndarray:
    coordinates = np.asarray(coordinates)
    if coordinates.ndim != 2 or not 1 <= coordinates.shape[1] <= _MAX_COORDINATES or coordinates.dtype.kind != "i":
        raise UsageError(f"{name} must be signed integers [n, d]; pass coordinates before they are published")
    if coordinates.size and max(int(coordinates.max()), -int(coordinates.min())) >= COORDINATE_BOUND:
        raise UsageError(f"{name} has a magnitude of {COORDINATE_BOUND} or more; pass coordinates of this package")
    return coordinates.astype(np.float64)


@numba.njit(cache=True, nogil=True)
def _keep_smallest(block, start, indices, scores):
    """Insert a block's columns into each query's sorted list of the best. Columns come in order of index, and only a
    strictly smaller score moves an entry down, so equal ones stay in order of index."""
    k = scores.shape[1]
    for query in range(block.shape[0]):
        worst = scores[query, k - 1]
        for column in range(block.shape[1]):
            score = block[query, column]
            if score < worst:
                place = k - 1
                while place > 0 and scores[query, place - 1] > score:
                    scores[query, place] = scores[query, place - 1]
                    indices[query, place] = indices[query, place - 1]
                    place -= 1
                scores[query, place] = score
                indices[query, place] = start + column
                worst = scores[query, k - 1]
