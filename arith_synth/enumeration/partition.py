"""Radix partition: candidates go to the bucket that the leading bits of their first residue name.

A bucket's candidates are looked up against each other alone, in the cache; and buckets in order hold classes in order
of fingerprint. Generating a candidate costs less than storing it, so candidates are generated once to count them and
once more for each run of buckets (a *slab*) whose candidates fit in memory, and only those of the slab are stored.

An entry is two words: first residue and second residue, or first residue and derivation. Entries of a bucket stand in
the order of the pieces that they come from, whatever the number of threads.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.enumeration.cachelines import LINE_WORDS, aligned_words, settle_stores, store_line

#: A residue has so many bits; a bucket is named by the upper ones.
RESIDUE_BITS = 61
#: Candidates of a bucket, about: they and their table stay in the second-level cache.
_CANDIDATES_OF_BUCKET = 6_000
_MOST_BITS = 22
ENTRY_WORDS = 2
ENTRY_BYTES = 16
#: Entries that are collected before they are stored: two lines, for the fuller a store, the fewer surprise the
#: processor.
_ENTRIES_OF_STORE = 2 * LINE_WORDS // ENTRY_WORDS
_STORE_WORDS = _ENTRIES_OF_STORE * ENTRY_WORDS
_ONE = np.uint64(1)
_LAST_OF_STORE = np.uint64(_ENTRIES_OF_STORE - 1)
_STORE_SHIFT = np.uint64(_STORE_WORDS.bit_length() - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Buckets low .. low + n - 1 of those that residues fall into when shifted right by `shift` bits."""

    shift: int
    low: int
    n: int

    def part(self, start: int, stop: int) -> "Buckets":
        """Buckets start..stop-1 of these, counted from the first of these."""
        return Buckets(shift=self.shift, low=self.low + start, n=stop - start)

    def edges(self) -> np.ndarray:
        """The smallest residue of each bucket, and the first one beyond: uint64[n + 1]."""
        return (np.arange(self.n + 1, dtype=np.uint64) + np.uint64(self.low)) << np.uint64(self.shift)


def all_buckets(n_candidates: int) -> Buckets:
    """Buckets for so many candidates."""
    bits = min(_MOST_BITS, max(0, (n_candidates // _CANDIDATES_OF_BUCKET).bit_length()))
    return Buckets(shift=RESIDUE_BITS - bits, low=0, n=1 << bits)


def slabs_of(counts: np.ndarray, most_entries: int) -> Iterator[tuple[int, int]]:
    """Runs (start, stop) of buckets with at most so many entries each, at least one bucket; counts int64[buckets]."""
    start, entries = 0, 0
    for bucket, count in enumerate(counts.tolist()):
        if entries and entries + count > most_entries:
            yield start, bucket
            start, entries = bucket, 0
        entries += count
    yield start, len(counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the entries of each bucket and share lie, a bucket's shares one after the other, each on lines of its own.

    Shapes: starts int64[shares, buckets], counts int64[shares, buckets], in entries; n_entries with the gaps.
    """

    starts: np.ndarray
    counts: np.ndarray
    n_entries: int


def layout_of(counts: np.ndarray) -> Layout:
    """The layout of counts[shares, buckets] entries."""
    counts = counts.astype(np.int64)
    padded = -(-counts // _ENTRIES_OF_STORE) * _ENTRIES_OF_STORE
    ends = np.cumsum(padded.T.ravel()).reshape(padded.T.shape).T
    return Layout(starts=np.ascontiguousarray(ends - padded), counts=counts, n_entries=int(padded.sum()))


class Workspace:
    """Memory for entries, kept from slab to slab: pages that were used once need not be asked for again."""

    def __init__(self) -> None:
        self._words = aligned_words(0)

    def entries(self, n: int) -> np.ndarray:
        """Uninitialized room for n entries: uint64[2 n], aligned."""
        if len(self._words) < n * ENTRY_WORDS:
            self._words = aligned_words(0)  # let go of the old one first
            self._words = aligned_words(n * ENTRY_WORDS)
        return self._words[: n * ENTRY_WORDS]


def stage_for(buckets: Buckets) -> np.ndarray:
    """A share's collecting place, two lines a bucket: uint64[16 buckets], aligned."""
    return aligned_words(buckets.n * _STORE_WORDS)


@numba.njit(inline="always")
def _store(stage, start, entries, target):
    for word in range(0, _STORE_WORDS, LINE_WORDS):
        store_line(stage, np.int64(start) + word, entries, np.int64(target) + word)  # pyright: ignore[reportCallIssue]


@numba.njit(inline="always")
def put(first, word, bucket, cursors, stage, entries):
    """Append the entry (first, word) to a bucket uint64: cursors uint64[buckets] in entries.

    All indices are unsigned: numba looks at every signed one whether it counts from the end.
    """
    place = cursors[bucket]
    cursors[bucket] = place + _ONE
    of_store = place & _LAST_OF_STORE
    start = bucket << _STORE_SHIFT
    target = start + (of_store << _ONE)
    stage[target] = first
    stage[target + _ONE] = word
    if of_store == _LAST_OF_STORE:
        _store(stage, start, entries, (place - of_store) << _ONE)


@numba.njit(cache=True, nogil=True)
def put_rest(cursors, stage, entries):
    """Write the lines that are not full yet. What they hold beyond the last entry is never read."""
    for bucket in range(len(cursors)):
        of_store = cursors[bucket] & _LAST_OF_STORE
        if of_store:
            _store(stage, bucket * _STORE_WORDS, entries, (cursors[bucket] - of_store) << _ONE)
    settle_stores()  # pyright: ignore[reportCallIssue]  (an intrinsic)
