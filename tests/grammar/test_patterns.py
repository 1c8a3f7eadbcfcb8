"""Patterns against predicates that are written down from their definitions, on nested tuples."""

import itertools
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3

from arith_synth.errors import UnknownNameError, UsageError
from arith_synth.grammar import Expression, parse_infix, strahler_number
from arith_synth.grammar.automata import MAX_STATES
from arith_synth.grammar.operators import OPERATORS
from arith_synth.grammar.patterns import PATTERNS, pattern_named, shape_pattern

LEAF = "x"
#: Binary operators but `/` have the same tables (tested below), so one of them stands for all in exhaustive tests.
TELLING_OPERATORS = ["/", "-", *(symbol for symbol, operator in OPERATORS.items() if operator.arity != 2)]
MAX_LEAVES = 6
SHAPES = ["(..)", "((..).)", "(.(..))", "((..)(..))", "(((..).).)", "((.(..)).)", "((((..).)(..)).)"]


def subtrees(tree):
    """The tree and all trees below it. A tree is a leaf or a tuple: operator, operands."""
    yield tree
    if tree != LEAF:
        for operand in tree[1:]:
            yield from subtrees(operand)


def is_compound(tree):
    return tree != LEAF


def divisions_in(tree):
    return [below for below in subtrees(tree) if below[0] == "/"]


def depth_of(tree):
    return 1 if tree == LEAF else 1 + max(depth_of(operand) for operand in tree[1:])


def shape_of(tree):
    return "." if tree == LEAF else "(" + "".join(shape_of(operand) for operand in tree[1:]) + ")"


#: What each region is. Strahler number 3: two compound operands meet somewhere (each brings 2 or more).
DEFINITIONS = {
    "strahler": lambda tree: any(sum(map(is_compound, below[1:])) >= 2 for below in subtrees(tree)),
    "denominator": lambda tree: any(is_compound(division[2]) for division in divisions_in(tree)),
    "divisions": lambda tree: len(divisions_in(tree)) >= 2,
    "nesting": lambda tree: any(len(divisions_in(division)) >= 2 for division in divisions_in(tree)),
    "depth": lambda tree: depth_of(tree) >= 5,
    "shape": lambda tree: any(is_compound(operand) for below in subtrees(tree) for operand in below[2:]),
}


def contains(wanted):
    return lambda tree: wanted in map(shape_of, subtrees(tree))


CASES = [(PATTERNS[name], definition) for name, definition in DEFINITIONS.items()]
CASES += [(shape_pattern(text), contains(text)) for text in SHAPES]
cases = pytest.mark.parametrize(("pattern", "definition"), CASES, ids=[pattern.name for pattern, _ in CASES])


@cache
def trees_of(n_leaves):
    """Every tree of n leaves over the telling operators."""
    if n_leaves == 1:
        return [LEAF]
    trees = []
    for operator in TELLING_OPERATORS:
        arity = OPERATORS[operator].arity
        for cuts in itertools.combinations(range(1, n_leaves), arity - 1):
            parts = [stop - start for start, stop in itertools.pairwise((0, *cuts, n_leaves))]
            trees += [(operator, *operands) for operands in itertools.product(*map(trees_of, parts))]
    return trees


def expression_of(tree):
    return Expression(tuple(symbols_of(tree)))


def symbols_of(tree):
    return [LEAF] if tree == LEAF else [tree[0], *(symbol for operand in tree[1:] for symbol in symbols_of(operand))]


def nodes_over(trees):
    return st.sampled_from(list(OPERATORS)).flatmap(
        lambda symbol: st.tuples(st.just(symbol), *[trees] * OPERATORS[symbol].arity)
    )


larger_trees = st.recursive(st.just(LEAF), nodes_over, max_leaves=24)


def test_every_named_pattern_is_defined_here():
    assert list(DEFINITIONS) == list(PATTERNS)
    assert all(pattern.name == name for name, pattern in PATTERNS.items())


@cases
def test_a_pattern_is_its_definition_on_all_small_trees(pattern, definition):
    trees = [tree for n_leaves in range(1, MAX_LEAVES + 1) for tree in trees_of(n_leaves)]
    regions = [pattern.accepts(expression_of(tree)) for tree in trees]
    assert regions == [definition(tree) for tree in trees]
    # Both sides of the border are seen; a shape of more leaves than that is left to the random trees.
    assert any(regions) == (shape_leaves(pattern) <= MAX_LEAVES)
    assert not all(regions)


def shape_leaves(pattern):
    return pattern.name.count(".")


@cases
@given(tree=larger_trees)
def test_a_pattern_is_its_definition_on_larger_trees(pattern, definition, tree):
    assert pattern.accepts(expression_of(tree)) == definition(tree)


@cases
def test_a_tree_over_one_in_the_region_lies_in_it(pattern, definition):
    for tree in itertools.islice((tree for tree in trees_of(5) if definition(tree)), 50):
        assert pattern.accepts(expression_of(("+", tree, LEAF)))
        assert pattern.accepts(expression_of(("*", LEAF, tree)))


@given(larger_trees)
def test_the_strahler_region_begins_at_number_three(tree):
    expression = expression_of(tree)
    assert PATTERNS["strahler"].state_of(expression) == min(strahler_number(expression), 3) - 1


@given(larger_trees.filter(is_compound))
def test_a_tree_contains_its_own_shape_unless_that_is_too_rich(tree):
    n_smaller = len(set(map(shape_of, subtrees(tree)))) - 1
    if n_smaller <= MAX_STATES - 2:
        assert shape_pattern(shape_of(tree)).accepts(expression_of(tree))
    else:
        with pytest.raises(UsageError, match=f"holds {n_smaller} distinct smaller shapes"):
            shape_pattern(shape_of(tree))


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("x", set()),
        ("x * (y + 1)", {"shape"}),
        ("x + 1 - y * 2", {"shape", "strahler"}),
        ("(x + 1) * y - 2", set()),
        ("x / (y + 1)", {"denominator", "shape"}),
        ("x / y / 2", {"divisions", "nesting"}),
        ("x / y + y / x", {"divisions", "strahler", "shape"}),
        ("1 / (x + 2 / y)", {"divisions", "nesting", "denominator", "shape"}),
        ("x + 1 + 2 + 3 + y", {"depth"}),
    ],
)
def test_regions_of_known_programs(text, regions):
    program = parse_infix(text, XY3)
    assert {name for name, pattern in PATTERNS.items() if pattern.accepts(program)} == regions


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in CASES], ids=lambda pattern: pattern.name)
def test_binary_operators_but_division_have_the_same_table(pattern):
    binary = [symbol for symbol, operator in OPERATORS.items() if operator.arity == 2 and symbol != "/"]
    assert len({pattern.table(symbol) for symbol in binary}) == 1


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in CASES], ids=lambda pattern: pattern.name)
def test_a_flat_table_is_the_nested_one_with_the_first_operand_most_significant(pattern):
    for symbol, operator in OPERATORS.items():
        flat = pattern.flat_table(symbol)
        assert len(flat) == pattern.n_states**operator.arity
        for place, operands in enumerate(itertools.product(range(pattern.n_states), repeat=operator.arity)):
            entry = pattern.table(symbol)
            for state in operands:
                entry = entry[state]
            assert flat[place] == entry


def test_patterns_are_values():
    first, second = shape_pattern("((..).)"), shape_pattern("((..).)")
    assert first == second
    assert hash(first) == hash(second)
    assert first != shape_pattern("(.(..))")


@pytest.mark.parametrize("text", ["", ".", "x", "(", "((..)", "(..))", "(..)(..)", "(..) ", ")(", "..", "(.x)"])
def test_a_text_that_is_no_shape_is_refused(text):
    with pytest.raises(UsageError, match="no shape of an operation; write it like"):
        shape_pattern(text)


@pytest.mark.parametrize(("text", "n"), [("()", 0), ("(.)", 1), ("((...).)", 3)])
def test_a_shape_that_no_operator_makes_is_refused(text, n):
    with pytest.raises(UsageError, match=f"no operator has {n} operands"):
        shape_pattern(text)


def test_a_shape_of_too_many_parts_is_refused():
    assert shape_pattern("((((((..).).).).).)").n_states == MAX_STATES
    with pytest.raises(UsageError, match="holds 7 distinct smaller shapes; choose one with at most 6"):
        shape_pattern("(((((((..).).).).).).)")


@pytest.mark.parametrize(("name", "hint"), [("strahlers", "did you mean 'strahler'"), ("qq", "choose one of strahler")])
def test_an_unknown_name_is_refused_with_the_nearest(name, hint):
    with pytest.raises(UnknownNameError, match=f"unknown pattern '{name}'; {hint}"):
        pattern_named(name)
