"""Exact execution against a naive recursive interpreter, and the texts of outputs."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions, points

from arith_synth.errors import ParseError
from arith_synth.grammar import Expression, Grammar, compose, parse_infix
from arith_synth.semantics.execution import execute, format_value, outputs_of, parse_value

WITH_ZERO = Grammar(name="with zero", variables=("x", "y"), constants=(0, 1, 7))
fractions = st.fractions(min_value=-30, max_value=30, max_denominator=30)


def naive_value(expression: Expression, point: dict[str, Fraction]) -> Fraction:
    """Recursive descent over the prefix order; ZeroDivisionError where it is undefined."""
    rest = iter(expression.symbols)

    def value() -> Fraction:
        symbol = next(rest)
        if symbol in point or symbol.isdigit():
            return point[symbol] if symbol in point else Fraction(symbol)
        left, right = value(), value()
        if symbol == "if":
            chosen, otherwise = value(), value()
            return chosen if left < right else otherwise
        if symbol in ("min", "max"):
            return min(left, right) if symbol == "min" else max(left, right)
        if symbol == "+":
            return left + right
        if symbol == "-":
            return left - right
        return left * right if symbol == "*" else left / right

    return value()


@given(expressions(WITH_ZERO, max_leaves=10), fractions, fractions)
def test_execution_agrees_with_a_naive_interpreter(expression, x, y):
    point = {"x": x, "y": y}
    try:
        expected = naive_value(expression, point)
    except ZeroDivisionError:
        expected = None
    assert execute(expression, point) == expected


@given(expressions(XYCOND, max_leaves=12), fractions, fractions)
def test_execution_of_comparisons_agrees_with_a_naive_interpreter(expression, x, y):
    point = {"x": x, "y": y}
    try:
        expected = naive_value(expression, point)
    except ZeroDivisionError:
        expected = None
    assert execute(expression, point) == expected


@pytest.mark.parametrize("place", range(4))
@given(expressions(XYCOND, max_leaves=4), points(XYCOND))
def test_an_undefined_operand_of_a_conditional_makes_the_output_undefined_even_if_it_is_not_taken(place, other, point):
    operands = [other] * 4
    operands[place] = parse_infix("1 / (x - x)", XYCOND)
    assert execute(compose("if", *operands), dict(zip(XYCOND.variables, point, strict=True))) is None


@given(expressions(WITH_ZERO, max_leaves=6), st.sampled_from("+-*/"), points(WITH_ZERO))
def test_an_undefined_operand_makes_the_output_undefined(other, operator, point):
    assignment = dict(zip(WITH_ZERO.variables, point, strict=True))
    undefined = parse_infix("x / 0", WITH_ZERO)
    assert execute(compose(operator, undefined, other), assignment) is None
    assert execute(compose(operator, other, undefined), assignment) is None


@pytest.mark.parametrize(
    "text", ["0 * (1 / 0)", "0 / 0", "1 / 0 - 1 / 0", "0 / (1 / 0)", "(1 / 0) / (1 / 0)", "x / (y - y)"]
)
def test_nothing_cancels_a_division_by_zero(text):
    assert execute(parse_infix(text, WITH_ZERO), {"x": 5, "y": 4}) is None


def test_algebraically_equal_programs_may_differ_in_where_they_are_defined():
    quotient = parse_infix("x * y / y", XY3)
    assert execute(quotient, {"x": 5, "y": 0}) is None
    assert execute(quotient, {"x": 5, "y": 2}) == 5


def test_outputs_are_exact_beyond_floats_and_machine_words():
    program = parse_infix("x * x * x * x * x / (y * y * y)", XY3)
    value = execute(program, {"x": 10**9 + 7, "y": 3**20})
    assert value == Fraction((10**9 + 7) ** 5, 3**60)


def test_outputs_stand_in_the_order_of_points_and_variables():
    program = parse_infix("x / y - 2", XY3)
    assert outputs_of(program, XY3, [(5, -7), (4, 2), (1, 0), (-3, 1)]) == ["-19/7", "0", "undef", "-5"]


def test_a_point_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError):
        outputs_of(parse_infix("x", XY3), XY3, [(1, 2, 3)])


def test_execution_does_not_recurse():
    chain = Expression(("-",) * 20_000 + ("x",) + ("y",) * 20_000)
    assert execute(chain, {"x": 7, "y": 1}) == 7 - 20_000


@given(st.none() | st.fractions() | st.integers().map(Fraction))
def test_parsing_inverts_formatting_of_values(value):
    assert parse_value(format_value(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(-7, 3), "-7/3"), (Fraction(8, 2), "4"), (Fraction(0), "0"), (Fraction(3, -6), "-1/2"), (None, "undef")],
)
def test_value_texts_are_canonical(value, text):
    assert format_value(value) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", " 4", "4 ", "4\n", "+4", "--4", "1.5", "1e3", "4/", "/3", "4/-2", "4 / 2", "1/2/3", "4/0", "0/0"),
        *("UNDEF", "undef ", "nan", "inf", "x", "1_000", "0x10", "9" * 401, "\u0664", "\uff14", "\u22124"),
    ],
)
def test_other_texts_are_no_values(text):
    with pytest.raises(ParseError) as refusal:
        parse_value(text)
    assert len(str(refusal.value).splitlines()) == 1


@given(st.text(max_size=30) | st.text("0123456789/-", max_size=12))
def test_any_text_is_a_value_or_refused_by_name(text):
    try:
        value = parse_value(text)
    except ParseError:
        return
    assert parse_value(format_value(value)) == value
