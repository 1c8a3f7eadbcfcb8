"""From a fingerprint to the number of its class, for candidates of which most are in no class of the bank.

A filter of bits that stays in the cache says "surely not" to most candidates. The others are looked up in an
open-addressing table of class numbers, region by region: a region serves the classes whose residues share their leading
bits, and is small enough for the cache. Whoever has many fingerprints to look up collects them by region first.
"""

from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.enumeration.partition import RESIDUE_BITS

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_WORD_BITS = np.uint64(64)
_LOW_SIX = np.uint64(63)
_SIX = np.uint64(6)
_ONE = np.uint64(1)
#: Bits of the filter: at most a second-level cache.
_MOST_FILTER_BITS = 23
#: Classes of a region, about.
_CLASSES_OF_REGION = 8_192
_MOST_REGION_BITS = 12
#: No class has this number.
NO_CLASS = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassIndex:
    """Class numbers by fingerprint: filter uint64[words], slots uint32[regions, slots] (number + 1, or 0)."""

    filter: np.ndarray
    slots: np.ndarray
    values: np.ndarray

    @property
    def n_regions(self) -> int:
        """Regions: that of a first residue is named by its leading bits."""
        return len(self.slots)

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What the kernels take, in their order."""
        return self.filter, self.slots, self.values


def index_of(values: np.ndarray) -> ClassIndex:
    """The index of distinct fingerprints uint64[n, 2], n below 2^32 - 1. Some 8 to 16 bytes a class."""
    filter_bits = min(_MOST_FILTER_BITS, max(6, (16 * len(values)).bit_length()))
    region_bits = min(_MOST_REGION_BITS, (len(values) // _CLASSES_OF_REGION).bit_length())
    counts = np.bincount((values[:, 0] >> np.uint64(RESIDUE_BITS - region_bits)).astype(np.int64), minlength=1)
    # Values of a grammar without variables and division are all close to 0 or p: then fewer regions serve better.
    while region_bits and counts.max() > 4 * _CLASSES_OF_REGION:
        region_bits -= 1
        counts = np.append(counts, np.zeros(len(counts) % 2, dtype=counts.dtype)).reshape(-1, 2).sum(axis=1)
    slots_of_region = 1 << max(4, int(2 * counts.max(initial=0) - 1).bit_length())
    index = ClassIndex(
        filter=np.zeros(1 << (filter_bits - 6), dtype=np.uint64),
        slots=np.zeros((1 << region_bits, slots_of_region), dtype=np.uint32),
        values=values,
    )
    _fill(*index.arrays)
    return index


@numba.njit(inline="always")
def bits_of(length):
    """The number of bits that number the places of an array whose length is a power of two."""
    bits = np.uint64(0)
    while (_ONE << bits) < np.uint64(length):
        bits += _ONE
    return bits


@numba.njit(inline="always")
def may_hold(filter_words, filter_bits, first):
    """1 unless surely no class has this first residue; filter_bits is `bits_of(len(filter_words)) + 6`."""
    place = (first * _MULTIPLIER) >> (_WORD_BITS - filter_bits)
    return (filter_words[place >> _SIX] >> (place & _LOW_SIX)) & _ONE


@numba.njit(inline="always")
def region_of(first, region_bits):
    """The region of a first residue; region_bits is `bits_of(n_regions)`."""
    return np.int64(first >> (np.uint64(RESIDUE_BITS) - region_bits))


@numba.njit(inline="always")
def number_of(region_slots, slot_bits, values, first, second):
    """The number of the class with this fingerprint, or NO_CLASS; slot_bits is `bits_of(len(region_slots))`."""
    mask = len(region_slots) - 1
    slot = np.int64((first * _MULTIPLIER) >> (_WORD_BITS - slot_bits))
    while region_slots[slot] != 0:
        index = np.int64(region_slots[slot]) - 1
        if values[index, 0] == first and values[index, 1] == second:
            return index
        slot = (slot + 1) & mask
    return NO_CLASS


@numba.njit(cache=True, nogil=True)
def _fill(filter_words, slots, values):
    filter_bits = bits_of(len(filter_words)) + _SIX
    region_bits, slot_bits = bits_of(slots.shape[0]), bits_of(slots.shape[1])
    mask = slots.shape[1] - 1
    for index in range(len(values)):
        first = values[index, 0]
        place = (first * _MULTIPLIER) >> (_WORD_BITS - filter_bits)
        filter_words[place >> _SIX] |= _ONE << (place & _LOW_SIX)
        region = region_of(first, region_bits)
        slot = np.int64((first * _MULTIPLIER) >> (_WORD_BITS - slot_bits))
        while slots[region, slot] != 0:
            slot = (slot + 1) & mask
        slots[region, slot] = index + 1


@numba.njit(cache=True, nogil=True)
def find_classes(filter_words, slots, values, firsts, seconds):
    """Numbers of the classes of fingerprints (firsts, seconds), uint64[m] each, or NO_CLASS: int64[m]."""
    region_bits, slot_bits = bits_of(slots.shape[0]), bits_of(slots.shape[1])
    found = np.empty(len(firsts), dtype=np.int64)
    for query in range(len(firsts)):
        if firsts[query] >> np.uint64(RESIDUE_BITS):  # no residue, and of no region
            found[query] = NO_CLASS
            continue
        region = region_of(firsts[query], region_bits)
        found[query] = number_of(slots[region], slot_bits, values, firsts[query], seconds[query])
    return found
