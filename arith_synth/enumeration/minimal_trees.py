"""Minimal realizations inside a bucket: whose derivation is it, how many trees a class has, which one was drawn.

Every operand of a minimal realization is itself minimal for its class, so a derivation (operator, classes of its
operands) stands for the product of its operands' numbers of trees. A bucket's derivations stand in canonical order: by
pair of classes, form, and order of the operands.
"""

import numba
import numpy as np

from arith_synth.enumeration.deduplication import home_slot, n_classes_in, slot_bits
from arith_synth.enumeration.derivations import n_trees_of
from arith_synth.enumeration.partition import ENTRY_WORDS
from arith_synth.semantics.field import multiply_high

#: In place of a class: the derivation is not minimal, for its class has smaller programs.
NOT_MINIMAL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_ONE = np.uint64(1)
#: How `attribute` ends: all went well; two classes of a bucket share their first residue, which then does not tell them
#: apart; a derivation is of no class, so that the classes are not those of this grammar.
ATTRIBUTED, SHARED_RESIDUE, NOT_IN_BANK = range(3)


@numba.njit(cache=True, nogil=True)
def attribute(
    first_bucket, stop_bucket, starts, counts, entries, values, bounds, first_class, n_below, n_minimal, n_derivations
):  # fmt: skip
    """Replace each derivation's residue by its class, counted from `first_class`, and count the classes' trees.

    Shapes: starts, counts int64[shares, buckets]; entries uint64[2 n] (first residue, derivation); values uint64[n, 2];
    bounds int64[sizes, buckets + 1], the last size being the one that derivations are minimal for; n_below int64[known]
    trees of smaller classes; n_minimal, n_derivations int64[classes of the size] are added to. Returns ATTRIBUTED,
    SHARED_RESIDUE or NOT_IN_BANK.
    """
    n_shares, n_sizes = counts.shape[0], bounds.shape[0]
    most = 0
    for bucket in range(first_bucket, stop_bucket):
        most = max(most, n_classes_in(bounds, bucket))
    slots = np.empty(np.int64(1) << np.int64(slot_bits(most)), dtype=np.uint32)
    firsts = np.empty(most + 1, dtype=np.uint64)
    classes = np.empty(most + 1, dtype=np.int64)
    for bucket in range(first_bucket, stop_bucket):
        bits = slot_bits(n_classes_in(bounds, bucket))
        mask = (_ONE << bits) - _ONE
        slots[: np.int64(mask) + 1] = 0
        n_found = 0
        for size in range(n_sizes):
            for index in range(bounds[size, bucket], bounds[size, bucket + 1]):
                residue = values[index, 0]
                slot = home_slot(residue, bits)
                while slots[slot] != 0:
                    if firsts[np.uint64(slots[slot]) - _ONE] == residue:
                        return SHARED_RESIDUE
                    slot = (slot + _ONE) & mask
                firsts[n_found] = residue
                classes[n_found] = index
                n_found += 1
                slots[slot] = n_found
        for share in range(n_shares):
            start = starts[share, bucket]
            for entry in range(start, start + counts[share, bucket]):
                residue = entries[ENTRY_WORDS * entry]
                slot = home_slot(residue, bits)
                while slots[slot] != 0 and firsts[np.uint64(slots[slot]) - _ONE] != residue:
                    slot = (slot + _ONE) & mask
                if slots[slot] == 0:
                    return NOT_IN_BANK
                index = classes[np.uint64(slots[slot]) - _ONE] - first_class
                if index < 0:
                    entries[ENTRY_WORDS * entry] = NOT_MINIMAL
                    continue
                entries[ENTRY_WORDS * entry] = np.uint64(index)
                n_minimal[index] += n_trees_of(entries[ENTRY_WORDS * entry + 1], n_below)
                n_derivations[index] += 1
    return ATTRIBUTED


@numba.njit(cache=True, nogil=True)
def draw(first_bucket, stop_bucket, starts, counts, entries, n_below, ranks, trees_seen, drawn, drawn_rank):
    """The derivation that holds each class's drawn rank, and the rank inside it.

    Shapes: ranks, trees_seen (zeros), drawn_rank int64[classes of the size], drawn uint64 alike; the rest as in
    `attribute`.
    """
    for bucket in range(first_bucket, stop_bucket):
        for share in range(counts.shape[0]):
            start = starts[share, bucket]
            for entry in range(start, start + counts[share, bucket]):
                found = entries[ENTRY_WORDS * entry]
                if found == NOT_MINIMAL:
                    continue
                index = np.int64(found)
                derivation = entries[ENTRY_WORDS * entry + 1]
                before = trees_seen[index]
                trees_seen[index] = before + n_trees_of(derivation, n_below)
                if before <= ranks[index] < trees_seen[index]:
                    drawn[index] = derivation
                    drawn_rank[index] = ranks[index] - before


@numba.njit(cache=True, nogil=True)
def collect(first_bucket, stop_bucket, starts, counts, entries, n_below, places, trees_seen, derivations):
    """List all derivations of each class, and the trees before each: entries places[class], places[class] + 1, ...

    Shapes: places int64[classes of the size], left where the lists end; trees_seen alike, zeros; derivations uint64[d,
    2]; the rest as in `attribute`.
    """
    for bucket in range(first_bucket, stop_bucket):
        for share in range(counts.shape[0]):
            start = starts[share, bucket]
            for entry in range(start, start + counts[share, bucket]):
                found = entries[ENTRY_WORDS * entry]
                if found == NOT_MINIMAL:
                    continue
                index = np.int64(found)
                derivation = entries[ENTRY_WORDS * entry + 1]
                place = places[index]
                derivations[place, 0] = derivation
                derivations[place, 1] = np.uint64(trees_seen[index])
                places[index] = place + 1
                trees_seen[index] += n_trees_of(derivation, n_below)


@numba.njit(cache=True, nogil=True)
def scale(hashes, totals):
    """floor(hash * total / 2^64): the rank, uniform below each total, that a hash uint64[n] draws: int64[n]."""
    ranks = np.empty(len(hashes), dtype=np.int64)
    for index in range(len(hashes)):
        ranks[index] = np.int64(multiply_high(hashes[index], np.uint64(totals[index])))  # pyright: ignore[reportCallIssue]
    return ranks
