"""The bank and the target programs against all trees, one by one.

The oracle shares nothing with the package: it writes down every tree and knows its class by the residue at one
point modulo the prime 2^127 - 1, in Python's integers.
"""

import hashlib
from functools import cache

import numpy as np
import pytest

from arith_synth.enumeration import realizations
from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.realizations import target_programs
from arith_synth.grammar import Grammar, grammar_named
from arith_synth.semantics.fingerprints import fingerprint_of, format_fingerprint
from arith_synth.semantics.programs import decode_program, encode_programs, row_width

ORACLE_PRIME = 2**127 - 1
WORLDS = [
    (grammar_named("xy3"), 4),
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

Symbols = tuple[str, ...]


def oracle_leaf(symbol: str) -> int:
    if symbol.isdigit():
        return int(symbol)
    return int.from_bytes(hashlib.sha256(symbol.encode()).digest()[:15], "big")


def oracle_value(operator: str, left: int, right: int, inverse: int | None) -> int:
    if operator == "+":
        return (left + right) % ORACLE_PRIME
    if operator == "-":
        return (left - right) % ORACLE_PRIME
    return left * (right if operator == "*" else inverse) % ORACLE_PRIME


def value_of(symbols: Symbols) -> int:
    """The oracle's class of one tree."""
    stack = []
    for symbol in reversed(symbols):
        if symbol in "+-*/":
            left, right = stack.pop(), stack.pop()
            stack.append(oracle_value(symbol, left, right, pow(right, -1, ORACLE_PRIME) if symbol == "/" else None))
        else:
            stack.append(oracle_leaf(symbol))
    return stack[0]


@cache
def all_trees(grammar: Grammar, size: int) -> list[tuple[Symbols, int]]:
    """Every tree of this many leaves that never divides by algebraic zero, with its class."""
    if size == 1:
        return [((leaf,), oracle_leaf(leaf)) for leaf in grammar.leaves]
    trees = []
    for left_size in range(1, size):
        for right, right_value in all_trees(grammar, size - left_size):
            inverse = pow(right_value, -1, ORACLE_PRIME) if right_value else None
            for operator in grammar.operators:
                if operator == "/" and inverse is None:
                    continue
                for left, left_value in all_trees(grammar, left_size):
                    value = oracle_value(operator, left_value, right_value, inverse)
                    trees.append(((operator, *left, *right), value))
    return trees


@cache
def minimal_realizations(grammar: Grammar, max_size: int) -> dict[int, list[Symbols]]:
    """Every class with all of its trees of minimal size."""
    classes: dict[int, list[Symbols]] = {}
    for size in range(1, max_size + 1):
        new: dict[int, list[Symbols]] = {}
        for tree, value in all_trees(grammar, size):
            if value not in classes:
                new.setdefault(value, []).append(tree)
        classes |= new
    return classes


@cache
def bank_of(grammar: Grammar, max_size: int):
    return enumerate_bank(grammar, max_size)


@cache
def targets_of(grammar: Grammar, max_size: int):
    codes = target_programs(bank_of(grammar, max_size))
    return codes, [decode_program(row, grammar) for row in codes]


@worlds
def test_targets_stand_for_all_classes_each_once(grammar, max_size):
    _, programs = targets_of(grammar, max_size)
    values = [value_of(program.symbols) for program in programs]
    assert len(set(values)) == len(values)
    assert set(values) == set(minimal_realizations(grammar, max_size))


@worlds
def test_sizes_are_minimal_sizes_and_targets_have_them(grammar, max_size):
    _, programs = targets_of(grammar, max_size)
    classes = minimal_realizations(grammar, max_size)
    for program, size in zip(programs, bank_of(grammar, max_size).sizes.tolist(), strict=True):
        assert len(program.symbols) == row_width(size) == len(classes[value_of(program.symbols)][0])


@worlds
def test_n_minimal_is_the_number_of_minimal_trees(grammar, max_size):
    _, programs = targets_of(grammar, max_size)
    classes = minimal_realizations(grammar, max_size)
    expected = [len(classes[value_of(program.symbols)]) for program in programs]
    assert bank_of(grammar, max_size).n_minimal.tolist() == expected


@worlds
def test_a_target_has_the_fingerprint_of_its_class(grammar, max_size):
    _, programs = targets_of(grammar, max_size)
    for program, residues in zip(programs, bank_of(grammar, max_size).values.tolist(), strict=True):
        assert fingerprint_of(program, grammar) == format_fingerprint(*residues)


@worlds
def test_ranks_and_minimal_trees_correspond_one_to_one(grammar, max_size, monkeypatch):
    bank = bank_of(grammar, max_size)
    _, programs = targets_of(grammar, max_size)
    unranked: list[list[bytes]] = [[] for _ in programs]
    for rank in range(int(bank.n_minimal.max())):
        some = np.minimum(rank, bank.n_minimal - 1)
        monkeypatch.setattr(realizations, "target_ranks", lambda _, ranks=some: ranks)
        codes = target_programs(bank)
        for index in np.flatnonzero(bank.n_minimal > rank).tolist():
            unranked[index].append(codes[index].tobytes())
    classes = minimal_realizations(grammar, max_size)
    code_of = {symbol: code for code, symbol in enumerate(grammar.symbols, start=1)}
    width = row_width(max_size)
    for program, trees in zip(programs, unranked, strict=True):
        expected = {bytes(code_of[s] for s in tree).ljust(width, b"\0") for tree in classes[value_of(program.symbols)]}
        assert len(trees) == len(set(trees))
        assert set(trees) == expected


def test_the_oracle_writes_down_every_tree():
    # Catalan(size - 1) shapes x leaves^size x operators^(size - 1); sums divide by nothing.
    sums = WORLDS[5][0]
    assert [len(all_trees(sums, size)) for size in range(1, 6)] == [3, 9, 2 * 27, 5 * 81, 14 * 243]


def test_encoding_a_decoded_target_gives_its_row():
    grammar, max_size = WORLDS[0]
    codes, programs = targets_of(grammar, max_size)
    assert np.array_equal(encode_programs(programs, grammar, row_width(max_size)), codes)
