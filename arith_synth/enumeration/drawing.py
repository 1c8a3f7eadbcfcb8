"""Drawing target programs bucket by bucket, and keeping all minimal realizations of smaller classes to draw from.

Minimal realizations are counted and unranked through derivations. The rank drawn for a class is a keyed hash of its
fingerprint, scaled to the number of its trees (the bias is below n_minimal / 2^64). Derivations are walked in the
canonical order of class numbers, so the draw depends neither on the order in which classes were discovered nor on
threads, slabs and machines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arith_synth.enumeration.minimal_trees import NOT_IN_BANK, SHARED_RESIDUE, attribute, collect, draw, scale
from arith_synth.enumeration.partition import Buckets, Workspace, all_buckets
from arith_synth.enumeration.shards import Shards, Slab, Source, bucket_bounds, parts_of
from arith_synth.enumeration.threads import run_all
from arith_synth.enumeration.unranking import leaf_codes, operator_symbol_codes, unrank
from arith_synth.errors import CapacityError, DatasetError
from arith_synth.grammar import Grammar
from arith_synth.progress import Progress
from arith_synth.seeding import hash_fingerprints
from arith_synth.semantics.fingerprints import format_fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Realizations:
    """All minimal realizations of the classes below a size.

    Shapes: leaves uint8[n_leaves] (symbol codes of the first classes); n_minimal int64[n] (realizations of a class);
    extents int64[n + 1, 2] (where the list of a class begins, and n_minimal again); derivations uint64[d, 2] (the
    lists: a derivation, and the number of trees before it).
    """

    grammar: Grammar
    leaves: np.ndarray
    n_minimal: np.ndarray
    extents: np.ndarray
    derivations: np.ndarray


def realizations_of_leaves(grammar: Grammar, values: np.ndarray) -> Realizations:
    """Each leaf is its class's only minimal realization; values uint64[n, 2] begin with the leaves."""
    leaves = leaf_codes(grammar, values)
    n_leaves = len(leaves)
    return Realizations(
        grammar=grammar,
        leaves=leaves,
        n_minimal=np.ones(n_leaves, dtype=np.int64),
        extents=np.tile(np.array([0, 1], dtype=np.int64), (n_leaves + 1, 1)),
        derivations=np.zeros((0, 2), dtype=np.uint64),
    )


def derivations_of(
    source: Source, threads: int, progress: Progress | None = None, buckets: Buckets | None = None
) -> Shards:
    """The derivations of a size, counted, in all buckets or in those given."""
    buckets = all_buckets(source.most_candidates) if buckets is None else buckets
    return Shards(
        source, buckets, threads=threads, derivations=True, progress=progress, label="drawing target programs"
    )


def target_ranks(values: np.ndarray, n_minimal: np.ndarray) -> np.ndarray:
    """The rank drawn for each class of residues uint64[n, 2], uniform on 0 .. n_minimal - 1: int64[n]."""
    return scale(hash_fingerprints(values, "target program"), n_minimal)


class Drawing:
    """Draws the target programs of classes of one size, and lists all their derivations if asked to.

    `values` uint64[n, 2] and `first_of_size` hold the smaller classes, then those of the size that lie in the buckets
    that are drawn for.
    """

    def __init__(
        self,
        known: Realizations,
        derivations: Shards,
        values: np.ndarray,
        first_of_size: Sequence[int],
        *,
        entries_of_slab: int,
        keep_all: bool = False,
    ) -> None:
        self.known, self.values, self.first_of_size = known, values, first_of_size
        self.threads, self.entries_of_slab, self.keep_all = derivations.threads, entries_of_slab, keep_all
        self._first_class = first_of_size[-2]
        self._lists: list[tuple[np.ndarray, np.ndarray]] = []
        self._shards = derivations

    def run(
        self, workspace: Workspace, codes: np.ndarray | None, first_bucket: int = 0, stop_bucket: int | None = None
    ) -> np.ndarray:
        """Write target programs to codes uint8[m, width], now zeros (None: count only); returns n_minimal int64[m]."""
        n_minimal = np.zeros(self.first_of_size[-1] - self._first_class, dtype=np.int64)
        for slab in self._shards.slabs(workspace, self.entries_of_slab, first_bucket, stop_bucket):
            bounds = bucket_bounds(self.values, self.first_of_size, slab.buckets)
            of_slab = slice(*(int(bounds[-1, edge]) - self._first_class for edge in (0, -1)))
            n_minimal[of_slab] = self._draw(slab, bounds, None if codes is None else codes[of_slab])
        return n_minimal

    def with_new(self, n_minimal: np.ndarray) -> Realizations:
        """The realizations of the smaller classes and of those that were drawn for, whose n_minimal this is."""
        known = self.known
        n_derivations = np.concatenate([np.zeros(0, dtype=np.int64), *(lists[0] for lists in self._lists)])
        n_known = len(known.n_minimal)
        extents = np.empty((n_known + len(n_minimal) + 1, 2), dtype=np.int64)
        extents[: n_known + 1] = known.extents
        np.cumsum(n_derivations, out=extents[n_known + 1 :, 0])
        extents[n_known + 1 :, 0] += known.extents[-1, 0]
        extents[n_known:-1, 1] = n_minimal
        extents[-1, 1] = 0
        return Realizations(
            grammar=known.grammar,
            leaves=known.leaves,
            n_minimal=np.concatenate([known.n_minimal, n_minimal]),
            extents=extents,
            derivations=np.concatenate([known.derivations, *(lists[1] for lists in self._lists)]),
        )

    def _draw(self, slab: Slab, bounds: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        first_class, n = int(bounds[-1, 0]), int(bounds[-1, -1] - bounds[-1, 0])
        n_minimal, n_derivations = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        parts = parts_of(slab.buckets.n, self.threads)
        layout, trees_below = slab.layout, self.known.n_minimal

        def count(part: tuple[int, int]) -> None:
            ending = attribute(
                *part, layout.starts, layout.counts, slab.entries, self.values, bounds, first_class,
                trees_below, n_minimal, n_derivations,
            )  # fmt: skip
            if ending == SHARED_RESIDUE:
                raise CapacityError(_shared_residue(self.values, bounds, part))
            if ending == NOT_IN_BANK:
                raise DatasetError(
                    "the classes of smaller sizes are not all there, or not of this grammar; make them anew"
                )

        run_all(count, parts, self.threads)
        if self.keep_all:
            self._lists.append(self._listed(slab, parts, n_derivations))
        if codes is not None and n:
            self._write_targets(slab, parts, target_ranks(self.values[first_class : first_class + n], n_minimal), codes)
        return n_minimal

    def _listed(
        self, slab: Slab, parts: list[tuple[int, int]], n_derivations: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """All derivations of the slab's classes: how many each has, and the lists uint64[d, 2] of `Realizations`."""
        layout = slab.layout
        derivations = np.empty((int(n_derivations.sum()), 2), dtype=np.uint64)
        places, trees_seen = np.cumsum(n_derivations) - n_derivations, np.zeros_like(n_derivations)

        def keep(part: tuple[int, int]) -> None:
            collect(
                *part, layout.starts, layout.counts, slab.entries, self.known.n_minimal, places, trees_seen, derivations
            )

        run_all(keep, parts, self.threads)
        return n_derivations, derivations

    def _write_targets(self, slab: Slab, parts: list[tuple[int, int]], ranks: np.ndarray, codes: np.ndarray) -> None:
        layout, known = slab.layout, self.known
        roots, root_ranks, trees_seen = (
            np.zeros(len(ranks), dtype=np.uint64),
            np.zeros_like(ranks),
            np.zeros_like(ranks),
        )

        def choose(part: tuple[int, int]) -> None:
            draw(
                *part, layout.starts, layout.counts, slab.entries, known.n_minimal, ranks, trees_seen, roots, root_ranks
            )

        def write(part: tuple[int, int]) -> None:
            unrank(*part, roots, root_ranks, known.leaves, operators, known.extents, known.derivations, codes)

        operators = operator_symbol_codes(known.grammar)
        run_all(choose, parts, self.threads)
        run_all(write, parts_of(len(codes), self.threads), self.threads)


def _shared_residue(values: np.ndarray, bounds: np.ndarray, part: tuple[int, int]) -> str:
    rows = np.concatenate([values[row[part[0]] : row[part[1]]] for row in bounds])
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    twin = rows[1:][rows[1:, 0] == rows[:-1, 0]][0].tolist()
    return (
        f"class {format_fingerprint(*twin)} shares its first residue with another class, so its programs cannot be "
        "drawn; lower --max-size"
    )
