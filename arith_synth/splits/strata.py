"""Quotas over strata: a stratum is where a class lies, and its size as the last entry.

A split asks for numbers by size; each size's number is given to the strata that the split may draw from, in proportion
to their eligible classes.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import numpy as np

from arith_synth.splits.apportion import apportion
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.pools import Pools

Stratum = TypeVar("Stratum", bound=tuple)
#: Whether a split may draw from a stratum; gets the stratum without its size.
Allowed = Callable[..., bool]


def eligible_by_stratum(atlas: Atlas, places: Mapping[Any, np.ndarray]) -> dict[Any, np.ndarray]:
    """Eligible classes int64[...] of every stratum, the empty ones included.

    `places`: bool[n_classes] by place, which is a tuple; a stratum is the place with a size after it.
    """
    size = atlas.measures["size"]
    return {
        (*place, n): np.flatnonzero(atlas.eligible & mask & (size == n))
        for place, mask in places.items()
        for n in range(1, atlas.corpus.max_size + 1)
    }


def by_size(counts: Mapping[Stratum, int], allowed: Allowed) -> dict[int, int]:
    """Classes of the allowed strata by size; every size of the strata is a key."""
    totals: dict[int, int] = {}
    for stratum, n in counts.items():
        size = stratum[-1]
        totals[size] = totals.get(size, 0) + (n if allowed(*stratum[:-1]) else 0)
    return totals


def proportional(counts: Mapping[Stratum, int], allowed: Allowed, wanted: Mapping[int, int]) -> dict[Stratum, int]:
    """Give each size's number to the allowed strata of that size, in proportion to their classes."""
    quotas: dict[Stratum, int] = {}
    for size, total in wanted.items():
        strata = [stratum for stratum in counts if stratum[-1] == size and allowed(*stratum[:-1])]
        shares = apportion(total, {index: counts[stratum] for index, stratum in enumerate(strata)})
        quotas.update({stratum: shares[index] for index, stratum in enumerate(strata)})
    return quotas


def most(quotas: Iterable[Mapping[Stratum, int]], stratum: Stratum) -> int:
    """The largest of the quotas in a stratum: splits on the same side share its classes."""
    return max(quota.get(stratum, 0) for quota in quotas)


def draw(pools: Mapping[Stratum, Pools], quota: Mapping[Stratum, int], side: str) -> np.ndarray:
    """The first classes of each stratum's pool: arms share as many classes as their laws allow."""
    return np.concatenate([getattr(pools[stratum], side)[:n] for stratum, n in quota.items()])
