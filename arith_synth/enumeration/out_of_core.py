"""Enumeration to disk, shard by shard, within a memory limit; whatever is finished is never made again.

A shard is a range of fingerprints. Its candidates are made anew from the classes of smaller sizes, which stay in
memory: making a candidate and finding that it belongs elsewhere takes about a nanosecond, less than writing it down
and reading it back. So nothing but finished classes is ever on disk, and shards know nothing of each other.
"""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from arith_synth.enumeration.drawing import Drawing, derivations_of
from arith_synth.enumeration.folders import (
    description_of,
    growth_on_disk,
    is_sealed,
    missing_shards,
    n_shards,
    seal_of,
    seal_size,
    shard_paths,
    start_build,
)
from arith_synth.enumeration.known import known_below
from arith_synth.enumeration.memory import (
    LEAST_ENTRIES,
    MOST_ENTRIES,
    PROCESS_BYTES,
    VALUE_BYTES,
    available_bytes,
    operand_bytes,
    size_text,
)
from arith_synth.enumeration.partition import ENTRY_BYTES, RESIDUE_BITS, Buckets, Workspace, all_buckets
from arith_synth.enumeration.shard_files import Classes, write_classes_file
from arith_synth.enumeration.shards import Shards, distinct_classes, write_classes
from arith_synth.enumeration.sources import source_of
from arith_synth.enumeration.threads import checked_threads
from arith_synth.errors import CapacityError, UsageError
from arith_synth.grammar import Grammar
from arith_synth.locks import only_builder_of
from arith_synth.progress import Progress
from arith_synth.semantics.programs import row_width

#: Of a class of the smaller sizes beside its operand: values twice, extents, derivations (about 5, of 16 bytes each).
_KNOWN_BYTES = 2 * VALUE_BYTES + 24 + 5 * 16
#: Of a class while it is being made, beside its program: values twice; trees, derivations, ranks, roots.
_MADE_BYTES = 2 * VALUE_BYTES + 7 * 8
#: New classes, and derivations, among the candidates of a shard, generously.
_NEW_SHARE, DERIVATION_SHARE = 0.3, 1.35
#: Room for more candidates than expected: a slab that is a little too small would cost a second pass over all of them.
_SPARE = 1.06


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskPlan:
    """Candidates that are made at once, a whole number of shards, and bytes that the process takes at most, about."""

    candidates_at_once: int
    n_bytes: int


def shard_memory(grammar: Grammar, max_size: int, size: int, at_once: int = 1) -> int:
    """Bytes that writing so many shards of a size at once takes, beside the process itself."""
    of_shards = at_once * _candidates_of_shard(grammar, max_size, size)
    return known_bytes(grammar, max_size, size) + made_bytes(of_shards, max_size)


def shards_at_once(grammar: Grammar, max_size: int, size: int, plan: DiskPlan) -> int:
    """How many shards of a size the plan makes at once."""
    return max(1, plan.candidates_at_once // _candidates_of_shard(grammar, max_size, size))


def plan_on_disk(grammar: Grammar, max_size: int, memory_limit: int | None) -> DiskPlan:
    """How an enumeration keeps within `memory_limit` bytes (None: what is available).

    Raises CapacityError when the limit is below what one shard takes.
    """
    limit = available_bytes() if memory_limit is None else min(memory_limit, available_bytes())
    growth = growth_on_disk(grammar, max_size)
    least = PROCESS_BYTES + max((shard_memory(grammar, max_size, size) for size in range(2, max_size + 1)), default=0)
    if least > limit:
        raise CapacityError(
            f"grammar {grammar.name} at max_size {max_size} needs {size_text(least)} for one shard, but "
            f"{size_text(limit)} may be used; raise --memory-limit, or lower --max-size"
        )
    room = limit - PROCESS_BYTES - known_bytes(grammar, max_size, max_size)
    at_once = min(MOST_ENTRIES, max(1, room // made_bytes(1 << 16, max_size)) << 16, max(growth.candidates[1:]))
    n_bytes = PROCESS_BYTES + known_bytes(grammar, max_size, max_size) + made_bytes(at_once, max_size)
    return DiskPlan(candidates_at_once=at_once, n_bytes=n_bytes)


def output_bytes(grammar: Grammar, max_size: int) -> int:
    """Bytes that the files will take at most, about."""
    return growth_on_disk(grammar, max_size).total(max_size) * (VALUE_BYTES + 8 + row_width(max_size))


def enumerate_to_disk(
    folder: Path,
    grammar: Grammar,
    max_size: int,
    progress: Progress | None = None,
    *,
    threads: int | None = None,
    memory_limit: int | None = None,
) -> list[dict]:
    """Write all classes of minimal size <= max_size with their target programs; returns the seals by size.

    Goes on where an interrupted build stopped. The files do not depend on threads, memory limit or interruptions.
    Raises CapacityError when memory or disk are too small, DatasetError for a damaged file, another enumeration in the
    folder, or another process that builds into it.
    """
    threads = checked_threads(threads)
    plan = plan_on_disk(grammar, max_size, memory_limit)
    folder = Path(folder).expanduser().resolve()  # one folder has one lock, by whatever name it is called
    if not folder.name:
        raise UsageError(f"{folder} cannot be the folder of an enumeration; choose another --out")
    with only_builder_of(folder):
        start_build(folder, grammar, max_size)
        if not all(is_sealed(folder, size) for size in range(1, max_size + 1)):
            _check_disk(folder, grammar, max_size)
        try:
            for size in range(2, max_size + 1):
                if not is_sealed(folder, size):
                    every = range(n_shards(grammar, max_size, size))
                    at_once = shards_at_once(grammar, max_size, size, plan)
                    write_shards(folder, size, every, at_once=at_once, threads=threads, progress=progress)
                    if progress is not None:
                        progress(f"reading size {size} back", 0, 1)
                    seal_size(folder, size)
                    if progress is not None:
                        progress(f"reading size {size} back", 1, 1)
        finally:
            _last_writer.clear()
    return [seal_of(folder, size) for size in range(1, max_size + 1)]


def write_shards(
    folder: Path, size: int, shards: range, *, at_once: int, threads: int = 1, progress: Progress | None = None
) -> None:
    """Write consecutive shards that are not there yet, so many at once: two passes over all candidates for each group.

    Raises DatasetError when a smaller size is not finished or damaged.
    """
    grammar, max_size = description_of(folder)
    most_entries = int(_SPARE * at_once * _candidates_of_shard(grammar, max_size, size))
    missing = set(missing_shards(folder, size))
    for start in range(shards.start, shards.stop, at_once):
        group = range(start, min(start + at_once, shards.stop))
        for run in _runs(shard for shard in group if shard in missing):
            _writer(folder, grammar, max_size, size, threads, most_entries).write(run)
        if progress is not None:
            progress(f"writing size {size}", group.stop - shards.start, len(shards))


class _Writer:
    """Writes shards of one size; its candidates are counted once."""

    def __init__(self, folder: Path, size: int, threads: int, most_entries: int) -> None:
        self.most_entries = most_entries
        self.known = known = known_below(folder, size, threads, max(LEAST_ENTRIES, 2 * most_entries))
        self.paths = shard_paths(folder, size)
        source = source_of(known.grammar, size, known.values, known.first_of_size)
        buckets = buckets_for_shards(all_buckets(source.most_candidates), len(self.paths))
        self.of_shard = buckets.n // len(self.paths)
        self.candidates = Shards(source, buckets, threads=threads, label=f"enumerating size {size}")
        self.derivations = derivations_of(source, threads, buckets=buckets)
        self.workspace = Workspace()

    def write(self, run: Sequence[int]) -> None:
        """Write consecutive shards."""
        known, first, stop = self.known, run[0] * self.of_shard, (run[-1] + 1) * self.of_shard
        values = self._new_values(first, stop)
        both = np.concatenate([known.values, values])
        offsets = [*known.first_of_size, len(both)]
        # There are more derivations than candidates; that they fit into one slab saves a pass over all of them.
        most_derivations = int(DERIVATION_SHARE * self.most_entries)
        drawing = Drawing(known.realizations, self.derivations, both, offsets, entries_of_slab=most_derivations)
        codes = np.zeros((len(values), row_width(known.max_size)), dtype=np.uint8)
        n_minimal = drawing.run(self.workspace, codes, first, stop)
        edges = self.candidates.buckets.part(first, stop).edges()[:: self.of_shard]
        rows = np.searchsorted(values[:, 0], edges)
        for number, shard in enumerate(run):
            of_shard = slice(rows[number], rows[number + 1])
            counts = self.candidates.counts[:, shard * self.of_shard : (shard + 1) * self.of_shard]
            classes = Classes(
                values=values[of_shard],
                n_minimal=n_minimal[of_shard],
                codes=codes[of_shard],
                n_candidates=int(counts.sum(dtype=np.int64)),
            )
            write_classes_file(self.paths[shard], classes)

    def _new_values(self, first_bucket: int, stop_bucket: int) -> np.ndarray:
        known, threads = self.known, self.candidates.threads
        parts = []
        for slab in self.candidates.slabs(self.workspace, self.most_entries, first_bucket, stop_bucket):
            n_distinct, offsets = distinct_classes(slab, known.values, known.first_of_size, threads)
            part = np.empty((int(n_distinct.sum()), 2), dtype=np.uint64)
            write_classes(slab, n_distinct, offsets, part, threads)
            parts.append(part)
        return np.concatenate(parts)


#: The writer that this process used last: what it knows serves all shards of a size.
_last_writer: dict[tuple[Path, Grammar, int, int, int, int], _Writer] = {}


def _writer(folder: Path, grammar: Grammar, max_size: int, size: int, threads: int, most_entries: int) -> _Writer:
    key = folder, grammar, max_size, size, threads, most_entries
    if key not in _last_writer:
        _last_writer.clear()  # let go of the old one's memory first
        _last_writer[key] = _Writer(folder, size, threads, most_entries)
    return _last_writer[key]


def buckets_for_shards(buckets: Buckets, n_shards: int) -> Buckets:
    """All buckets, at least one a shard; the number of shards is a power of two."""
    bits = max(RESIDUE_BITS - buckets.shift, n_shards.bit_length() - 1)
    return Buckets(shift=RESIDUE_BITS - bits, low=0, n=1 << bits)


def _runs(shards: Iterable[int]) -> list[list[int]]:
    """Maximal runs of consecutive numbers."""
    runs: list[list[int]] = []
    for shard in shards:
        if runs and runs[-1][-1] == shard - 1:
            runs[-1].append(shard)
        else:
            runs.append([shard])
    return runs


def _candidates_of_shard(grammar: Grammar, max_size: int, size: int) -> int:
    return growth_on_disk(grammar, max_size).candidates[size] // n_shards(grammar, max_size, size) + 1


def known_bytes(grammar: Grammar, max_size: int, size: int) -> int:
    """Bytes of the classes below a size, as operands and with their derivations."""
    return growth_on_disk(grammar, max_size).total(size - 1) * (_KNOWN_BYTES + operand_bytes(grammar))


def made_bytes(n_candidates: int, max_size: int) -> int:
    """Bytes of shards of so many candidates while they are made."""
    per_class = _MADE_BYTES + row_width(max_size)
    return int(n_candidates * (DERIVATION_SHARE * ENTRY_BYTES + _NEW_SHARE * per_class))


def _check_disk(folder: Path, grammar: Grammar, max_size: int) -> None:
    there = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    needed, free = output_bytes(grammar, max_size) - there, shutil.disk_usage(folder).free
    if needed > free:
        raise CapacityError(
            f"the classes take about {size_text(needed)} more on disk and {size_text(free)} are free in {folder}; "
            "choose another --out, or lower --max-size"
        )
