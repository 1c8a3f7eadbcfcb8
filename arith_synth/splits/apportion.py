"""Whole numbers in given proportions, and bins by quintile: integer arithmetic only."""

from collections.abc import Mapping

import numpy as np

N_BINS = 5


def apportion(total: int, weights: Mapping[int, int]) -> dict[int, int]:
    """Split `total` in proportion to integer weights by largest remainders, ties to the smaller key.

    No share exceeds its weight when total <= sum of weights. Source: Hamilton's method.
    """
    weight_sum = sum(weights.values())
    if weight_sum == 0:
        return dict.fromkeys(weights, 0)
    shares = {key: total * weight // weight_sum for key, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda key: (-(total * weights[key] % weight_sum), key))
    for key in by_remainder[: total - sum(shares.values())]:
        shares[key] += 1
    return shares


def quintile_edges(distances: np.ndarray) -> np.ndarray:
    """Four edges: the entries of rank n k // 5 (k = 1..4) of the sorted integer distances int64[n]."""
    ordered = np.sort(distances)
    return ordered[[len(ordered) * k // N_BINS for k in range(1, N_BINS)]]


def quintile_of(distances: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Bin of each distance: the number of edges that it reaches, int64[n] in 0..4."""
    return np.searchsorted(edges, distances, side="right")
