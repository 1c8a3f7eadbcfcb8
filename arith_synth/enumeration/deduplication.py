"""What happens inside a bucket: its distinct new classes, in order of fingerprint.

A bucket's table of numbers and its list of distinct entries stay in the cache. Residues are spread evenly over a
bucket, so that one pass by their next bits puts nearly every class in its place; sums like f, f + 1, f + 2 lie close
together and are sorted among themselves.
"""

import numba
import numpy as np

from arith_synth.enumeration.partition import ENTRY_WORDS

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_WORD_BITS = np.uint64(64)
_ONE = np.uint64(1)
#: Larger groups of close residues are sorted by heap: insertion would take quadratic time.
_SMALL_GROUP = 24


@numba.njit(inline="always")
def slot_bits(n):
    """Bits of a table that is at most half full with n entries."""
    bits = np.uint64(4)
    while (np.uint64(1) << bits) < np.uint64(2 * n):
        bits += np.uint64(1)
    return bits


@numba.njit(inline="always")
def home_slot(residue, bits):
    """Residues are not hashes: multiply by an odd constant and take upper bits, which depend on all lower ones."""
    return (residue * _MULTIPLIER) >> (_WORD_BITS - bits)


@numba.njit(inline="always")
def n_entries_in(counts, bucket):
    """Entries of a bucket, from counts int64[shares, buckets]."""
    n = 0
    for share in range(counts.shape[0]):
        n += counts[share, bucket]
    return n


@numba.njit(inline="always")
def n_classes_in(bounds, bucket):
    """Classes of all sizes in a bucket, from bounds int64[sizes, buckets + 1]."""
    n = 0
    for size in range(bounds.shape[0]):
        n += bounds[size, bucket + 1] - bounds[size, bucket]
    return n


@numba.njit(cache=True, nogil=True)
def deduplicate(first_bucket, stop_bucket, low, shift, starts, counts, entries, values, known_bounds, n_distinct):
    """For each bucket: its distinct entries that are no known class, sorted, at the place where the bucket starts.

    Shapes: starts, counts int64[shares, buckets]; entries uint64[2 n] (first, second residue); values uint64[known, 2];
    known_bounds int64[sizes, buckets + 1] (known classes of each size that fall into each bucket); the result's
    lengths go to n_distinct int64[buckets]. Buckets are numbered from `low` upwards.
    """
    n_shares, n_sizes = counts.shape[0], known_bounds.shape[0]
    most = 0
    for bucket in range(first_bucket, stop_bucket):
        most = max(most, n_entries_in(counts, bucket) + n_classes_in(known_bounds, bucket))
    slots = np.empty(np.int64(1) << np.int64(slot_bits(most)), dtype=np.uint32)
    distinct = np.empty((most + 1, ENTRY_WORDS), dtype=np.uint64)
    places = np.empty(most + 2, dtype=np.int64)
    for bucket in range(first_bucket, stop_bucket):
        bits = slot_bits(n_entries_in(counts, bucket) + n_classes_in(known_bounds, bucket))
        mask = (_ONE << bits) - _ONE
        slots[: np.int64(mask) + 1] = 0
        n_found = 0
        for size in range(n_sizes):
            for index in range(known_bounds[size, bucket], known_bounds[size, bucket + 1]):
                slot = home_slot(values[index, 0], bits)
                while slots[slot] != 0:
                    slot = (slot + _ONE) & mask
                distinct[n_found, 0] = values[index, 0]
                distinct[n_found, 1] = values[index, 1]
                n_found += 1
                slots[slot] = n_found
        n_known = n_found
        for share in range(n_shares):
            start = starts[share, bucket]
            for entry in range(start, start + counts[share, bucket]):
                first, second = entries[ENTRY_WORDS * entry], entries[ENTRY_WORDS * entry + 1]
                slot = home_slot(first, bits)
                while True:
                    found = np.uint64(slots[slot])
                    if found == 0:
                        distinct[n_found, 0] = first
                        distinct[n_found, 1] = second
                        n_found += 1
                        slots[slot] = n_found
                        break
                    if distinct[found - _ONE, 0] == first and distinct[found - _ONE, 1] == second:
                        break
                    slot = (slot + _ONE) & mask
        _write_sorted(
            distinct, n_known, n_found, np.uint64(bucket + low) << shift, shift, places, entries, starts[0, bucket]
        )
        n_distinct[bucket] = n_found - n_known


@numba.njit(inline="always")
def _comes_before(entries, one, first, second):
    other = entries[ENTRY_WORDS * one]
    return other < first or (other == first and entries[ENTRY_WORDS * one + 1] < second)


@numba.njit(cache=True, nogil=True)
def _write_sorted(distinct, start, stop, smallest, shift, places, entries, target):
    """Sort distinct[start:stop], residues of smallest .. smallest + 2^shift - 1, into entries[target:]."""
    n = stop - start
    if n == 0:
        return
    group_bits = np.uint64(0)
    while (np.int64(1) << np.int64(group_bits)) < n and group_bits < shift:
        group_bits += np.uint64(1)
    group_shift = shift - group_bits
    n_groups = np.int64(1) << np.int64(group_bits)
    if n_groups >= len(places):
        n_groups >>= 1  # n is not a power of two, and there is room for n groups alone
        group_shift += np.uint64(1)
    places[: n_groups + 1] = 0
    for index in range(start, stop):
        places[((distinct[index, 0] - smallest) >> group_shift) + _ONE] += 1
    largest = 0
    for group in range(n_groups):
        largest = max(largest, places[group + 1])
        places[group + 1] += places[group]
    for index in range(start, stop):
        group = (distinct[index, 0] - smallest) >> group_shift
        place = target + places[group]
        places[group] += 1
        entries[ENTRY_WORDS * place] = distinct[index, 0]
        entries[ENTRY_WORDS * place + 1] = distinct[index, 1]
    if largest > _SMALL_GROUP:  # places[g] is now where group g ends
        group_start = 0
        for group in range(n_groups):
            if places[group] - group_start > _SMALL_GROUP:
                _heap_sort(entries, target + group_start, places[group] - group_start)
            group_start = places[group]
    for place in range(target + 1, target + n):
        first, second = entries[ENTRY_WORDS * place], entries[ENTRY_WORDS * place + 1]
        hole = place
        while hole > target and not _comes_before(entries, hole - 1, first, second):
            entries[ENTRY_WORDS * hole] = entries[ENTRY_WORDS * (hole - 1)]
            entries[ENTRY_WORDS * hole + 1] = entries[ENTRY_WORDS * (hole - 1) + 1]
            hole -= 1
        entries[ENTRY_WORDS * hole] = first
        entries[ENTRY_WORDS * hole + 1] = second


@numba.njit(cache=True, nogil=True)
def _heap_sort(entries, start, n):
    for unsorted in range(n + n // 2, 0, -1):
        # First make a heap, from its last parent up; then take the largest away, n - 1 times.
        if unsorted > n:
            root, size = unsorted - n - 1, n
        else:
            root, size = 0, unsorted - 1
            _swap(entries, start, start + size)
        while 2 * root + 1 < size:
            child = 2 * root + 1
            if child + 1 < size and _is_less(entries, start + child, start + child + 1):
                child += 1
            if not _is_less(entries, start + root, start + child):
                break
            _swap(entries, start + root, start + child)
            root = child


@numba.njit(inline="always")
def _is_less(entries, one, other):
    return _comes_before(entries, one, entries[ENTRY_WORDS * other], entries[ENTRY_WORDS * other + 1])


@numba.njit(inline="always")
def _swap(entries, one, other):
    for word in range(ENTRY_WORDS):
        kept = entries[ENTRY_WORDS * one + word]
        entries[ENTRY_WORDS * one + word] = entries[ENTRY_WORDS * other + word]
        entries[ENTRY_WORDS * other + word] = kept


@numba.njit(cache=True, nogil=True)
def gather(first_bucket, stop_bucket, starts, n_distinct, offsets, entries, values):
    """Copy each bucket's result to values[offsets[bucket]:], uint64[n, 2]."""
    for bucket in range(first_bucket, stop_bucket):
        source = ENTRY_WORDS * starts[0, bucket]
        place = offsets[bucket]
        for index in range(n_distinct[bucket]):
            values[place + index, 0] = entries[source + ENTRY_WORDS * index]
            values[place + index, 1] = entries[source + ENTRY_WORDS * index + 1]
