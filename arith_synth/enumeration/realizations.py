"""Target programs: for every class one minimal realization, uniform over all of them; and all of them."""

from dataclasses import dataclass

import numpy as np

from arith_synth.enumeration.bank import Bank
from arith_synth.enumeration.derivations import check_tree_numbers
from arith_synth.enumeration.drawing import Drawing, Realizations, derivations_of, realizations_of_leaves
from arith_synth.enumeration.memory import MOST_ENTRIES
from arith_synth.enumeration.partition import Workspace, all_buckets
from arith_synth.enumeration.shards import bucket_bounds
from arith_synth.enumeration.sources import source_of
from arith_synth.enumeration.threads import checked_threads
from arith_synth.progress import Progress
from arith_synth.semantics.programs import row_width


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What was drawn: codes uint8[n, width], the target programs; n_minimal int64[n], out of how many."""

    codes: np.ndarray
    n_minimal: np.ndarray


def target_programs(
    bank: Bank, progress: Progress | None = None, *, threads: int | None = None, entries_of_slab: int = MOST_ENTRIES
) -> Targets:
    """The target program of every class of the bank: rows of symbol codes, see `semantics.programs.decode_program`."""
    threads = checked_threads(threads)
    check_tree_numbers(bank.grammar, bank.max_size)
    offsets = bank.first_of_size.tolist()
    width = row_width(bank.max_size)
    codes = np.zeros((bank.n_classes, width), dtype=np.uint8)
    n_minimal = np.ones(bank.n_classes, dtype=np.int64)
    known = realizations_of_leaves(bank.grammar, bank.values)
    codes[: len(known.leaves), 0] = known.leaves
    workspace = Workspace()
    for size in range(2, bank.max_size + 1):
        of_size = slice(offsets[size], offsets[size + 1])
        drawing = Drawing(
            known,
            derivations_of(source_of(bank.grammar, size, bank.values, offsets), threads, progress),
            bank.values[: offsets[size + 1]],
            offsets[: size + 2],
            entries_of_slab=entries_of_slab,
            keep_all=size < bank.max_size,
        )
        n_minimal[of_size] = drawing.run(workspace, codes[of_size])
        if size < bank.max_size:
            known = drawing.with_new(n_minimal[of_size])
    return Targets(codes=codes, n_minimal=n_minimal)


def all_realizations(
    bank: Bank, max_size: int | None = None, progress: Progress | None = None, *, threads: int | None = None
) -> Realizations:
    """All minimal realizations of all classes of the bank, or of those up to max_size: some 100 bytes a class."""
    threads, offsets, workspace = checked_threads(threads), bank.first_of_size.tolist(), Workspace()
    check_tree_numbers(bank.grammar, bank.max_size)
    known = realizations_of_leaves(bank.grammar, bank.values)
    for size in range(2, (bank.max_size if max_size is None else max_size) + 1):
        derivations = derivations_of(source_of(bank.grammar, size, bank.values, offsets), threads, progress)
        values = bank.values[: offsets[size + 1]]
        drawing = Drawing(known, derivations, values, offsets[: size + 2], entries_of_slab=MOST_ENTRIES, keep_all=True)
        known = drawing.with_new(drawing.run(workspace, None))
    return known


def class_realizations(
    bank: Bank, number: int, progress: Progress | None = None, *, threads: int | None = None
) -> tuple[Realizations, int, np.ndarray]:
    """All minimal realizations of one class, without those of the others of its size or above.

    Returns them with those of the smaller classes, the class's number among them, and its target program's codes
    uint8[width].
    """
    threads, offsets, size = checked_threads(threads), bank.first_of_size.tolist(), int(bank.sizes[number])
    known = all_realizations(bank, size - 1 if size > 1 else 1, progress, threads=threads)
    if size == 1:
        return known, number, known.leaves[number : number + 1]
    source = source_of(bank.grammar, size, bank.values, offsets)
    buckets = all_buckets(source.most_candidates)
    bucket = int(bank.values[number, 0] >> np.uint64(buckets.shift))
    of_class = buckets.part(bucket, bucket + 1)
    start, stop = bucket_bounds(bank.values, offsets[: size + 2], of_class)[-1].tolist()
    values = np.concatenate([bank.values[: offsets[size]], bank.values[start:stop]])
    derivations = derivations_of(source, threads, progress, of_class)
    drawing = Drawing(
        known, derivations, values, [*offsets[: size + 1], len(values)], entries_of_slab=MOST_ENTRIES, keep_all=True
    )
    codes = np.zeros((stop - start, row_width(size)), dtype=np.uint8)
    n_minimal = drawing.run(Workspace(), codes)
    return drawing.with_new(n_minimal), offsets[size] + number - start, codes[number - start]
