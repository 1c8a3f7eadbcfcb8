"""The new classes of one size, bucket by bucket: count the candidates, scatter a slab of them, deduplicate its buckets.

Everything else is built on this: in core, all buckets in one process; out of core, runs of buckets (shards) one after
another, each written to disk; on a cluster, shards side by side. The classes are the same, in the same order.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from arith_synth.enumeration.deduplication import deduplicate, gather
from arith_synth.enumeration.partition import (
    ENTRY_WORDS,
    Buckets,
    Layout,
    Workspace,
    layout_of,
    put_rest,
    slabs_of,
    stage_for,
)
from arith_synth.enumeration.pieces import in_shares
from arith_synth.enumeration.threads import run_all, run_shares
from arith_synth.progress import Progress

#: Parts that the buckets of a slab are cut into for each thread, so that the last to finish is soon done.
_PARTS_OF_THREAD = 8


class Source(Protocol):
    """Candidates of one size, in pieces that may be asked for again and again.

    A source is given its own pieces back; nobody else looks into them but for `n_pairs`, their work.
    """

    size: int
    pieces: list[Any]

    @property
    def most_candidates(self) -> int:
        """Upper bound of the number of candidates."""
        ...

    def count(self, piece: Any, buckets: Buckets, counts: np.ndarray) -> None:
        """Add a piece's candidates to counts uint32[buckets]."""
        ...

    def scatter(
        self, piece: Any, buckets: Buckets, cursors: np.ndarray, stage: np.ndarray, entries: np.ndarray
    ) -> None:
        """Put a piece's candidates, entries (first residue, second residue), into their buckets."""
        ...

    def count_derivations(self, piece: Any, buckets: Buckets, counts: np.ndarray) -> None:
        """As `count`, for derivations."""
        ...

    def scatter_derivations(
        self, piece: Any, buckets: Buckets, cursors: np.ndarray, stage: np.ndarray, entries: np.ndarray
    ) -> None:
        """Put a piece's derivations, entries (first residue, derivation), into their buckets, in canonical order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Slab:
    """Entries of a run of buckets, scattered: uint64[2 n] words in `entries` as `layout` says."""

    buckets: Buckets
    layout: Layout
    entries: np.ndarray


class Ticker:
    """Counts finished steps of several threads for a progress callback."""

    def __init__(self, progress: Progress | None, label: str, total: int) -> None:
        self._progress, self._label, self._total = progress, label, total
        self._done = 0
        self._lock = threading.Lock()
        if progress is not None and total:
            progress(label, 0, total)

    def tick(self) -> None:
        """One more step is done."""
        if self._progress is None:
            return
        with self._lock:
            self._done += 1
            self._progress(self._label, min(self._done, self._total), self._total)


class Shards:
    """The candidates of a size in some of its buckets, counted once, to be taken slab by slab."""

    def __init__(
        self,
        source: Source,
        buckets: Buckets,
        *,
        threads: int,
        derivations: bool = False,
        progress: Progress | None = None,
        label: str = "",
    ) -> None:
        self.source, self.buckets, self.threads = source, buckets, threads
        self._shares = in_shares(source.pieces, threads)
        self._count = source.count_derivations if derivations else source.count
        self._scatter = source.scatter_derivations if derivations else source.scatter
        self._progress, self._label = progress, label
        self.counts = np.zeros((threads, buckets.n), dtype=np.uint32)
        ticker = Ticker(progress, f"{label}: counting", len(source.pieces))

        def count(share: int, piece: Any) -> None:
            self._count(piece, buckets, self.counts[share])
            ticker.tick()

        run_shares(count, self._shares)

    @property
    def n_entries(self) -> int:
        """Candidates (or derivations) in these buckets."""
        return int(self.counts.sum(dtype=np.int64))

    def slabs(
        self, workspace: Workspace, most_entries: int, first_bucket: int = 0, stop_bucket: int | None = None
    ) -> Iterator[Slab]:
        """The entries of some of the buckets, at most so many at once where a bucket allows it.

        A slab is overwritten by the next.
        """
        counts = self.counts[:, first_bucket:stop_bucket].sum(axis=0, dtype=np.int64)
        runs = [(first_bucket + start, first_bucket + stop) for start, stop in slabs_of(counts, most_entries)]
        ticker = Ticker(self._progress, self._label, len(runs) * len(self.source.pieces))
        layouts = [layout_of(self.counts[:, start:stop]) for start, stop in runs]
        room = workspace.entries(max(layout.n_entries for layout in layouts))  # once: the last slab may still be in use
        for (start, stop), layout in zip(runs, layouts, strict=True):
            buckets = self.buckets.part(start, stop)
            entries = room[: layout.n_entries * ENTRY_WORDS]
            cursors = [layout.starts[share].astype(np.uint64) for share in range(self.threads)]
            stages = [stage_for(buckets) for _ in range(self.threads)]

            def scatter(
                share: int, piece: Any, buckets=buckets, cursors=cursors, stages=stages, entries=entries
            ) -> None:
                self._scatter(piece, buckets, cursors[share], stages[share], entries)
                ticker.tick()

            run_shares(scatter, self._shares)
            for share in range(self.threads):
                put_rest(cursors[share], stages[share], entries)
            yield Slab(buckets=buckets, layout=layout, entries=entries)


def distinct_classes(
    slab: Slab, values: np.ndarray, first_of_size: Sequence[int], threads: int
) -> tuple[np.ndarray, np.ndarray]:
    """Deduplicate a slab of candidates in place, leaving known classes, uint64[known, 2], out.

    Returns the number of new classes of each bucket, int64[buckets], and their places in the slab's order,
    int64[buckets].
    """
    buckets, layout = slab.buckets, slab.layout
    bounds = bucket_bounds(values, first_of_size, buckets)
    n_distinct = np.zeros(buckets.n, dtype=np.int64)

    def work(part: tuple[int, int]) -> None:
        deduplicate(
            *part,
            buckets.low,
            np.uint64(buckets.shift),
            layout.starts,
            layout.counts,
            slab.entries,
            values,
            bounds,
            n_distinct,
        )

    run_all(work, parts_of(buckets.n, threads), threads)
    return n_distinct, np.cumsum(n_distinct) - n_distinct


def write_classes(slab: Slab, n_distinct: np.ndarray, offsets: np.ndarray, values: np.ndarray, threads: int) -> None:
    """Write a deduplicated slab's classes to values uint64[n, 2]."""

    def work(part: tuple[int, int]) -> None:
        gather(*part, slab.layout.starts, n_distinct, offsets, slab.entries, values)

    run_all(work, parts_of(slab.buckets.n, threads), threads)


def parts_of(n: int, threads: int) -> list[tuple[int, int]]:
    """Ranges that cut 0 .. n - 1 for so many threads."""
    n_parts = min(n, threads * _PARTS_OF_THREAD)
    edges = [part * n // n_parts for part in range(n_parts + 1)]
    return list(pairwise(edges))


def bucket_bounds(values: np.ndarray, first_of_size: Sequence[int], buckets: Buckets) -> np.ndarray:
    """Where the classes of each size in each bucket begin: int64[sizes, buckets + 1], rows of values uint64[n, 2]."""
    edges = buckets.edges()
    n_sizes = len(first_of_size) - 2
    bounds = np.empty((max(0, n_sizes), buckets.n + 1), dtype=np.int64)
    for size in range(1, n_sizes + 1):
        start, stop = first_of_size[size], first_of_size[size + 1]
        bounds[size - 1] = start + np.searchsorted(np.ascontiguousarray(values[start:stop, 0]), edges)
    return bounds
