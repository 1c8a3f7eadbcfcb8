"""Laws of the enumeration over any small grammar, with brute force as the oracle."""

from functools import cache

import numpy as np
from all_trees import MODULO, Symbols, all_trees, minimal_realizations, n_leaves
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.lookup import NO_CLASS, find_classes, index_of
from arith_synth.enumeration.realizability import reachable_states
from arith_synth.enumeration.realizations import Targets, target_programs
from arith_synth.grammar import Expression, Grammar
from arith_synth.grammar.operators import OPERATORS
from arith_synth.grammar.patterns import DENOMINATOR, STRAHLER
from arith_synth.semantics.fingerprints import PRIME, residues_of
from arith_synth.semantics.heights import heights
from arith_synth.semantics.programs import decode_program

#: All trees of a world are written down: so many at most.
MOST_TREES = 30_000


@st.composite
def worlds(draw) -> tuple[Grammar, int]:
    """A grammar of few leaves and any operators, listed in any order, and a size up to which it is small."""
    variables = draw(st.lists(st.sampled_from(["x", "y", "z", "a"]), max_size=2, unique=True))
    constants = draw(
        st.lists(st.integers(0, 4) | st.sampled_from([7, 1_000_000]), min_size=not variables, max_size=3, unique=True)
    )
    operators = draw(st.lists(st.sampled_from("+-*/"), min_size=1, max_size=4, unique=True))
    grammar = Grammar(name="drawn", variables=tuple(variables), constants=tuple(constants), operators=tuple(operators))
    sizes = [size for size in range(1, 6) if n_trees(grammar, size) <= MOST_TREES and is_told_apart(grammar, size)]
    return grammar, draw(st.sampled_from(sizes))


def is_told_apart(grammar: Grammar, size: int) -> bool:
    """Whether the integers of the grammar's programs stay small enough for residues: others are refused."""
    numerator, denominator = heights(grammar, size)
    return 2 * numerator * denominator < PRIME


def n_trees(grammar: Grammar, size: int) -> int:
    """Trees of a size, those that divide by zero included: Catalan(size - 1) shapes, leaves and operators anywhere."""
    catalan = [1, 1, 2, 5, 14][size - 1]
    return catalan * len(grammar.leaves) ** size * len(grammar.operators) ** (size - 1)


@cache
def enumerated(grammar: Grammar, max_size: int) -> tuple[Bank, Targets, list[Symbols]]:
    bank = enumerate_bank(grammar, max_size)
    targets = target_programs(bank)
    return bank, targets, [decode_program(row, grammar).symbols for row in targets.codes]


def numbers_of(bank: Bank, trees: list[Symbols]) -> list[int]:
    """The classes of trees, by their fingerprints as the semantics computes them."""
    pairs = [residues_of(Expression(tree), bank.grammar) for tree in trees]
    assert None not in pairs
    firsts, seconds = np.array(pairs, dtype=np.uint64).reshape(-1, 2).T
    return find_classes(*index_of(bank.values).arrays, firsts.copy(), seconds.copy()).tolist()


laws = settings(max_examples=50)


@laws
@given(worlds())
def test_no_fingerprint_is_there_twice_and_all_stand_in_order(world):
    bank, _, _ = enumerated(*world)
    rows = bank.values.tolist()
    assert len(set(map(tuple, rows))) == len(rows)
    keys = [(size, *row) for size, row in zip(bank.sizes.tolist(), rows, strict=True)]
    assert keys == sorted(keys)


@laws
@given(worlds())
def test_there_are_as_many_classes_of_each_size_as_brute_force_finds(world):
    grammar, max_size = world
    sizes = [n_leaves(trees[0]) for trees in minimal_realizations(MODULO, grammar, max_size).values()]
    expected = np.bincount(sizes, minlength=max_size + 1)[1:].tolist()
    assert enumerated(*world)[0].classes_by_size == expected


@laws
@given(worlds())
def test_every_tree_belongs_to_the_class_of_its_value_and_is_no_smaller(world):
    grammar, max_size = world
    bank, _, programs = enumerated(*world)
    class_of_value = {MODULO.value_of(program): number for number, program in enumerate(programs)}
    for size in range(1, max_size + 1):
        trees = all_trees(MODULO, grammar, size)
        numbers = numbers_of(bank, [tree for tree, _ in trees])
        assert numbers == [class_of_value[value] for _, value in trees]
        assert all(bank.sizes[number] <= size for number in numbers)


@laws
@given(worlds())
def test_each_target_is_one_of_as_many_minimal_trees_as_are_counted(world):
    grammar, max_size = world
    _, targets, programs = enumerated(*world)
    classes = minimal_realizations(MODULO, grammar, max_size)
    for program, n_minimal in zip(programs, targets.n_minimal.tolist(), strict=True):
        trees = classes[MODULO.value_of(program)]
        assert program in trees
        assert n_minimal == len(trees)


@laws
@given(worlds(), st.data())
def test_commuted_forms_merge(world, data):
    grammar, _ = world
    bank, _, programs = enumerated(*world)
    commutative = [symbol for symbol in grammar.operators if OPERATORS[symbol].commutative]
    assume(commutative)
    mirrored = [mirror_image(program, commutative, data.draw(st.booleans())) for program in programs[-50:]]
    assert numbers_of(bank, mirrored) == list(range(bank.n_classes))[-50:]


def mirror_image(tree: Symbols, commutative: list[str], everywhere: bool) -> Symbols:
    """The tree with the operands of its commutative operators swapped, in all places or at the root alone."""

    def parts(start: int) -> int:
        n_open = 1
        while n_open:
            n_open += 1 if tree[start] in OPERATORS else -1
            start += 1
        return start

    if tree[0] not in OPERATORS:
        return tree
    middle = parts(1)
    left, right = tree[1:middle], tree[middle:]
    if everywhere:
        left, right = mirror_image(left, commutative, everywhere), mirror_image(right, commutative, everywhere)
    return (tree[0], *right, *left) if tree[0] in commutative else (tree[0], *left, *right)


@laws
@given(worlds())
def test_a_smaller_bank_is_the_beginning_of_a_larger_one(world):
    grammar, max_size = world
    bank, targets, programs = enumerated(grammar, max_size)
    for smaller_size in range(1, max_size):
        smaller, smaller_targets, smaller_programs = enumerated(grammar, smaller_size)
        n = smaller.n_classes
        assert np.array_equal(smaller.values, bank.values[:n])
        assert np.array_equal(smaller_targets.n_minimal, targets.n_minimal[:n])
        assert smaller_programs == programs[:n]


@laws
@given(worlds(), st.randoms(use_true_random=False))
def test_listing_the_symbols_in_another_order_changes_nothing(world, random):
    grammar, max_size = world
    bank, targets, programs = enumerated(grammar, max_size)
    lists = [list(grammar.variables), list(grammar.constants), list(grammar.operators)]
    for symbols in lists:
        random.shuffle(symbols)
    variables, constants, operators = map(tuple, lists)
    other = Grammar(name="shuffled", variables=variables, constants=constants, operators=operators)
    other_bank, other_targets, other_programs = enumerated(other, max_size)
    assert other_bank.values.tobytes() == bank.values.tobytes()
    assert other_targets.n_minimal.tobytes() == targets.n_minimal.tobytes()
    assert other_programs == programs


@laws
@given(worlds(), st.integers(2, 5))
def test_threads_and_slabs_change_nothing(world, threads):
    bank, targets, _ = enumerated(*world)
    other = enumerate_bank(*world, threads=threads)
    other_targets = target_programs(other, threads=threads, entries_of_slab=100)
    assert other.values.tobytes() == bank.values.tobytes()
    assert other_targets.codes.tobytes() == targets.codes.tobytes()
    assert other_targets.n_minimal.tobytes() == targets.n_minimal.tobytes()


@laws
@given(worlds())
def test_reachable_states_are_those_of_all_trees(world):
    grammar, max_size = world
    assume(n_trees(grammar, min(5, max_size + 1)) <= MOST_TREES and max_size < 5)
    bank, _, programs = enumerated(*world)
    patterns = [STRAHLER, DENOMINATOR]
    class_of_value = {MODULO.value_of(program): number for number, program in enumerate(programs)}
    expected = np.zeros((len(patterns), max_size + 2, bank.n_classes), dtype=np.uint8)
    for size in range(1, max_size + 2):
        for tree, value in all_trees(MODULO, grammar, size):
            number = class_of_value.get(value, NO_CLASS)
            if number != NO_CLASS:
                for place, pattern in enumerate(patterns):
                    expected[place, size:, number] |= np.uint8(1 << pattern.state_of(Expression(tree)))
    assert np.array_equal(reachable_states(bank, patterns, max_size + 1), expected)
