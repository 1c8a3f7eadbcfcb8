"""The bank: one representative value for every class of algebraically equal programs, by minimal size.

Composing representatives is complete: replacing an operand of a minimal program by another member of its class
changes neither the value nor the minimality of the whole. So the classes of minimal size n are the new values among
all candidates (operator, class of size i, class of size n - i).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arith_synth.enumeration.derivations import check_capacity
from arith_synth.enumeration.growth import extrapolate
from arith_synth.enumeration.memory import Plan, plan_in_core
from arith_synth.enumeration.partition import Workspace, all_buckets
from arith_synth.enumeration.shards import Shards, distinct_classes, write_classes
from arith_synth.enumeration.sources import source_of
from arith_synth.enumeration.threads import checked_threads
from arith_synth.errors import UsageError
from arith_synth.grammar import Expression, Grammar
from arith_synth.progress import Progress
from arith_synth.semantics.fingerprints import residues_of
from arith_synth.semantics.heights import check_heights

#: The largest size whose operands derivations can number, for `xy3`. What a grammar itself allows is checked for each.
MAX_SUPPORTED_SIZE = 9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bank:
    """All classes of minimal size <= max_size, numbered in the order of (minimal size, fingerprint).

    Shapes: values uint64[n, 2] (the two residues of a fingerprint); first_of_size int64[max_size + 2] (classes of size
    s are first_of_size[s] .. first_of_size[s + 1] - 1); candidates_by_size int64[max_size + 1], seconds_by_size
    float64[max_size + 1], both with index 0 unused.
    """

    grammar: Grammar
    max_size: int
    values: np.ndarray
    first_of_size: np.ndarray
    candidates_by_size: np.ndarray
    seconds_by_size: np.ndarray

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.values)

    @property
    def n_candidates(self) -> int:
        """Candidates that were evaluated."""
        return int(self.candidates_by_size.sum())

    @property
    def seconds(self) -> float:
        """Seconds that the enumeration took."""
        return float(self.seconds_by_size.sum())

    @property
    def classes_by_size(self) -> list[int]:
        """New classes by size 1..max_size."""
        return np.diff(self.first_of_size[1:]).tolist()

    @property
    def sizes(self) -> np.ndarray:
        """Minimal size of each class: uint8[n]."""
        return np.repeat(np.arange(1, self.max_size + 1, dtype=np.uint8), self.classes_by_size)

    @property
    def n_bytes(self) -> int:
        """Bytes held in arrays."""
        return self.values.nbytes


def check_max_size(max_size: int) -> None:
    """UsageError for a size that is not supported."""
    if not 1 <= max_size <= MAX_SUPPORTED_SIZE:
        raise UsageError(f"max_size {max_size} is out of range; choose 1 to {MAX_SUPPORTED_SIZE}")


def enumerate_bank(
    grammar: Grammar,
    max_size: int,
    progress: Progress | None = None,
    *,
    threads: int | None = None,
    memory_limit: int | None = None,
) -> Bank:
    """Enumerate all classes of minimal size <= max_size.

    `progress(label, done, total)` is called now and then, from any thread; `threads` None uses every core;
    `memory_limit` in bytes, None: what is free. Time O(candidates x slabs), memory O(classes). The bank does not
    depend on `threads` or `memory_limit`. Raises UsageError for a max_size out of range and CapacityError when it
    would not fit.
    """
    check_max_size(max_size)
    check_heights(grammar, max_size)
    threads = checked_threads(threads)
    started = time.perf_counter()
    values = leaf_values(grammar)
    first_of_size, classes, candidates = [0, 0, len(values)], [0, len(values)], [0, 0]
    seconds = [0.0, time.perf_counter() - started]
    workspace = Workspace()
    for size in range(2, max_size + 1):
        started = time.perf_counter()
        check_capacity(grammar, first_of_size, size)
        plan = plan_in_core(grammar, extrapolate(grammar, classes, candidates, max_size), max_size, memory_limit)
        values, evaluated = _with_size(grammar, size, values, first_of_size, workspace, plan, threads, progress)
        classes.append(len(values) - first_of_size[-1])
        first_of_size.append(len(values))
        candidates.append(evaluated)
        seconds.append(time.perf_counter() - started)
    return Bank(
        grammar=grammar,
        max_size=max_size,
        values=values,
        first_of_size=np.array(first_of_size, dtype=np.int64),
        candidates_by_size=np.array(candidates, dtype=np.int64),
        seconds_by_size=np.array(seconds),
    )


def leaf_values(grammar: Grammar) -> np.ndarray:
    """Residues of the leaves, in order of fingerprint: uint64[n, 2]."""
    pairs = {residues_of(Expression((leaf,)), grammar) for leaf in grammar.leaves} - {None}
    values = np.array(sorted(pairs), dtype=np.uint64)  # pyright: ignore[reportArgumentType]  (None was taken out)
    return values.reshape(-1, 2)


def _with_size(
    grammar: Grammar,
    size: int,
    values: np.ndarray,
    first_of_size: Sequence[int],
    workspace: Workspace,
    plan: Plan,
    threads: int,
    progress: Progress | None,
) -> tuple[np.ndarray, int]:
    """The values with those of the classes of `size` after them, and the number of candidates evaluated."""
    known = len(values)
    source = source_of(grammar, size, values, first_of_size)
    shards = Shards(
        source,
        all_buckets(source.most_candidates),
        threads=threads,
        progress=progress,
        label=f"enumerating size {size}",
    )
    total = known
    seen = 0
    larger = values
    for slab in shards.slabs(workspace, plan.entries_of_slab):
        n_distinct, offsets = distinct_classes(slab, values, first_of_size, threads)
        n_new = int(n_distinct.sum())
        seen += int(slab.layout.counts.sum())
        if total + n_new > len(larger):
            # Pages that are never written are never taken from the system, so a generous guess costs nothing.
            expected = total + n_new + int(1.05 * (total + n_new - known) / max(1, seen) * (shards.n_entries - seen))
            larger = _longer(larger, total, expected)
        write_classes(slab, n_distinct, offsets + total, larger, threads)
        total += n_new
    return _shortened(larger, total), shards.n_entries


def _longer(values: np.ndarray, n: int, capacity: int) -> np.ndarray:
    larger = np.empty((capacity, 2), dtype=np.uint64)
    larger[:n] = values[:n]
    return larger


def _shortened(values: np.ndarray, n: int) -> np.ndarray:
    if len(values) != n:
        values = values.copy() if not values.flags.owndata else values
        values.resize((n, 2), refcheck=False)  # gives the pages at the end back, without a copy
    return values
