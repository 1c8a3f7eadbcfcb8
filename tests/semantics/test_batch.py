"""The batched executor against the exact one, and the bound that makes 64 bits enough."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions, points

from arith_synth.errors import CapacityError
from arith_synth.grammar import Expression, Grammar, grammar_named, parse_infix, size
from arith_synth.semantics.batch import rational_outputs
from arith_synth.semantics.execution import execute, outputs_of
from arith_synth.semantics.output_texts import output_texts
from arith_synth.semantics.programs import encode_programs, row_width

SHUFFLED = Grammar(name="shuffled", variables=("b", "a"), constants=(7, 0, 2), operators=("/", "*", "-", "+"))
XYZ3 = grammar_named("xyz3")
SHUFFLED_COND = Grammar(
    name="shuffled", variables=("b", "a"), constants=(7, 0), operators=("max", "if", "/", "-", "min")
)


def unreduced(expression: Expression, leaves: dict[str, int]) -> tuple[int, int] | None:
    """Numerator and denominator by the schoolbook rules, never cancelled, in unbounded integers."""

    def combine(operator, operands):
        if None in operands:
            return None
        (a, b), (c, d) = operands[:2]
        if operator == "if":
            return operands[2] if Fraction(a, b) < Fraction(c, d) else operands[3]
        if operator in ("min", "max"):
            return (min if operator == "min" else max)(operands, key=lambda operand: Fraction(*operand))
        if operator == "*":
            return a * c, b * d
        if operator == "/":
            return (a * d, b * c) if c else None
        return (a * d + c * b if operator == "+" else a * d - c * b), b * d

    return expression.fold(lambda leaf: (leaves[leaf] if leaf in leaves else int(leaf), 1), combine)


@settings(max_examples=60)
@given(st.sampled_from([XY3, SHUFFLED, XYZ3, XYCOND, SHUFFLED_COND]).flatmap(
    lambda grammar: st.tuples(
        st.just(grammar),
        st.lists(expressions(grammar, max_leaves=7), min_size=1, max_size=6),
        st.lists(points(grammar), min_size=1, max_size=6),
    )
))  # fmt: skip
def test_batched_outputs_equal_exact_execution(case):
    grammar, programs, at = case
    numerators, denominators = rational_outputs(encode_programs(programs, grammar), grammar, np.array(at))
    for row, program in enumerate(programs):
        for column, point in enumerate(at):
            exact = execute(program, dict(zip(grammar.variables, point, strict=True)))
            found = int(numerators[row, column]), int(denominators[row, column])
            assert found == ((0, 0) if exact is None else (exact.numerator, exact.denominator))


def test_outputs_of_all_small_programs_equal_exact_execution():
    texts = [f"{left} {one} ({middle} {two} {right})" for left in "xy2" for middle in "xy3" for right in "y1"
             for one in "+-*/" for two in "+-*/"]  # fmt: skip
    programs = [parse_infix(text, XY3) for text in texts]
    at = [(x, y) for x in range(-3, 4) for y in range(-3, 4)]
    numerators, denominators = rational_outputs(encode_programs(programs, XY3), XY3, np.array(at))
    for row, program in enumerate(programs):
        assert output_texts(numerators[row], denominators[row]).to_list() == outputs_of(program, XY3, at)


def test_outputs_of_all_conditionals_of_leaves_equal_exact_execution():
    programs = [Expression(("if", *leaves)) for leaves in itertools.product(XYCOND.leaves, repeat=4)]
    at = [(x, y) for x in (-2, 1, 2, 3) for y in (-1, 1, 2, 4)]
    numerators, denominators = rational_outputs(encode_programs(programs, XYCOND), XYCOND, np.array(at))
    for row, program in enumerate(programs):
        assert output_texts(numerators[row], denominators[row]).to_list() == outputs_of(program, XYCOND, at)


def test_fractions_are_compared_exactly():
    texts = [f"{name}(x / y, {value})" for name in ("min", "max") for value in ("1 / 3", "3 / (1 - 2)")]
    texts += [
        f"if {left} < {right} then x else y" for left, right in itertools.permutations(["1 / x", "2 / y", "1"], 2)
    ]
    programs = [parse_infix(text, XYCOND) for text in texts]
    at = [(x, y) for x in range(-4, 5) for y in range(-8, 9)]
    numerators, denominators = rational_outputs(encode_programs(programs, XYCOND), XYCOND, np.array(at))
    for row, program in enumerate(programs):
        assert output_texts(numerators[row], denominators[row]).to_list() == outputs_of(program, XYCOND, at)


def test_padding_changes_nothing():
    programs = [parse_infix(text, XY3) for text in ("x", "x / y", "x - (y - 1)")]
    at = np.array([(5, -7), (1, 0)])
    narrow = rational_outputs(encode_programs(programs, XY3), XY3, at)
    wide = rational_outputs(encode_programs(programs, XY3, width=row_width(9)), XY3, at)
    assert np.array_equal(narrow, wide)


def test_no_programs_or_no_points_give_empty_outputs():
    assert rational_outputs(encode_programs([], XY3), XY3, np.array([(1, 2)]))[0].shape == (0, 1)
    one = encode_programs([parse_infix("x", XY3)], XY3)
    assert rational_outputs(one, XY3, np.empty((0, 2), dtype=np.int64))[0].shape == (1, 0)


@given(expressions(max_leaves=9) | expressions(XYCOND, max_leaves=9), points(bound=50))
def test_numerators_and_denominators_stay_within_the_stated_bound(expression, point):
    largest = max(3, *map(abs, point))
    value = unreduced(expression, dict(zip(XY3.variables, point, strict=True)))
    if value is not None:
        assert max(map(abs, value)) <= Fraction((2 * largest) ** size(expression), 2)


@pytest.mark.parametrize(
    "text", ["x * x * x + y * y * y", "x / (1 / x) / (1 / x) + y", "(x + x) * (x + x)", "x * y - y * (0 - x)"]
)
def test_outputs_are_exact_at_the_largest_points_that_are_accepted(text):
    grammar = Grammar(name="mine", variables=("x", "y"), constants=(0, 1))
    program = parse_infix(text, grammar)
    largest = int((2**64) ** (1 / size(program)) / 2)
    at = [(largest - 1, largest - 1), (1 - largest, largest - 1), (largest - 1, 1 - largest)]
    numerators, denominators = rational_outputs(encode_programs([program], grammar), grammar, np.array(at))
    assert output_texts(numerators[0], denominators[0]).to_list() == outputs_of(program, grammar, at)
    with pytest.raises(CapacityError):
        rational_outputs(encode_programs([program], grammar), grammar, np.array([(largest + 1, 0)]))


@pytest.mark.parametrize("text", ["if x * x < x + y then x * y else y / x", "if 1 / x < 1 / y then x * x * x else y"])
def test_the_bound_counts_leaves_where_a_row_of_codes_has_more_of_them_than_operators(text):
    program = parse_infix(text, XYCOND)
    codes = encode_programs([program], XYCOND)
    assert size(program) > (codes.shape[1] + 1) // 2
    largest = int((2**64) ** (1 / size(program)) / 2)
    at = [(largest - 1, largest - 2), (1 - largest, largest - 1)]
    numerators, denominators = rational_outputs(codes, XYCOND, np.array(at))
    assert output_texts(numerators[0], denominators[0]).to_list() == outputs_of(program, XYCOND, at)
    with pytest.raises(CapacityError, match=f"programs of {size(program)} leaves"):
        rational_outputs(codes, XYCOND, np.array([(largest + 1, 0)]))


@pytest.mark.parametrize("extreme", [2**63 - 1, -(2**63), -(2**62)])
def test_points_at_the_ends_of_64_bits_are_refused(extreme):
    with pytest.raises(CapacityError, match="may leave 64 bits; execute them one by one instead"):
        rational_outputs(encode_programs([parse_infix("x * x", XY3)], XY3), XY3, np.array([(extreme, 1)]))


def test_large_constants_count_too():
    grammar = Grammar(name="large", variables=("x",), constants=(1_000_000,))
    four = encode_programs([parse_infix("x * x * x * x", grammar)], grammar)
    with pytest.raises(CapacityError):
        rational_outputs(four, grammar, np.array([[1]]))


@pytest.mark.parametrize("at", [[[5]], [[5, 6, 7]], [5, 6]])
def test_points_with_another_number_of_coordinates_are_refused(at):
    with pytest.raises(ValueError):
        rational_outputs(encode_programs([parse_infix("x - y", XY3)], XY3), XY3, np.array(at))
