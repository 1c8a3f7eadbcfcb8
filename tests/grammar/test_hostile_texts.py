"""What parsing refuses: always quickly, with ParseError and one line that says what to do."""

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3

from arith_synth.errors import ParseError
from arith_synth.grammar import MAX_CHARACTERS, MAX_LEAVES, Grammar, parse_infix, parse_prefix, size

PARSERS = [parse_infix, parse_prefix]


def refusals(text: str) -> list[str]:
    """The messages of the parsers that refuse the text; any other exception is ours and escapes."""
    messages = []
    for parse in PARSERS:
        try:
            parse(text, XY3)
        except ParseError as error:
            messages.append(str(error))
    return messages


@given(st.text(max_size=300) | st.text("xy123+-*/() \t\n\r\x00\x85\u2028é", max_size=30))
def test_any_text_parses_or_is_refused_in_one_short_line(text):
    for message in refusals(text):
        assert len(message.splitlines()) == 1
        assert len(message) < 200


@given(st.lists(st.sampled_from([*XY3.symbols, "(", ")", "-", "\n"]), max_size=40).map(" ".join))
def test_any_row_of_symbols_parses_or_is_refused_in_one_line(text):
    assert all(len(message.splitlines()) == 1 for message in refusals(text))


@pytest.mark.parametrize("text", ["-x", "+x", "x * -y", "(-x)", "x - -y", "-(x + y)", "- 1", "x/(+2)"])
def test_a_unary_sign_is_refused_by_name(text):
    with pytest.raises(ParseError, match=r"unary '[-+]' is not in grammar xy3"):
        parse_infix(text, XY3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an operand is missing at the end"),
        (" \t ", "an operand is missing at the end"),
        ("x +", "an operand is missing at the end"),
        ("(", "an operand is missing at the end"),
        ("(x", "'\\(' is never closed"),
        ("x)", "'\\)' closes nothing"),
        ("()", "an operand is missing before '\\)'"),
        ("(x + )", "an operand is missing before '\\)'"),
        ("* x", "an operand is missing before '\\*'"),
        ("x ** y", "an operand is missing before '\\*'"),
        ("x // y", "an operand is missing before '/'"),
        ("x y", "an operator is missing before 'y'"),
        ("2x", "an operator is missing before 'x'"),
        ("x (y)", "an operator is missing before '\\('"),
        ("(x)(y)", "an operator is missing before '\\('"),
        ("x(1)", "an operator is missing before '\\('"),
    ],
)
def test_a_broken_infix_text_is_refused_with_its_reason(text, message):
    with pytest.raises(ParseError, match=message):
        parse_infix(text, XY3)


@pytest.mark.parametrize(
    "text",
    [
        *("z", "X", "4", "12", "01", "x1", "__import__", "x;y", "1.5", "1e3", "x % y", "x ^ y", "x, y", "[x]"),
        *("x\ny", "x\r", "x\x00", "x + y\u2028", "x\u00a0+ y", "\ud800"),
        *("x \u2212 y", "x \u00d7 y", "x \u00f7 y", "\uff11", "\u0661", "\u00b2", "\u0445"),
    ],
)
def test_symbols_beyond_the_grammar_are_refused(text):
    for parse in PARSERS:
        with pytest.raises(ParseError):
            parse(text, XY3)


def test_operators_beyond_the_grammar_are_refused():
    differences = Grammar(name="differences", variables=("x",), constants=(1,), operators=("-",))
    for parse, text in ((parse_infix, "x + 1"), (parse_prefix, "+ x 1")):
        with pytest.raises(ParseError, match=r"not .* grammar differences"):
            parse(text, differences)


@pytest.mark.parametrize("text", ["", " ", "x ", " x", "+  x y", "+ x", "x y", "+ x y 1", "( x )", "+\tx\ty"])
def test_a_prefix_text_is_exactly_one_tree_between_single_spaces(text):
    with pytest.raises(ParseError):
        parse_prefix(text, XY3)


@pytest.mark.parametrize("parse", PARSERS)
def test_texts_are_read_up_to_the_stated_length(parse):
    with pytest.raises(ParseError, match=f"{MAX_CHARACTERS + 1} characters; at most {MAX_CHARACTERS}"):
        parse("x" + " " * MAX_CHARACTERS, XY3)


def test_a_text_of_the_stated_length_is_read():
    assert parse_infix("x" + " " * (MAX_CHARACTERS - 1), XY3).symbols == ("x",)


@pytest.mark.parametrize(
    "write",
    [
        lambda n: (parse_infix, "+".join("x" * n)),
        lambda n: (parse_infix, "x-(" * (n - 1) + "x" + ")" * (n - 1)),
        lambda n: (parse_prefix, " ".join("-" * (n - 1) + "x" * n)),
    ],
    ids=["infix to the left", "infix to the right", "prefix"],
)
def test_programs_are_read_up_to_the_stated_number_of_leaves(write):
    parse, text = write(MAX_LEAVES)
    assert size(parse(text, XY3)) == MAX_LEAVES
    parse, text = write(MAX_LEAVES + 1)
    with pytest.raises(ParseError, match=f"{MAX_LEAVES + 1} leaves; at most {MAX_LEAVES}"):
        parse(text, XY3)


def test_parentheses_nest_as_deep_as_the_length_allows():
    deep = (MAX_CHARACTERS - 1) // 2
    assert parse_infix("(" * deep + "x" + ")" * deep, XY3).symbols == ("x",)


@pytest.mark.parametrize(
    "text",
    ["(" * 10**6 + "x" + ")" * 10**6, "(" * 10**6, ")" * 10**6, "x + " * 10**6, "- " * 10**6, "x" * 10**6, "9" * 10**6],
    ids=["nested", "open", "closed", "chain", "signs", "name", "number"],
)
def test_a_huge_text_is_refused_at_once(text):
    started = time.perf_counter()
    for parse in PARSERS:
        with pytest.raises(ParseError, match="characters"):
            parse(text, XY3)
    assert time.perf_counter() - started < 0.5


def test_parsing_does_not_recurse():
    deep = (MAX_CHARACTERS - 1) // 2
    limit = sys.getrecursionlimit()
    frame, here = sys._getframe(), 0
    while frame is not None:
        frame, here = frame.f_back, here + 1
    try:
        sys.setrecursionlimit(here + 20)
        assert parse_infix("(" * deep + "x" + ")" * deep, XY3).symbols == ("x",)
        assert size(parse_infix("x-(" * 31 + "x" + ")" * 31, XY3)) == 32
    finally:
        sys.setrecursionlimit(limit)
