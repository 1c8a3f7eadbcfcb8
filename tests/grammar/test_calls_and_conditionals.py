"""Operators that are no infix signs: `min(a, b)` and `if a < b then c else d`."""

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions

from arith_synth.errors import ParseError
from arith_synth.grammar import MAX_LEAVES, Expression, Grammar, parse_infix, parse_prefix, size, to_infix, to_prefix

ONLY_IF = Grammar(name="only", variables=("x",), constants=(1,), operators=("if", "-"))


def parsed(text: str) -> Expression | None:
    try:
        return parse_infix(text, XYCOND)
    except ParseError:
        return None


def all_parenthesized(expression: Expression) -> list[str]:
    """Tokens with parentheses around every operation and every leaf."""

    def combine(symbol: str, operands: list[list[str]]) -> list[str]:
        a, b = operands[:2]
        if symbol == "if":
            c, d = operands[2:]
            return ["(", "if", *a, "<", *b, "then", *c, "else", *d, ")"]
        return ["(", symbol, "(", *a, ",", *b, ")", ")"] if symbol in ("min", "max") else ["(", *a, symbol, *b, ")"]

    return expression.fold(lambda leaf: ["(", leaf, ")"], combine)


def naive_text(expression: Expression) -> tuple[str, int]:
    """Canonical text and binding strength (0 conditional, 1 sum, 2 product, 3 rest) by a grammar with a rule a level.

    expression := if SUM < SUM then expression else expression | SUM;  SUM := [SUM +-] PRODUCT;
    PRODUCT := [PRODUCT */] ATOM;  ATOM := leaf | min(expression, expression) | (expression).
    """

    def at(operand: tuple[str, int], level: int) -> str:
        return operand[0] if operand[1] >= level else f"({operand[0]})"

    def combine(symbol: str, operands: list[tuple[str, int]]) -> tuple[str, int]:
        if symbol == "if":
            a, b, c, d = operands
            return f"if {at(a, 1)} < {at(b, 1)} then {at(c, 0)} else {at(d, 0)}", 0
        left, right = operands
        if symbol in ("min", "max"):
            return f"{symbol}({at(left, 0)}, {at(right, 0)})", 3
        level = 1 if symbol in "+-" else 2
        return f"{at(left, level)} {symbol} {at(right, level + 1)}", level

    return expression.fold(lambda leaf: (leaf, 3), combine)


@given(expressions(XYCOND, max_leaves=12))
def test_parsing_inverts_rendering(expression):
    assert parse_prefix(to_prefix(expression), XYCOND) == expression
    assert len(to_infix(expression)) > 256 or parse_infix(to_infix(expression), XYCOND) == expression


@given(expressions(XYCOND, max_leaves=20))
def test_the_canonical_text_follows_the_grammar_of_levels(expression):
    assert to_infix(expression) == naive_text(expression)[0]


@given(expressions(XYCOND, max_leaves=10))
def test_no_pair_of_parentheses_can_go(expression):
    text, opened = to_infix(expression), []
    for index, character in enumerate(text):
        if character == "(":
            opened.append(index)
        elif character == ")":
            start = opened.pop()
            shorter = f"{text[:start]} {text[start + 1 : index]} {text[index + 1 :]}"
            assert parsed(shorter) != expression


@given(expressions(XYCOND, max_leaves=6), st.data())
def test_superfluous_parentheses_and_spaces_are_free(expression, data):
    tokens = all_parenthesized(expression)
    text = ""
    for token in tokens:
        least = 1 if token[0].isalnum() and text[-1:].isalnum() else 0
        text += " " * data.draw(st.integers(least, 2)) + token
    assert len(text) > 256 or parse_infix(text, XYCOND) == expression


@given(expressions(XYCOND, max_leaves=12))
def test_canonical_texts_are_ascii_with_single_spaces(expression):
    text = to_infix(expression)
    assert text.isascii()
    assert not re.search(r"  |\( | \)| ,|,\S|^ | $", text)


@given(expressions(XY3, max_leaves=10))
def test_programs_of_the_smaller_grammar_read_alike_in_both(expression):
    assert parse_infix(to_infix(expression), XYCOND) == parse_infix(to_infix(expression), XY3)


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("if x < y then 1 else 2", "if x y 1 2"),
        ("min(x, 1)", "min x 1"),
        ("if x < y then if x < 1 then 1 else 2 else 3", "if x y if x 1 1 2 3"),
        ("if x < y then 1 else if x < 1 then 2 else 3", "if x y 1 if x 1 2 3"),
        ("if x < y then 1 else 2 + 3", "if x y 1 + 2 3"),
        ("(if x < y then 1 else 2) + 3", "+ if x y 1 2 3"),
        ("1 + (if x < y then 1 else 2)", "+ 1 if x y 1 2"),
        ("if (if x < y then 1 else 2) < 3 then x else y", "if if x y 1 2 3 x y"),
        ("if x < (if x < y then 1 else 2) then x else y", "if x if x y 1 2 x y"),
        ("if x + 1 < y * 2 then x - 1 else y / 2", "if + x 1 * y 2 - x 1 / y 2"),
        ("min(if x < y then 1 else 2, x + 1) * 2", "* min if x y 1 2 + x 1 2"),
        ("max(min(x, y), min(1, 2)) - max(x, y)", "- max min x y min 1 2 max x y"),
    ],
)
def test_these_texts_are_canonical(text, prefix):
    program = parse_prefix(prefix, XYCOND)
    assert to_infix(program) == text
    assert parse_infix(text, XYCOND) == program


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("min", "'(' is missing after 'min'"),
        ("min x, y", "'(' is missing after 'min'"),
        ("min + (x, y)", "'(' is missing after 'min'"),
        ("min()", "an operand is missing before ')'"),
        ("min(x)", "',' is missing before ')'"),
        ("min(x,)", "an operand is missing before ')'"),
        ("min(, x)", "an operand is missing before ','"),
        ("min(x, y, 1)", "'min' takes 2 operands"),
        ("min(x, y", "a '(' is never closed"),
        ("min(x", "',' is missing at the end"),
        ("min(x then y)", "',' is missing before 'then'"),
        ("(x, y)", "',' is out of place"),
        ("x, y", "',' is out of place"),
        ("x min(x, y)", "an operator is missing before 'min'"),
        ("min(x, y)(x, y)", "an operator is missing before '('"),
        ("x < y", "'<' is out of place"),
        ("x then y", "'then' is out of place"),
        ("x else y", "'else' is out of place"),
        ("if", "an operand is missing at the end"),
        ("if x", "'<' is missing at the end"),
        ("if x then 1 else 2", "'<' is missing before 'then'"),
        ("if x < y else 2", "'then' is missing before 'else'"),
        ("if x < y < 1 then 1 else 2", "'then' is missing before '<'"),
        ("if x < y then 1", "'else' is missing at the end"),
        ("(if x < y then 1)", "'else' is missing before ')'"),
        ("if x < y then 1 else", "an operand is missing at the end"),
        ("if x < y then 1 else 2 else 3", "'else' is out of place"),
        ("if x < y then 1 else 2 < 3", "'<' is out of place"),
        ("if < y then 1 else 2", "an operand is missing before '<'"),
        ("if x <= y then 1 else 2", "'=' at character 7 is not in grammar xycond"),
        ("if x > y then 1 else 2", "'>' at character 6 is not in grammar xycond"),
        ("x if x < y", "an operator is missing before 'if'"),
        ("1 + if x < y then 1 else 2", "'if' cannot follow '+'; put the conditional in parentheses"),
        ("if if x < y then 1 else 2 < 3 then 1 else 2", "'if' cannot follow 'if'"),
        ("if 1 < if x < y then 1 else 2 then 1 else 2", "'if' cannot follow '<'"),
        ("if -x < y then 1 else 2", "unary '-' is not in grammar xycond"),
        ("IF x < y THEN 1 ELSE 2", "'IF' is not in grammar xycond"),
        ("else", "an operand is missing before 'else'"),
    ],
)
def test_a_broken_text_is_refused_with_its_reason(text, message):
    with pytest.raises(ParseError, match=re.escape(message)) as refusal:
        parse_infix(text, XYCOND)
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["min(x, y)", "max(1, 2)", "if x < y then 1 else 2", "x < y", "x, y", "then"])
def test_a_grammar_without_these_operators_does_not_know_their_words(text):
    with pytest.raises(ParseError, match="is not in grammar xy3"):
        parse_infix(text, XY3)


def test_a_grammar_knows_the_separators_of_its_own_operators_alone():
    assert parse_infix("if x < 1 then 1 else x", ONLY_IF).symbols == ("if", "x", "1", "1", "x")
    with pytest.raises(ParseError, match="',' at character 2 is not in grammar only"):
        parse_infix("x, 1", ONLY_IF)


@given(st.lists(st.sampled_from([*XYCOND.symbols, *XYCOND.infix_marks, "(", ")", "="]), max_size=30).map(" ".join))
def test_any_row_of_symbols_parses_or_is_refused_in_one_short_line(text):
    for parse in (parse_infix, parse_prefix):
        program, refusal = None, ""
        try:
            program = parse(text, XYCOND)
        except ParseError as error:
            refusal = str(error)
        assert len(refusal.splitlines()) == (program is None)
        assert len(refusal) < 200
        assert program is None or parse_infix(to_infix(program), XYCOND) == program


@given(st.text("xy12 minaxfthels<,()+", max_size=40))
def test_any_text_parses_or_is_refused(text):
    program = parsed(text)
    assert program is None or parse_infix(to_infix(program), XYCOND) == program


@pytest.mark.parametrize(
    "text",
    [
        "if x < y then 1 else " * 12 + "x",
        "if x < y then " * 10 + "x" + " else 1" * 10,
        "min(x," * 30 + "y" + ")" * 30,
        "max(" * 20 + "x" + ",1)" * 20,
        "(" * 120 + "x" + ")" * 120,
    ],
)
def test_reading_and_rendering_do_not_recurse(text):
    limit = sys.getrecursionlimit()
    frame, here = sys._getframe(), 0
    while frame is not None:
        frame, here = frame.f_back, here + 1
    try:
        sys.setrecursionlimit(here + 25)
        program = parsed(text)
        if program is not None:
            to_infix(program)
    finally:
        sys.setrecursionlimit(limit)
    assert (program is None) == ("if x < y then 1 else " * 12 in text)  # that one has 37 leaves


def test_programs_are_read_up_to_the_stated_number_of_leaves():
    text = "min(" * 31 + "x" + ",1)" * 31
    assert size(parse_infix(text, XYCOND)) == MAX_LEAVES
    with pytest.raises(ParseError, match=f"{MAX_LEAVES + 1} leaves"):
        parse_infix(f"{text}+1", XYCOND)
    assert size(parse_prefix("if x y " * 10 + "min x y" + " 1" * 10, XYCOND)) == MAX_LEAVES
