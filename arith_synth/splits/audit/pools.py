"""What all families of splits have in common, a second time: shares, strata in keyed order, pieces of a pool."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from arith_synth.splits.audit.identity import keyed_hash
from arith_synth.splits.audit.own_hashes import mix

#: Of the eligible classes, training takes this many percent at most.
MOST_TRAIN = 80

#: What the classes of a stratum have in common; the last number is their size.
Stratum: TypeAlias = tuple[int, ...]
Quota: TypeAlias = dict[Stratum, int]
Rows: TypeAlias = Mapping[Stratum, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Number of tasks asked for in each training, validation and test split."""

    train: int
    validation: int
    test: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Classes:
    """The corpus as the procedure sees it, one row a class.

    Shapes: residues uint64[n, 2]; eligible bool[n]; size int64[n]; coordinates float32[n, 16] by space, whole numbers
    below 2^20.
    """

    residues: np.ndarray
    eligible: np.ndarray
    size: np.ndarray
    coordinates: Mapping[str, np.ndarray]


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """Largest remainders: `total` in proportion to the weights, ties to the earlier; nothing for no weight at all."""
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    floors, remainders = zip(*(divmod(total * weight, whole) for weight in weights), strict=True)
    shares = list(floors)
    for index in np.argsort([-remainder for remainder in remainders], kind="stable")[: total - sum(floors)].tolist():
        shares[index] += 1
    return shares


def strata_of(classes: Classes, labels: Sequence[np.ndarray], *stream: str) -> dict[Stratum, np.ndarray]:
    """The eligible rows of each stratum that has any, int64[m] in the order of a stream.

    `labels`: small numbers int[n] from 0 on; a stratum is their values and the size. Strata come in ascending order.
    """
    rows = _shuffled(np.flatnonzero(classes.eligible), classes.residues, stream)
    columns = [*labels, classes.size]
    widths = [int(column.max(initial=0)) + 1 for column in columns]
    place = np.zeros(len(rows), dtype=np.int64)
    for column, width in zip(columns, widths, strict=True):
        place = place * width + column[rows]
    if np.prod(widths) <= 1 << 16:
        place = place.astype(np.uint16)  # which are sorted digit by digit
    order = np.argsort(place, kind="stable")
    found, starts = np.unique(place[order], return_index=True)
    strata = zip(*(part.tolist() for part in np.unravel_index(found, widths)), strict=True)
    return dict(zip(strata, np.split(rows[order], starts[1:]), strict=True)) if len(found) else {}


def _shuffled(rows: np.ndarray, residues: np.ndarray, stream: Sequence[str]) -> np.ndarray:
    """Rows int64[m] in the order of a stream: of the hashes of both residues, ties by residues."""
    key = np.uint64(keyed_hash(*stream))
    hashes = mix(mix(mix(residues[rows, 0] ^ key)) ^ residues[rows, 1])
    order = np.argsort(hashes)
    ordered = hashes[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = np.lexsort([residues[rows, 1], residues[rows, 0], hashes])
    return rows[order]


def counts_of(strata: Rows, allowed: Callable[[Stratum], bool] = lambda _: True) -> dict[int, int]:
    """Number of classes of each size in the strata that are allowed; of all sizes that any stratum has."""
    counts = dict.fromkeys(sorted({stratum[-1] for stratum in strata}), 0)
    for stratum, rows in strata.items():
        counts[stratum[-1]] += len(rows) * allowed(stratum)
    return counts


def by_size(total: int, counts: Mapping[int, int]) -> dict[int, int]:
    """`total` tasks in proportion to the classes of each size."""
    return dict(zip(counts, share_out(total, list(counts.values())), strict=True))


def quota_of(strata: Rows, allowed: Callable[[Stratum], bool], sizes: Mapping[int, int]) -> Quota:
    """The tasks of each size shared over the strata that are allowed, in proportion to their classes."""
    quota: Quota = {}
    for size, total in sizes.items():
        chosen = sorted(stratum for stratum in strata if stratum[-1] == size and allowed(stratum))
        quota |= zip(chosen, share_out(total, [len(strata[stratum]) for stratum in chosen]), strict=True)
    return quota


def largest(quotas: Sequence[Quota], strata: Rows) -> Quota:
    """The most that any of several splits takes from each stratum."""
    return {stratum: max((quota.get(stratum, 0) for quota in quotas), default=0) for stratum in strata}


def first(quota: Quota, pools: Rows) -> np.ndarray:
    """The first classes of each pool, as many as the quota says: int64[n], in no order."""
    parts = [pools[stratum][:n] for stratum, n in quota.items() if n > 0]
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])


@dataclass(frozen=True, kw_only=True)
class Pools:
    """The classes of each stratum by the side that they are for; each side's in the order of pools."""

    tests: Rows
    validation: Rows
    train: Rows


def pools_of(strata: Rows, tested: Callable[[Stratum], bool], validation: Quota, train: Quota) -> Pools:
    """Cut each stratum: training has the last classes, validation those before, and the rest is for tests where a test
    draws from the stratum; else validation has the first, training the next, and the rest serves nothing."""
    sides: tuple[dict[Stratum, np.ndarray], ...] = ({}, {}, {})
    for stratum, rows in strata.items():
        n_rest = len(rows) - validation[stratum] - train[stratum]
        begin = max(0, n_rest) if tested(stratum) else 0
        middle = begin + validation[stratum]
        parts = rows[:begin], rows[begin:middle], rows[middle : middle + train[stratum]]
        for side, part in zip(sides, parts, strict=True):
            side[stratum] = part
    return Pools(tests=sides[0], validation=sides[1], train=sides[2])
