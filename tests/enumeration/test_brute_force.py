"""The bank and the target programs against all trees, one by one, in the arithmetic of another prime."""

from collections import Counter
from functools import cache

import numpy as np
import pytest
from all_trees import MODULO, Symbols, all_trees, minimal_realizations, n_leaves

from arith_synth.enumeration import drawing
from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.drawing import Realizations
from arith_synth.enumeration.minimal_trees import scale
from arith_synth.enumeration.realizations import all_realizations, target_programs
from arith_synth.enumeration.unranking import minimal_realization, operator_symbol_codes, unrank
from arith_synth.grammar import Grammar, grammar_named
from arith_synth.seeding import hash_fingerprints
from arith_synth.semantics.fingerprints import fingerprint_of, format_fingerprint
from arith_synth.semantics.programs import decode_program, encode_programs, row_width

XY3 = grammar_named("xy3")
WORLDS = [
    (XY3, 4),
    (grammar_named("xyz3"), 4),
    (Grammar(name="differences and quotients", variables=("a", "b"), constants=(2, 7), operators=("/", "-")), 4),
    (Grammar(name="with zero", variables=("x",), constants=(0, 1)), 4),
    (Grammar(name="one leaf", variables=("x",), constants=(), operators=("-", "/")), 5),
    (Grammar(name="sums", variables=("x", "y"), constants=(5,), operators=("+",)), 5),
    (Grammar(name="numbers", variables=(), constants=(4, 2, 1, 3), operators=("*", "/", "-", "+")), 4),
    (Grammar(name="nothing new", variables=(), constants=(1,), operators=("*", "/")), 4),
    (Grammar(name="only undefined", variables=(), constants=(0,), operators=("/",)), 4),
]
worlds = pytest.mark.parametrize(("grammar", "max_size"), WORLDS, ids=[grammar.name for grammar, _ in WORLDS])


@cache
def bank_of(grammar: Grammar, max_size: int) -> Bank:
    return enumerate_bank(grammar, max_size)


@cache
def targets_of(grammar: Grammar, max_size: int):
    targets = target_programs(bank_of(grammar, max_size))
    return targets, [decode_program(row, grammar) for row in targets.codes]


@cache
def trees_of_classes(grammar: Grammar, max_size: int) -> list[list[Symbols]]:
    """The minimal trees of each class of the bank, in the oracle's order."""
    classes = minimal_realizations(MODULO, grammar, max_size)
    return [classes[MODULO.value_of(program.symbols)] for program in targets_of(grammar, max_size)[1]]


@worlds
def test_targets_stand_for_all_classes_each_once(grammar, max_size):
    values = [MODULO.value_of(program.symbols) for program in targets_of(grammar, max_size)[1]]
    assert len(set(values)) == len(values)
    assert set(values) == set(minimal_realizations(MODULO, grammar, max_size))


@worlds
def test_sizes_are_minimal_sizes_and_targets_have_them(grammar, max_size):
    sizes = bank_of(grammar, max_size).sizes.tolist()
    assert sizes == [n_leaves(trees[0]) for trees in trees_of_classes(grammar, max_size)]
    assert sizes == [n_leaves(program.symbols) for program in targets_of(grammar, max_size)[1]]


@worlds
def test_n_minimal_is_the_number_of_minimal_trees(grammar, max_size):
    n_minimal = targets_of(grammar, max_size)[0].n_minimal.tolist()
    assert n_minimal == [len(trees) for trees in trees_of_classes(grammar, max_size)]


@worlds
def test_a_target_has_the_fingerprint_of_its_class(grammar, max_size):
    _, programs = targets_of(grammar, max_size)
    for program, residues in zip(programs, bank_of(grammar, max_size).values.tolist(), strict=True):
        assert fingerprint_of(program, grammar) == format_fingerprint(*residues)


@cache
def realizations_in(grammar: Grammar, max_size: int) -> Realizations:
    return all_realizations(bank_of(grammar, max_size))


def unranked(bank: Bank, classes: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """The realizations of these ranks, of classes that are no leaves: codes uint8[n, width]."""
    known = realizations_in(bank.grammar, bank.max_size)
    roots, root_ranks = np.empty(len(ranks), dtype=np.uint64), np.empty(len(ranks), dtype=np.int64)
    for index, (number, rank) in enumerate(zip(classes.tolist(), ranks.tolist(), strict=True)):
        start, stop = known.extents[number : number + 2, 0]
        words, trees_before = known.derivations[start:stop].T
        place = np.searchsorted(trees_before, np.uint64(rank), side="right") - 1
        roots[index], root_ranks[index] = words[place], rank - int(trees_before[place])
    codes = np.zeros((len(ranks), row_width(bank.max_size)), dtype=np.uint8)
    operators = operator_symbol_codes(bank.grammar)
    unrank(0, len(ranks), roots, root_ranks, known.leaves, operators, known.extents, known.derivations, codes)
    return codes


@worlds
def test_lists_of_realizations_know_how_many_trees_they_hold(grammar, max_size):
    known = realizations_in(grammar, max_size)
    n_minimal = targets_of(grammar, max_size)[0].n_minimal
    assert np.array_equal(known.n_minimal, n_minimal)
    assert np.array_equal(known.extents[:-1, 1], n_minimal)
    assert known.extents[-1].tolist() == [len(known.derivations), 0]


@worlds
def test_ranks_and_minimal_trees_correspond_one_to_one(grammar, max_size):
    bank, (targets, _) = bank_of(grammar, max_size), targets_of(grammar, max_size)
    n_leaf_classes = int(bank.first_of_size[2])
    classes = np.repeat(np.arange(bank.n_classes), targets.n_minimal)[n_leaf_classes:]
    firsts = np.cumsum(targets.n_minimal) - targets.n_minimal
    ranks = np.arange(n_leaf_classes, targets.n_minimal.sum()) - firsts[classes]
    codes = unranked(bank, classes, ranks)
    code_of = {symbol: code for code, symbol in enumerate(grammar.symbols, start=1)}
    for number, trees in enumerate(trees_of_classes(grammar, max_size)[n_leaf_classes:], start=n_leaf_classes):
        rows = codes[firsts[number] - n_leaf_classes :][: len(trees)]
        expected = {bytes(code_of[s] for s in tree).ljust(codes.shape[1], b"\0") for tree in trees}
        assert {row.tobytes() for row in rows} == expected
        assert len(rows) == len(expected)


@worlds
def test_one_realization_alone_is_the_one_that_is_written_among_many(grammar, max_size):
    bank, known = bank_of(grammar, max_size), realizations_in(grammar, max_size)
    for index in range(int(bank.first_of_size[2])):
        assert str(minimal_realization(known, index, 0)) == str(targets_of(grammar, max_size)[1][index])
    some = np.arange(int(bank.first_of_size[2]), bank.n_classes)[:: 1 + bank.n_classes // 500]
    for ranks in (np.zeros_like(some), known.n_minimal[some] // 2, known.n_minimal[some] - 1):
        for index, rank, row in zip(some.tolist(), ranks.tolist(), unranked(bank, some, ranks), strict=True):
            assert minimal_realization(known, index, rank) == decode_program(row, grammar)


def standardized(observed: np.ndarray, expected: np.ndarray, degrees: int) -> float:
    """Pearson's statistic in standard deviations from its mean."""
    return float((((observed - expected) ** 2 / expected).sum() - degrees) / (2 * degrees) ** 0.5)


@pytest.mark.parametrize("rank_of", [lambda tree: tree, lambda tree: tree[::-1]], ids=["prefix", "postfix"])
def test_targets_are_uniform_among_all_minimal_trees_of_up_to_four_leaves(rank_of):
    """Classes with k trees each draw one of k places in an order of the trees that the draw knows nothing of."""
    drawn: dict[int, list[int]] = {}
    for program, trees in zip(targets_of(XY3, 4)[1], trees_of_classes(XY3, 4), strict=True):
        drawn.setdefault(len(trees), []).append(sorted(trees, key=rank_of).index(program.symbols))
    tested = 0
    for n_trees, places in drawn.items():
        if n_trees > 1 and len(places) >= 10 * n_trees:
            expected = np.full(n_trees, len(places) / n_trees)
            assert abs(standardized(np.bincount(places, minlength=n_trees), expected, n_trees - 1)) < 4
            tested += len(places)
    assert tested > 7_000


def test_over_many_keys_every_minimal_tree_is_drawn_as_often(monkeypatch):
    # One statistic for each class over all keys: a class that prefers some of its trees cannot hide among others.
    n_keys = 120
    bank = bank_of(XY3, 4)
    drawn: list[Counter[bytes]] = [Counter() for _ in range(bank.n_classes)]
    for key in range(n_keys):
        monkeypatch.setattr(
            drawing,
            "target_ranks",
            lambda values, n_minimal, key=key: scale(hash_fingerprints(values, "another key", key), n_minimal),
        )
        for times, row in zip(drawn, target_programs(bank).codes.view("V7").ravel().tolist(), strict=True):
            times[row] += 1
    code_of = {symbol: code for code, symbol in enumerate(XY3.symbols, start=1)}
    statistics, degrees = [], []
    for times, trees in zip(drawn, trees_of_classes(XY3, 4), strict=True):
        rows = [bytes(code_of[symbol] for symbol in tree).ljust(7, b"\0") for tree in trees]
        counts = np.array([times.pop(row, 0) for row in rows])
        assert not times
        if 1 < len(trees) <= n_keys // 10:
            expected = n_keys / len(trees)
            statistics.append(((counts - expected) ** 2 / expected).sum())
            degrees.append(len(trees) - 1)
    assert len(degrees) > 7_000
    spreads = (2 * np.array(degrees)) ** 0.5
    assert ((np.array(statistics) - degrees) / spreads).max() < 12
    assert abs(sum(statistics) - sum(degrees)) < 4 * (2 * sum(degrees)) ** 0.5


def test_the_oracle_writes_down_every_tree():
    # Catalan(size - 1) shapes x leaves^size x operators^(size - 1); sums divide by nothing.
    sums = WORLDS[5][0]
    assert [len(all_trees(MODULO, sums, size)) for size in range(1, 6)] == [3, 9, 2 * 27, 5 * 81, 14 * 243]


def test_encoding_a_decoded_target_gives_its_row():
    grammar, max_size = WORLDS[0]
    targets, programs = targets_of(grammar, max_size)
    assert np.array_equal(encode_programs(programs, grammar, row_width(max_size)), targets.codes)
