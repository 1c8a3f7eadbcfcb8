"""The canonical infix text."""

import re

import pytest
from hypothesis import given
from strategies import XY3, expressions

from arith_synth.grammar import compose, leaf_expression, parse_infix, to_infix, to_prefix


def without_one_pair(text: str) -> list[str]:
    """The text with each matching pair of parentheses removed in turn."""
    opened, shorter = [], []
    for index, character in enumerate(text):
        if character == "(":
            opened.append(index)
        elif character == ")":
            start = opened.pop()
            shorter.append(text[:start] + text[start + 1 : index] + text[index + 1 :])
    return shorter


@given(expressions(max_leaves=20))
def test_parentheses_are_minimal(expression):
    for shorter in without_one_pair(to_infix(expression)):
        assert parse_infix(shorter, XY3) != expression


@given(expressions(max_leaves=20))
def test_one_space_stands_on_each_side_of_an_operator_and_nowhere_else(expression):
    text = to_infix(expression)
    assert text == re.sub(r"\s*([-+*/])\s*", r" \1 ", text.replace(" ", ""))
    assert text.isascii()


@given(expressions(max_leaves=20))
def test_str_is_the_canonical_text(expression):
    assert str(expression) == to_infix(expression)


@pytest.mark.parametrize(
    "text",
    [
        "x - (y - 1)",
        "x + (y + 1)",
        "x * (y * 2)",
        "x / (y / 2)",
        "x / (y * 2)",
        "(x + 1) * (y - 2)",
        "x + y * 2",
        "x - y - 1",
        "x / y / 2",
        "(x - y) / (x + y) - 3",
    ],
)
def test_these_texts_are_canonical(text):
    assert to_infix(parse_infix(text, XY3)) == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("(x)", "x"),
        ("(x + y) + 1", "x + y + 1"),
        ("(x * y) + (2 / 3)", "x * y + 2 / 3"),
        ("((x+y))*2", "(x + y) * 2"),
        ("(x / y) * 2", "x / y * 2"),
    ],
)
def test_superfluous_parentheses_go(text, canonical):
    assert to_infix(parse_infix(text, XY3)) == canonical


@given(expressions(max_leaves=8), expressions(max_leaves=8))
def test_different_trees_have_different_texts(one, other):
    assert (one == other) == (to_infix(one) == to_infix(other)) == (to_prefix(one) == to_prefix(other))


def test_rendering_does_not_recurse():
    chain = leaf_expression("x")
    for _ in range(3000):
        chain = compose("-", leaf_expression("y"), chain)
    assert to_infix(chain).count("(") == 2999
