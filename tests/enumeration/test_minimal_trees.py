"""Derivations inside a bucket: whose they are, and what happens when residues do not tell."""

import numpy as np
import pytest

from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.candidates import OPERATOR_CODES
from arith_synth.enumeration.derivations import check_tree_numbers
from arith_synth.enumeration.drawing import target_ranks
from arith_synth.enumeration.minimal_trees import (
    ATTRIBUTED,
    NOT_IN_BANK,
    NOT_MINIMAL,
    SHARED_RESIDUE,
    attribute,
    collect,
    draw,
    scale,
)
from arith_synth.enumeration.realizations import target_programs
from arith_synth.errors import CapacityError, DatasetError
from arith_synth.grammar import NAMED_GRAMMARS, Grammar, grammar_named
from arith_synth.semantics.fingerprints import PRIME, format_fingerprint

XY3 = grammar_named("xy3")
PLUS, TIMES = OPERATOR_CODES["+"], OPERATOR_CODES["*"]


def derivation(operator: int, left: int, right: int) -> int:
    return operator << 60 | left << 30 | right


#: Leaves are classes 0, 1, 2; of size 2 are classes 3, 4, 5. All stand in one bucket.
VALUES = np.array([[10, 1], [20, 2], [30, 3], [11, 4], [12, 5], [40, 6]], dtype=np.uint64)
BOUNDS = np.array([[0, 3], [3, 6]], dtype=np.int64)
#: Trees of the leaves, as if they had several, so that products show.
N_BELOW = np.array([1, 3, 5], dtype=np.int64)
ENTRIES = [
    (11, derivation(PLUS, 0, 1)),
    (40, derivation(PLUS, 1, 2)),
    (20, derivation(TIMES, 0, 0)),  # a leaf's value: not minimal
    (11, derivation(PLUS, 1, 0)),
    (40, derivation(TIMES, 2, 2)),
    (12, derivation(TIMES, 0, 0)),
    (11, derivation(TIMES, 2, 2)),
]


def one_bucket(values=VALUES):
    """One share, one bucket: starts, counts, entries, values, bounds, first class."""
    entries = np.array(ENTRIES, dtype=np.uint64).ravel()
    starts, counts = np.zeros((1, 1), dtype=np.int64), np.full((1, 1), len(ENTRIES), dtype=np.int64)
    return starts, counts, entries, values, BOUNDS, 3


def test_derivations_are_attributed_to_their_classes_and_trees_counted():
    starts, counts, entries, values, bounds, first_class = one_bucket()
    n_minimal, n_derivations = np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64)
    ending = attribute(0, 1, starts, counts, entries, values, bounds, first_class, N_BELOW, n_minimal, n_derivations)
    assert ending == ATTRIBUTED
    assert n_minimal.tolist() == [3 + 3 + 25, 1, 15 + 25]
    assert n_derivations.tolist() == [3, 1, 2]
    assert entries[0::2].tolist() == [0, 2, int(NOT_MINIMAL), 0, 2, 1, 0]
    assert entries[1::2].tolist() == [word for _, word in ENTRIES]


@pytest.mark.parametrize("rank", range(31))
def test_the_drawn_rank_lies_in_the_derivation_that_holds_it(rank):
    starts, counts, entries, values, bounds, first_class = one_bucket()
    n_minimal, n_derivations = np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64)
    attribute(0, 1, starts, counts, entries, values, bounds, first_class, N_BELOW, n_minimal, n_derivations)
    ranks = np.array([rank, 0, rank + 9], dtype=np.int64)
    drawn, drawn_rank = np.zeros(3, dtype=np.uint64), np.zeros(3, dtype=np.int64)
    draw(0, 1, starts, counts, entries, N_BELOW, ranks, np.zeros(3, dtype=np.int64), drawn, drawn_rank)
    lists = [[3, 3, 25], [1], [15, 25]]
    words = [[ENTRIES[i][1] for i in (0, 3, 6)], [ENTRIES[5][1]], [ENTRIES[i][1] for i in (1, 4)]]
    for number in range(3):
        rest, place = int(ranks[number]), 0
        while rest >= lists[number][place]:
            rest, place = rest - lists[number][place], place + 1
        assert (int(drawn[number]), int(drawn_rank[number])) == (words[number][place], rest)


def test_collected_lists_hold_every_derivation_with_the_trees_before_it():
    starts, counts, entries, values, bounds, first_class = one_bucket()
    n_minimal, n_derivations = np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64)
    attribute(0, 1, starts, counts, entries, values, bounds, first_class, N_BELOW, n_minimal, n_derivations)
    ends = np.cumsum(n_derivations)
    places, seen = ends - n_derivations, np.zeros(3, dtype=np.int64)
    derivations = np.zeros((6, 2), dtype=np.uint64)
    collect(0, 1, starts, counts, entries, N_BELOW, places, seen, derivations)
    assert derivations[:, 0].tolist() == [ENTRIES[i][1] for i in (0, 3, 6, 5, 1, 4)]
    assert derivations[:, 1].tolist() == [0, 3, 6, 0, 0, 15]
    assert places.tolist() == ends.tolist()
    assert seen.tolist() == n_minimal.tolist()


@pytest.mark.parametrize("twin", [0, 2, 3, 5], ids=["a leaf", "the last leaf", "of the same size", "its neighbour"])
def test_a_shared_first_residue_is_reported_and_not_miscounted(twin):
    values = np.concatenate([VALUES, [[VALUES[twin, 0], 77]]]).astype(np.uint64)
    starts, counts, entries, values, _, first_class = one_bucket(values)
    bounds = np.array([[0, 3], [3, 7]], dtype=np.int64)
    n_minimal, n_derivations = np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64)
    ending = attribute(0, 1, starts, counts, entries, values, bounds, first_class, N_BELOW, n_minimal, n_derivations)
    assert ending == SHARED_RESIDUE


def test_a_derivation_of_no_class_is_reported():
    values = VALUES[:-1].copy()  # the class of first residue 40 is gone
    starts, counts, entries, values, _, first_class = one_bucket(values)
    bounds = np.array([[0, 3], [3, 5]], dtype=np.int64)
    n_minimal, n_derivations = np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64)
    ending = attribute(0, 1, starts, counts, entries, values, bounds, first_class, N_BELOW, n_minimal, n_derivations)
    assert ending == NOT_IN_BANK


def test_targets_of_a_bank_that_lacks_a_class_are_refused():
    bank = enumerate_bank(XY3, 3)
    lacking = Bank(
        grammar=XY3,
        max_size=3,
        values=np.delete(bank.values, bank.n_classes - 5, axis=0),
        first_of_size=bank.first_of_size - np.array([0, 0, 0, 0, 1]),
        candidates_by_size=bank.candidates_by_size,
        seconds_by_size=bank.seconds_by_size,
    )
    with pytest.raises(DatasetError, match="not all there, or not of this grammar"):
        target_programs(lacking)


@pytest.mark.parametrize("threads", [1, 2])
def test_targets_of_a_bank_with_a_shared_first_residue_are_refused_by_its_fingerprint(threads):
    bank = enumerate_bank(XY3, 3)
    number = bank.n_classes - 5
    twin = [int(bank.values[number, 0]), PRIME - 1]
    twins = Bank(
        grammar=XY3,
        max_size=3,
        values=np.insert(bank.values, number + 1, np.array(twin, dtype=np.uint64), axis=0),
        first_of_size=bank.first_of_size + np.array([0, 0, 0, 0, 1]),
        candidates_by_size=bank.candidates_by_size,
        seconds_by_size=bank.seconds_by_size,
    )
    fingerprint = format_fingerprint(*twin)
    with pytest.raises(CapacityError, match=f"class {fingerprint} shares its first residue .* lower --max-size"):
        target_programs(twins, threads=threads)


@pytest.mark.parametrize("total", [1, 2, 3, 1_000, 2**40 + 1, 2**63 - 1])
def test_a_hash_is_scaled_to_its_rank_exactly(total):
    hashes = [0, 1, 2**32, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1]
    ranks = scale(np.array(hashes, dtype=np.uint64), np.full(len(hashes), total, dtype=np.int64))
    assert ranks.tolist() == [number * total >> 64 for number in hashes]


def test_ranks_lie_in_their_range():
    bank = enumerate_bank(XY3, 5)
    n_minimal = target_programs(bank).n_minimal
    ranks = target_ranks(bank.values, n_minimal)
    assert np.all((ranks >= 0) & (ranks < n_minimal))


def test_more_trees_than_63_bits_count_are_refused_instead_of_miscounted():
    sums = Grammar(name="sums", variables=(), constants=tuple(range(1000, 1251)), operators=("+",))
    check_tree_numbers(sums, 7)
    with pytest.raises(CapacityError, match="more than 63 bits count, so target programs cannot be drawn"):
        check_tree_numbers(sums, 8)


def test_target_programs_check_the_number_of_trees(monkeypatch):
    monkeypatch.setattr("arith_synth.enumeration.derivations._TREE_BITS", 4)
    with pytest.raises(CapacityError, match="lower --max-size"):
        target_programs(enumerate_bank(XY3, 2))


def test_named_grammars_have_countable_trees_at_every_supported_size():
    for grammar in NAMED_GRAMMARS.values():
        check_tree_numbers(grammar, 9)
