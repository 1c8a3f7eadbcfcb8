"""Grammars whose operators compare, in the same engine: against all trees, one by one.

The oracle writes down every tree and knows its class by its outputs on the identity inputs, as Python's `Fraction`s.
"""

from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest

from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.behaviours import behaviours_of
from arith_synth.enumeration.candidates import OPERATOR_CODES
from arith_synth.enumeration.observed_candidates import ObservedPiece, observed_pieces
from arith_synth.enumeration.realizability import forced_into, reachable_states
from arith_synth.enumeration.realizations import target_programs
from arith_synth.errors import CapacityError
from arith_synth.grammar import Expression, Grammar, compose, grammar_named
from arith_synth.grammar.automata import tabulate
from arith_synth.grammar.operators import OPERATORS
from arith_synth.grammar.patterns import DENOMINATOR, SHAPE, STRAHLER
from arith_synth.semantics.fingerprints import fingerprint_of, format_fingerprint, residues_of
from arith_synth.semantics.observational import identity_points
from arith_synth.semantics.programs import decode_program

XYCOND = grammar_named("xycond")
SMALL = Grammar(name="small", variables=("x",), constants=(2,), operators=("-", "/", "max", "if"))
WITH_ZERO = Grammar(name="with zero", variables=("y", "x"), constants=(0,), operators=("if", "/", "min"))
SUMS = Grammar(name="sums", variables=("x", "y", "z"), constants=(), operators=("*", "+", "max"))
NOTHING_NEW = Grammar(name="nothing new", variables=("x",), constants=(), operators=("min", "max"))
WORLDS = [(XYCOND, 3), (SMALL, 4), (WITH_ZERO, 4), (SUMS, 3), (NOTHING_NEW, 4)]
worlds = pytest.mark.parametrize(("grammar", "max_size"), WORLDS, ids=[grammar.name for grammar, _ in WORLDS])
#: One leaf of slack makes many trees: xycond is followed for a size less.
SLACK_WORLDS = [(XYCOND, 2), *WORLDS[1:]]

#: Not symmetric, and another rule for each operand of each operator: the number of leaves, weighted, modulo 7.
LOPSIDED = tabulate(
    name="lopsided",
    title="lopsided",
    states=("none", "one", "two", "three", "four"),
    accepting={1, 3},
    rule=lambda operator, operands: (
        (len(operator) + sum((3 * place + 1) * (state + 1) for place, state in enumerate(operands)) % 7) % 5
    ),
)
PATTERNS = (STRAHLER, DENOMINATOR, SHAPE, LOPSIDED)

Symbols = tuple[str, ...]
Outputs = tuple[Fraction | None, ...]
MEANINGS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else None,
    "min": lambda a, b: min(a, b),
    "max": lambda a, b: max(a, b),
    "if": lambda a, b, c, d: c if a < b else d,
}


class Oracle:
    """The oracle's classes of a grammar: a number for each list of outputs."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.outputs: list[Outputs] = []
        self._numbers: dict[tuple, int] = {}
        self._by_operands: dict[tuple, int | None] = {}

    def leaf(self, symbol: str) -> int:
        points, variables = identity_points(self.grammar), self.grammar.variables
        return self._number(
            tuple(Fraction(int(symbol) if symbol.isdigit() else point[variables.index(symbol)]) for point in points)
        )

    def combine(self, operator: str, operands: tuple[int, ...]) -> int | None:
        """The class of operator(operands), or None when it is undefined everywhere; each is worked out once."""
        key = (operator, *operands)
        if key not in self._by_operands:
            rows = zip(*(self.outputs[operand] for operand in operands), strict=True)
            meaning = MEANINGS[operator]
            outputs = tuple(None if any(value is None for value in row) else meaning(*row) for row in rows)
            is_defined = any(output is not None for output in outputs)
            self._by_operands[key] = self._number(outputs) if is_defined else None
        return self._by_operands[key]

    def _number(self, outputs: Outputs) -> int:
        # Fractions hash slowly; reduced, they are equal when their parts are.
        key = tuple(None if output is None else (output.numerator, output.denominator) for output in outputs)
        if key not in self._numbers:
            self._numbers[key] = len(self.outputs)
            self.outputs.append(outputs)
        return self._numbers[key]


@cache
def oracle_of(grammar: Grammar) -> Oracle:
    return Oracle(grammar)


def compositions(total: int, n_parts: int):
    return (sizes for sizes in product(range(1, total), repeat=n_parts) if sum(sizes) == total)


@cache
def all_trees(grammar: Grammar, size: int) -> list[tuple[Symbols, int, tuple[int, ...]]]:
    """Every tree of this many leaves that is defined somewhere, with its class and its states under `PATTERNS`."""
    oracle = oracle_of(grammar)
    if size == 1:
        states = tuple(pattern.leaf_state for pattern in PATTERNS)
        return [((leaf,), oracle.leaf(leaf), states) for leaf in grammar.leaves]
    trees = []
    for operator in grammar.operators:
        tables = [pattern.table(operator) for pattern in PATTERNS]
        for sizes in compositions(size, OPERATORS[operator].arity):
            for operands in product(*(all_trees(grammar, part) for part in sizes)):
                number = oracle.combine(operator, tuple(operand[1] for operand in operands))
                if number is None:
                    continue
                symbols = (operator, *(symbol for operand in operands for symbol in operand[0]))
                states = list(tables)
                for operand in operands:
                    states = [table[state] for table, state in zip(states, operand[2], strict=True)]
                trees.append((symbols, number, tuple(states)))
    return trees


@cache
def minimal_realizations(grammar: Grammar, max_size: int) -> dict[int, list[Symbols]]:
    """Every class with all of its trees of minimal size."""
    classes: dict[int, list[Symbols]] = {}
    for size in range(1, max_size + 1):
        new: dict[int, list[Symbols]] = {}
        for tree, number, _ in all_trees(grammar, size):
            if number not in classes:
                new.setdefault(number, []).append(tree)
        classes |= new
    return classes


@cache
def classes_by_fingerprint(grammar: Grammar, max_size: int) -> dict[str, int]:
    classes = minimal_realizations(grammar, max_size)
    named = {fingerprint_of(Expression(trees[-1]), grammar): number for number, trees in classes.items()}
    assert len(named) == len(classes)
    return named


@cache
def bank_of(grammar: Grammar, max_size: int) -> Bank:
    return enumerate_bank(grammar, max_size, threads=1)


def fingerprints_of(bank: Bank) -> list[str]:
    return [format_fingerprint(*residues) for residues in bank.values.tolist()]


def test_the_oracle_writes_down_every_tree():
    # Catalan(size - 1) shapes x leaves^size x operators^(size - 1): sums, products and maxima are defined everywhere.
    assert [len(all_trees(SUMS, size)) for size in range(1, 4)] == [3, 3 * 9, 2 * 9 * 27]


def test_the_oracle_counts_conditionals():
    grammar = Grammar(name="conditionals", variables=("x", "y"), constants=(), operators=("if",))
    # 2^4 trees of four leaves; with seven, one of the four operands is such a tree and three are leaves.
    assert [len(all_trees(grammar, size)) for size in (4, 5, 6, 7)] == [16, 0, 0, 4 * 8 * 16]


@worlds
def test_the_bank_holds_each_class_once_with_its_minimal_size(grammar, max_size):
    bank = bank_of(grammar, max_size)
    classes = minimal_realizations(grammar, max_size)
    n_leaves = {
        fingerprint: sum(symbol not in OPERATORS for symbol in classes[number][0])
        for fingerprint, number in classes_by_fingerprint(grammar, max_size).items()
    }
    assert dict(zip(fingerprints_of(bank), bank.sizes.tolist(), strict=True)) == n_leaves
    assert bank.n_classes == len(classes)


@worlds
def test_classes_of_a_size_ascend_by_fingerprint(grammar, max_size):
    bank = bank_of(grammar, max_size)
    order = list(zip(bank.sizes.tolist(), fingerprints_of(bank), strict=True))
    assert order == sorted(order)


@worlds
def test_n_minimal_is_the_number_of_minimal_trees(grammar, max_size):
    bank = bank_of(grammar, max_size)
    classes, named = minimal_realizations(grammar, max_size), classes_by_fingerprint(grammar, max_size)
    expected = [len(classes[named[fingerprint]]) for fingerprint in fingerprints_of(bank)]
    assert target_programs(bank, threads=1).n_minimal.tolist() == expected


@worlds
def test_a_target_is_a_minimal_tree_of_its_class(grammar, max_size):
    bank = bank_of(grammar, max_size)
    classes, named = minimal_realizations(grammar, max_size), classes_by_fingerprint(grammar, max_size)
    for row, fingerprint in zip(target_programs(bank, threads=1).codes, fingerprints_of(bank), strict=True):
        assert decode_program(row, grammar).symbols in classes[named[fingerprint]]


@pytest.mark.parametrize(("grammar", "max_size"), SLACK_WORLDS, ids=[grammar.name for grammar, _ in SLACK_WORLDS])
def test_reachable_states_are_the_states_of_all_trees_with_one_leaf_of_slack(grammar, max_size):
    bank = bank_of(grammar, max_size)
    named = classes_by_fingerprint(grammar, max_size)
    places = {named[fingerprint]: place for place, fingerprint in enumerate(fingerprints_of(bank))}
    expected = np.zeros((len(PATTERNS), max_size + 2, bank.n_classes), dtype=np.uint8)
    for leaves in range(1, max_size + 2):
        for _, number, states in all_trees(grammar, leaves):
            if number in places:
                for row, state in enumerate(states):
                    expected[row, leaves, places[number]] |= np.uint8(1 << state)
    expected = np.bitwise_or.accumulate(expected, axis=1)
    assert np.array_equal(reachable_states(bank, PATTERNS, max_size + 1, threads=1), expected)


@worlds
def test_candidates_are_the_tuples_of_classes_that_are_defined_somewhere(grammar, max_size):
    by_size: dict[int, list[int]] = {}
    for number, trees in minimal_realizations(grammar, max_size).items():
        by_size.setdefault(sum(symbol not in OPERATORS for symbol in trees[0]), []).append(number)
    for size in range(2, max_size + 1):
        candidates = set()
        for operator in grammar.operators:
            for sizes in compositions(size, OPERATORS[operator].arity):
                for operands in product(*(by_size.get(part, []) for part in sizes)):
                    if oracle_of(grammar).combine(operator, operands) is not None:
                        candidates.add((operator, *(sorted(operands) if OPERATORS[operator].commutative else operands)))
        assert bank_of(grammar, max_size).candidates_by_size[size] == len(candidates)


def test_targets_depend_neither_on_threads_nor_on_the_memory_they_are_drawn_in():
    bank = bank_of(XYCOND, 3)
    one = target_programs(bank, threads=1)
    for other in (target_programs(bank, threads=2), target_programs(bank, threads=2, entries_of_slab=200)):
        assert np.array_equal(one.codes, other.codes)
        assert np.array_equal(one.n_minimal, other.n_minimal)


def test_classes_and_states_do_not_depend_on_threads():
    one, two = bank_of(XYCOND, 3), enumerate_bank(XYCOND, 3, threads=2)
    assert np.array_equal(one.values, two.values)
    assert np.array_equal(one.candidates_by_size, two.candidates_by_size)
    reach = [reachable_states(one, PATTERNS, 4, threads=threads) for threads in (1, 2)]
    assert np.array_equal(*reach)


def test_targets_depend_neither_on_the_order_of_constants_nor_of_operators():
    other = Grammar(name="other", variables=("x", "y"), constants=(3, 1, 2), operators=XYCOND.operators[::-1])
    banks = bank_of(XYCOND, 3), enumerate_bank(other, 3, threads=1)
    assert np.array_equal(banks[0].values, banks[1].values)
    one, two = (
        [decode_program(row, bank.grammar).symbols for row in target_programs(bank, threads=1).codes] for bank in banks
    )
    assert one == two


def test_pieces_hold_every_tuple_once_wherever_they_are_cut():
    first_of_size = [0, 0, 3, 10, 24]

    def tuples(most_tuples: int) -> list[tuple[int, ...]]:
        found = []
        for piece in observed_pieces(XYCOND, first_of_size, 4, most_tuples):
            assert 0 < piece.n_pairs <= most_tuples
            for number in range(piece.begin, piece.end):
                places = np.unravel_index(number, piece.lengths)
                found.append((piece.operator, *(piece.starts + places).tolist()))
        return found

    whole = tuples(1_000)
    # Sizes 1 + 3 and 2 + 2 in the one order that a commutative operator needs, in both for others.
    assert len(whole) == len(set(whole)) == 4 * (3 * 14 + 7 * 7) + 2 * (2 * 3 * 14 + 7 * 7) + 3**4
    assert tuples(5) == whole


def test_representative_programs_have_the_fingerprints_of_their_classes():
    bank = bank_of(XYCOND, 3)
    behaviours = behaviours_of(XYCOND, bank.values, bank.first_of_size.tolist())
    for program, fingerprint in zip(behaviours.programs[::7], fingerprints_of(bank)[::7], strict=True):
        symbols = decode_program(np.frombuffer(program, dtype=np.uint8), XYCOND)
        assert fingerprint_of(symbols, XYCOND) == fingerprint


def test_candidates_have_the_fingerprints_of_their_programs_wherever_an_operand_is_undefined():
    # Operands as large as one likes: in a corpus, those of a conditional are too small to be undefined anywhere.
    grammar = Grammar(name="partial", variables=("x",), constants=(1, 2), operators=XYCOND.operators)
    bank = bank_of(grammar, 3)
    behaviours = behaviours_of(grammar, bank.values, bank.first_of_size.tolist())
    programs = [decode_program(np.frombuffer(program, dtype=np.uint8), grammar) for program in behaviours.programs]
    partial = np.flatnonzero((behaviours.denominators == 0).any(axis=1))
    assert len(partial) > 10
    rng = np.random.default_rng(20261121)
    for symbol in grammar.operators:
        arity = OPERATORS[symbol].arity
        for place in list(range(arity)) * 20:
            operands = rng.integers(bank.n_classes, size=arity)
            operands[place] = rng.choice(partial)
            piece = ObservedPiece(
                operator=OPERATOR_CODES[symbol],
                starts=operands,
                lengths=np.ones(arity, dtype=np.int64),
                begin=0,
                end=1,
                unordered=False,
            )
            _, first, second = behaviours.candidates(piece)
            expected = residues_of(compose(symbol, *(programs[operand] for operand in operands)), grammar)
            assert list(zip(first.tolist(), second.tolist(), strict=True)) == ([] if expected is None else [expected])


def test_behaviours_are_not_built_twice():
    bank = bank_of(SMALL, 4)
    first_of_size = bank.first_of_size.tolist()
    assert behaviours_of(SMALL, bank.values, first_of_size) is behaviours_of(SMALL, bank.values.copy(), first_of_size)


def test_fingerprints_of_another_grammar_have_no_behaviours():
    bank = bank_of(SMALL, 4)
    values = bank.values.copy()
    values[-1, 1] += np.uint64(1)
    with pytest.raises(AssertionError, match="no candidate belongs to"):
        behaviours_of(SMALL, values, bank.first_of_size.tolist())


def test_outputs_beyond_61_bits_are_refused():
    grammar = Grammar(name="large", variables=("x", "y"), constants=(1_000_000,), operators=("max", "*"))
    assert enumerate_bank(grammar, 2, threads=1).classes_by_size[0] == 3
    with pytest.raises(CapacityError, match="programs of 3 leaves of grammar large.*beyond 61 bits; lower --max-size"):
        enumerate_bank(grammar, 3, threads=1)


def test_xycond_has_the_known_counts_up_to_size_4():
    bank = bank_of(XYCOND, 4)
    assert bank.classes_by_size == [5, 65, 1_376, 36_140]
    assert bank.candidates_by_size.tolist() == [0, 0, 110, 2_595, 72_630]
    forced = forced_into(bank, (STRAHLER, DENOMINATOR), 5, threads=1)
    by_size = {name: np.bincount(bank.sizes[of_pattern], minlength=5).tolist() for name, of_pattern in forced.items()}
    assert by_size == {"strahler": [0, 0, 0, 0, 1_782], "denominator": [0, 0, 0, 110, 7_620]}


def test_targets_of_xycond_of_size_4_are_in_their_classes():
    bank = bank_of(XYCOND, 4)
    targets = target_programs(bank, threads=1)
    some = np.random.default_rng(20261121).choice(bank.n_classes, 400, replace=False)
    for row, residues in zip(targets.codes[some], bank.values[some].tolist(), strict=True):
        assert fingerprint_of(decode_program(row, XYCOND), XYCOND) == format_fingerprint(*residues)
