"""Even shares under capacities: integer water-filling, with keyed hashes where a remainder has to go somewhere."""

import numpy as np

from arith_synth.seeding import keyed_hash, splitmix64


def even_fill(total: int, capacities: np.ndarray, *stream: str | int) -> np.ndarray:
    """Share `total` as evenly as the capacities int64[n] allow: int64[n] that sums to min(total, all capacities).

    Each place gets min(capacity, L) with the largest level L that `total` suffices for; what is left goes, one each,
    to the first places in the keyed order of the stream that have room above L.
    """
    total = min(int(total), int(capacities.sum()))
    low, high = 0, int(capacities.max(initial=0))  # the level is within low..high
    while low < high:
        middle = (low + high + 1) // 2
        if int(np.minimum(capacities, middle).sum()) <= total:
            low = middle
        else:
            high = middle - 1
    shares = np.minimum(capacities, low)
    order = places_in_keyed_order(len(capacities), *stream)
    with_room = order[capacities[order] > low]
    shares[with_room[: total - int(shares.sum())]] += 1
    return shares


def systematic_sample(total: int, weights: np.ndarray, *stream: str | int) -> np.ndarray:
    """Share `total` in proportion to integer weights int64[n], without favour where shares are fractions: int64[n].

    Places stand in the keyed order of the stream along the sum of their weights, over which `total` equal steps go from
    a start that is drawn too; each place gets those that fall inside of it. No share is a whole task away from its
    proportion, and none exceeds its weight when total <= sum of weights. Source: systematic sampling, Madow 1949.
    """
    shares = np.zeros_like(weights)
    whole = int(weights.sum())
    if whole == 0:
        return shares
    order = places_in_keyed_order(len(weights), *stream)
    start = keyed_hash(*stream, "start") % whole
    shares[order] = np.diff((np.cumsum(weights[order]) * total + start) // whole, prepend=0)
    return shares


def places_in_keyed_order(n: int, *stream: str | int) -> np.ndarray:
    """Numbers 0..n-1 by their hash: SplitMix64 of the number exclusive-or the stream's key. int64[n]."""
    key = np.uint64(keyed_hash(*stream))
    return np.argsort(splitmix64(np.arange(n, dtype=np.uint64) ^ key), kind="stable")
