"""Pairs of integers against `semantics.execution`, for every operator."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from strategies import XYCOND, expressions, points

from arith_synth.grammar import parse_infix
from arith_synth.scoring.pairs import behaviour_of, leaf_pairs, output_pairs
from arith_synth.semantics.execution import execute


def values_of(program, inputs):
    """The outputs by pairs, None where undefined."""
    numerators, denominators = output_pairs(program, leaf_pairs(XYCOND, inputs))
    ones = [1] * len(inputs)
    pairs = zip(numerators, ones if denominators is None else denominators, strict=True)
    return [Fraction(*pair) if pair[1] else None for pair in pairs]


@given(expressions(XYCOND, max_leaves=12), st.lists(points(XYCOND), min_size=1, max_size=8))
def test_operators_that_compare_are_exact_even_where_operands_are_undefined(program, inputs):
    expected = [execute(program, dict(zip(XYCOND.variables, point, strict=True))) for point in inputs]
    assert values_of(program, inputs) == expected
    reduced = [(0, 0) if value is None else (value.numerator, value.denominator) for value in expected]
    assert list(behaviour_of(output_pairs(program, leaf_pairs(XYCOND, inputs)), len(inputs))) == reduced


def test_negative_denominators_compare_as_their_fractions_do():
    # x / y at (1, -2) is the pair 1 / -2.
    assert values_of(parse_infix("min(x / y, 1 - 1)", XYCOND), [(1, -2), (1, 2)]) == [Fraction(-1, 2), 0]
    assert values_of(parse_infix("if x / y < 1 / y then 1 else 2", XYCOND), [(3, -2), (3, 2)]) == [1, 2]


def test_undef_in_the_branch_that_is_not_taken_makes_the_output_undef():
    assert values_of(parse_infix("if x < y then 1 else 1 / (x - x)", XYCOND), [(1, 2)]) == [None]
    assert values_of(parse_infix("max(1 / (x - x), 2)", XYCOND), [(1, 2)]) == [None]
