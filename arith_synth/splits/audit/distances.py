"""Distances between integer coordinates by brute force, through one matrix product a block."""

import numpy as np

#: Queries and training rows of a block: so few that the product stays in the processor's cache, and that BLAS does not
#: split it among threads, which wait for one another on a busy machine.
_QUERIES = 64
_TRAIN = 240


def squared_to_nearest(queries: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Squared distance of each query to its nearest training row, float64[m] holding integers.

    Shapes: queries float64[m, d], train float64[n, d], whole numbers below 2^20: every product and sum is exact.
    """
    left = np.column_stack([-2.0 * queries, np.ones(len(queries))])
    right = np.column_stack([train, (train**2).sum(axis=1)])
    best = np.full(len(queries), np.inf)
    blocks = [np.ascontiguousarray(right[start : start + _TRAIN].T) for start in range(0, len(right), _TRAIN)]
    for first in range(0, len(queries), _QUERIES):
        rows = slice(first, first + _QUERIES)
        for block in blocks:
            np.minimum(best[rows], (left[rows] @ block).min(axis=1), out=best[rows])
    return best + (queries**2).sum(axis=1)


def nearest_rows(query: np.ndarray, train: np.ndarray, norms: np.ndarray, k: int) -> np.ndarray:
    """The k nearest training rows of one query, all when there are no more; of rows as near, the first.

    Shapes: query float64[d], train float64[n, d], norms float64[n] (squares of train's rows, summed), whole numbers as
    above -> int64[min(k, n)], in no order.
    """
    if len(train) <= k:
        return np.arange(len(train))
    # Less the query's own norm. Not through BLAS, whose threads wait for one another over so small a product.
    squared = norms - 2.0 * np.einsum("nd,d->n", train, query)
    last = np.partition(squared, k - 1)[k - 1]
    nearer = np.flatnonzero(squared < last)
    return np.concatenate([nearer, np.flatnonzero(squared == last)[: k - len(nearer)]])
