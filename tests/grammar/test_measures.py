"""Sizes, depths, shapes, Strahler numbers and their automaton."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions

from arith_synth.errors import ParseError, UnknownNameError
from arith_synth.grammar import (
    Expression,
    compose,
    depth,
    leaf_expression,
    n_divisions,
    parse_infix,
    shape,
    size,
    strahler_number,
)
from arith_synth.grammar.patterns import STRAHLER, pattern_named

LEAF = leaf_expression("x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", (1, 1, 1, 0, ".")),
        ("x + 1", (2, 2, 2, 0, "(..)")),
        ("(x + 1) * y", (3, 3, 2, 0, "((..).)")),
        ("x / (y / (1 / 2))", (4, 4, 2, 3, "(.(.(..)))")),
        ("(x + 1) * (y - 2)", (4, 3, 3, 0, "((..)(..))")),
        ("(x + 1) * (y - 2) / 3 - x", (6, 5, 3, 1, "((((..)(..)).).)")),
        ("(x + 1) * (y - 2) / ((x - 1) * (y + 2))", (8, 4, 4, 1, "(((..)(..))((..)(..)))")),
    ],
)
def test_measures_of_known_programs(text, expected):
    program = parse_infix(text, XY3)
    measures = size(program), depth(program), strahler_number(program), n_divisions(program), shape(program)
    assert measures == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("min(x, 1)", (2, 2, 2, 0, "(..)")),
        ("if x < y then 1 else 2", (4, 2, 2, 0, "(....)")),
        ("if x + 1 < y then 1 else 2", (5, 3, 2, 0, "((..)...)")),
        ("if x + 1 < y then 1 else 2 / y", (6, 3, 3, 1, "((..)..(..))")),
        ("if x < y then if y < x then 1 else 2 else 3", (7, 3, 2, 0, "(..(....).)")),
        ("max(if x < y then 1 else 2, x / y)", (6, 3, 3, 1, "((....)(..))")),
    ],
)
def test_measures_of_known_programs_with_four_operands(text, expected):
    program = parse_infix(text, XYCOND)
    measures = size(program), depth(program), strahler_number(program), n_divisions(program), shape(program)
    assert measures == expected


@given(st.tuples(*[expressions(XYCOND, max_leaves=6)] * 4))
def test_measures_of_a_node_of_four_follow_from_its_operands(operands):
    node = compose("if", *operands)
    numbers = sorted(map(strahler_number, operands))
    assert size(node) == sum(map(size, operands))
    assert depth(node) == 1 + max(map(depth, operands))
    assert n_divisions(node) == sum(map(n_divisions, operands))
    assert shape(node) == f"({''.join(map(shape, operands))})"
    assert strahler_number(node) == numbers[-1] + (numbers[-2] == numbers[-1])


@given(expressions(max_leaves=24))
def test_the_strahler_automaton_tells_the_strahler_number_up_to_three(expression):
    assert STRAHLER.state_of(expression) == min(strahler_number(expression), 3) - 1
    assert STRAHLER.accepts(expression) == (strahler_number(expression) >= 3)


def test_the_automaton_follows_the_definition_for_all_pairs_of_states():
    for left in range(3):
        for right in range(3):
            largest = max(left, right)
            assert STRAHLER.table("/")[left][right] == min(2, largest + (left == right))


@given(expressions(max_leaves=24))
def test_a_strahler_number_needs_a_power_of_two_of_leaves(expression):
    assert size(expression) >= 2 ** (strahler_number(expression) - 1)


@given(expressions(max_leaves=24))
def test_depth_lies_between_balanced_and_chain(expression):
    assert (size(expression) - 1).bit_length() + 1 <= depth(expression) <= size(expression)


@given(expressions(max_leaves=24))
def test_a_shape_has_a_dot_for_every_leaf_and_a_pair_for_every_operator(expression):
    text = shape(expression)
    assert text.count(".") == size(expression)
    assert text.count("(") == text.count(")") == size(expression) - 1


@given(expressions(max_leaves=12), expressions(max_leaves=12))
def test_measures_of_a_node_follow_from_its_operands(left, right):
    node = compose("/", left, right)
    numbers = strahler_number(left), strahler_number(right)
    assert size(node) == size(left) + size(right)
    assert depth(node) == 1 + max(depth(left), depth(right))
    assert n_divisions(node) == 1 + n_divisions(left) + n_divisions(right)
    assert shape(node) == f"({shape(left)}{shape(right)})"
    assert strahler_number(node) == (numbers[0] + 1 if numbers[0] == numbers[1] else max(numbers))


def test_no_measure_recurses():
    n_leaves = 20_001
    chain = Expression(("-",) * (n_leaves - 1) + ("x",) * n_leaves)
    assert size(chain) == depth(chain) == n_leaves
    assert strahler_number(chain) == 2
    assert STRAHLER.state_of(chain) == 1


@pytest.mark.parametrize("symbols", [
    (), ("+",), ("+", "x"), ("x", "y"), ("+", "x", "y", "1"), ("-", "-", "x", "y"), ("if", "x", "y", "1"), ("min", "x"),
])  # fmt: skip
def test_an_expression_is_exactly_one_tree(symbols):
    with pytest.raises(ParseError):
        Expression(symbols)


def test_composing_with_a_missing_operand_is_refused():
    with pytest.raises(ParseError, match="1 operand"):
        compose("+", LEAF)


@given(expressions())
def test_expressions_are_values(expression):
    again = Expression(tuple(expression.symbols))
    assert again == expression
    assert hash(again) == hash(expression)
    with pytest.raises(AttributeError):
        expression.symbols = ("x",)


def test_an_unknown_pattern_is_refused_with_the_known_ones():
    with pytest.raises(UnknownNameError, match=r"unknown pattern 'nope'; choose one of .*strahler"):
        pattern_named("nope")
