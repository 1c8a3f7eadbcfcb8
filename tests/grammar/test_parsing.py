"""Parsing against rendering, against a naive renderer, and against Python's own parser."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, expressions

from arith_synth.errors import ParseError
from arith_synth.grammar import Expression, Grammar, parse_infix, parse_prefix, to_infix, to_prefix

LONG_NAMES = Grammar(name="long", variables=("x", "x1", "rate_2"), constants=(0, 1, 10, 255))
_PYTHON_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


def all_parenthesized(expression: Expression) -> list[str]:
    """Tokens with parentheses around every operation."""
    return expression.fold(lambda leaf: [leaf], lambda symbol, both: ["(", *both[0], symbol, *both[1], ")"])


def parsed_by_python(text: str) -> Expression | None:
    """What Python's parser makes of the text, or None when it is no program of xy3 to Python."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError:
        return None

    def symbols(node: ast.AST) -> list[str] | None:
        if isinstance(node, ast.BinOp) and type(node.op) in _PYTHON_OPERATORS:
            left, right = symbols(node.left), symbols(node.right)
            return None if left is None or right is None else [_PYTHON_OPERATORS[type(node.op)], *left, *right]
        leaf = node.id if isinstance(node, ast.Name) else str(node.value) if isinstance(node, ast.Constant) else None
        return [leaf] if leaf in XY3.leaves else None

    found = symbols(tree.body)
    return None if found is None else Expression(tuple(found))


@given(expressions(max_leaves=20))
def test_parsing_inverts_rendering(expression):
    assert parse_infix(to_infix(expression), XY3) == expression


@given(expressions(max_leaves=20))
def test_parsing_inverts_rendering_in_prefix(expression):
    assert parse_prefix(to_prefix(expression), XY3) == expression


@given(expressions(LONG_NAMES, max_leaves=10))
def test_parsing_inverts_rendering_with_long_names_and_constants(expression):
    assert parse_infix(to_infix(expression), LONG_NAMES) == expression
    assert parse_prefix(to_prefix(expression), LONG_NAMES) == expression


@given(expressions(max_leaves=20))
def test_rendering_a_parsed_text_gives_the_canonical_text(expression):
    assert to_infix(parse_infix("".join(all_parenthesized(expression)), XY3)) == to_infix(expression)


@given(expressions(max_leaves=8), st.data())
def test_superfluous_spaces_and_parentheses_are_free(expression, data):
    n_around = data.draw(st.integers(0, 5))
    tokens = ["("] * n_around + all_parenthesized(expression) + [")"] * n_around
    spaces = st.sampled_from(["", " ", "  ", "\t", " \t "])
    text = "".join(data.draw(spaces) + token for token in tokens) + data.draw(spaces)
    assert parse_infix(text, XY3) == expression


@given(st.lists(st.sampled_from([*"xy123+-*/()", " ", "12"]), max_size=14).map("".join))
def test_texts_mean_what_python_says_they_mean(text):
    meant = parsed_by_python(text)
    if meant is None:
        with pytest.raises(ParseError):
            parse_infix(text, XY3)
    else:
        assert parse_infix(text, XY3) == meant


@given(expressions(max_leaves=12), st.data())
def test_dropping_any_parentheses_still_agrees_with_python(expression, data):
    tokens = all_parenthesized(expression)
    closes, opened = {}, []
    for index, token in enumerate(tokens):
        if token == "(":
            opened.append(index)
        elif token == ")":
            closes[opened.pop()] = index
    dropped = {end for start in closes if data.draw(st.booleans()) for end in (start, closes[start])}
    text = "".join(token for index, token in enumerate(tokens) if index not in dropped)
    assert parse_infix(text, XY3) == parsed_by_python(text)


def test_operators_associate_to_the_left():
    assert parse_infix("x - y - 1", XY3).symbols == ("-", "-", "x", "y", "1")
    assert parse_infix("x / y * 2", XY3).symbols == ("*", "/", "x", "y", "2")


def test_products_bind_tighter_than_sums():
    assert parse_infix("x + y * 2", XY3).symbols == ("+", "x", "*", "y", "2")
    assert parse_infix("x * y - 2", XY3).symbols == ("-", "*", "x", "y", "2")


@pytest.mark.parametrize("text", ["x", "+ x y", "/ - x y 2"])
def test_prefix_text_is_its_own_rendering(text):
    assert to_prefix(parse_prefix(text, XY3)) == text


def test_expressions_fold_operands_from_left_to_right():
    text = parse_infix("x / (y - 3)", XY3).fold(str, lambda symbol, operands: f"{symbol}[{','.join(operands)}]")
    assert text == "/[x,-[y,3]]"
