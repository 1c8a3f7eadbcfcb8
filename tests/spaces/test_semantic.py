"""Semantic coordinates: exact logarithms of plain double arithmetic, and components that mean what they should."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given
from strategies import XY3, XYCOND, expressions

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.errors import UsageError
from arith_synth.grammar import Expression, compose, grammar_named, leaf_expression, parse_infix
from arith_synth.semantics.programs import encode_programs
from arith_synth.spaces.grid import grid_points
from arith_synth.spaces.quantization import COORDINATE_BOUND, N_COORDINATES
from arith_synth.spaces.semantic import (
    LOADING_BOUND,
    LOG_BOUND,
    fit_semantic_basis,
    grid_logarithms,
    semantic_coordinates,
)

POINTS = grid_points(XY3).tolist()


def naive_output(expression: Expression, point: list[float]) -> float:
    """Python floats are IEEE doubles, one operation at a time."""
    values = dict(zip(XY3.variables, point, strict=True))

    def quotient(a: float, b: float) -> float:
        if b == 0:  # Python raises where IEEE has an infinity or NaN
            return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)
        return a / b

    def strict(meaning):
        return lambda *operands: meaning(*operands) if all(map(math.isfinite, operands)) else math.nan

    meanings = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": quotient,
        "min": strict(min),
        "max": strict(max),
        "if": strict(lambda a, b, c, d: c if a < b else d),
    }
    return expression.fold(
        lambda symbol: values[symbol] if symbol in values else float(symbol),
        lambda operator, operands: meanings[operator](*operands),
    )


def naive_logarithm(value: float) -> int:
    if math.isnan(value) or value == 0:
        return 0
    if math.isinf(value):
        return LOG_BOUND if value > 0 else -LOG_BOUND
    mantissa, exponent = math.frexp(1.0 + abs(value))  # mantissa in [1/2, 1)
    # In integers: adding a fraction of 52 bits to an exponent would round it.
    fraction = int(mantissa * 2**53) - 2**52
    logarithm = min(((exponent - 1) << 20) + fraction // 2**32, LOG_BOUND)
    return logarithm if value > 0 else -logarithm


@given(expressions(XY3))
def test_logarithms_are_those_of_one_double_operation_at_a_time(expression):
    found = grid_logarithms(encode_programs([expression], XY3), XY3)[0]
    assert found.tolist() == [naive_logarithm(naive_output(expression, point)) for point in POINTS]


@given(expressions(XYCOND, max_leaves=12))
def test_logarithms_of_comparisons_are_those_of_one_double_operation_at_a_time(expression):
    found = grid_logarithms(encode_programs([expression], XYCOND), XYCOND)[0]
    assert found.tolist() == [naive_logarithm(naive_output(expression, point)) for point in POINTS]


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("min(3, 1)", 1 << 20),
        ("max(1, 3)", 2 << 20),
        ("if 1 < 3 then 1 else 3", 1 << 20),
        ("if 1 < 1 then 1 else 3", 2 << 20),
        ("if 3 < 1 then 1 else 3", 2 << 20),
        ("min(1, 1 / (x - x))", 0),
        ("max(1 / (x - x), 1)", 0),
        ("if 1 < 3 then 1 else 1 / (x - x)", 0),
        ("if 1 < 1 / (x - x) then 1 else 3", 0),
        ("min(1, (x - x) / (y - y))", 0),
    ],
)
def test_comparisons_choose_and_are_undefined_where_any_operand_is(program, expected):
    codes = encode_programs([parse_infix(program, XYCOND)], XYCOND)
    assert (grid_logarithms(codes, XYCOND) == expected).all()


def test_operators_that_a_grammar_lacks_change_none_of_its_logarithms():
    codes = build_corpus(XY3, 4, patterns=()).codes
    digest = hashlib.sha256(grid_logarithms(codes, XY3).astype("<i4").tobytes()).hexdigest()
    assert digest == "db67a900484adb85b807fe8e62393a240d91f141ed0f1cc773370d82bf4668e2"


@pytest.mark.parametrize(
    ("program", "expected"),
    [("1 - 1", 0), ("1", 1 << 20), ("1 - 2", -(1 << 20)), ("3", 2 << 20), ("2", (1 << 20) + (1 << 19))],
)
def test_logarithms_are_octaves_of_one_plus_magnitude_with_sign(program, expected):
    codes = encode_programs([parse_infix(program, XY3)], XY3)
    assert (grid_logarithms(codes, XY3) == expected).all()


@pytest.mark.parametrize(
    ("program", "expected"),
    [("1 / (x - x)", LOG_BOUND), ("(1 - 2) / (x - x)", -LOG_BOUND), ("(x - x) / (x - x)", 0)],
)
def test_infinities_are_the_bound_and_undefined_is_zero(program, expected):
    codes = encode_programs([parse_infix(program, XY3)], XY3)
    assert (grid_logarithms(codes, XY3) == expected).all()


def test_huge_outputs_stop_at_the_bound():
    program = leaf_expression("x")
    for _ in range(31):
        program = compose("*", program, leaf_expression("x"))
    assert np.abs(grid_logarithms(encode_programs([program], XY3), XY3)).max() == LOG_BOUND


@pytest.fixture(scope="module")
def codes():
    return build_corpus(XY3, 4, patterns=()).codes


@pytest.fixture(scope="module")
def fitted(codes):
    return fit_semantic_basis(codes, XY3)


def test_coordinates_are_principal_components_of_z_scores(codes, fitted):
    basis, means, shares = fitted
    logarithms = grid_logarithms(codes, XY3) / 2.0**20
    z_scores = (logarithms - logarithms.mean(axis=0)) / logarithms.std(axis=0)
    _, singular, directions = np.linalg.svd(z_scores, full_matrices=False)
    assert shares == pytest.approx((singular**2 / (singular**2).sum())[:N_COORDINATES], abs=1e-3)
    coordinates = semantic_coordinates(codes, XY3, basis, means) / 2.0**15
    for axis in range(4):
        component = z_scores @ directions[axis] / np.sqrt(directions.shape[1])
        component *= np.sign(component @ coordinates[:, axis])
        assert np.abs(component - coordinates[:, axis]).max() < 0.02


@pytest.mark.parametrize(("name", "max_size"), [("xy3", 4), ("xy5", 3), ("xy9", 3), ("xyz3", 3)])
def test_the_first_coordinate_grows_with_every_output(name, max_size):
    grammar = grammar_named(name)
    basis, _, _ = fit_semantic_basis(build_corpus(grammar, max_size, patterns=()).codes, grammar)
    assert basis[0].min() > 0


def test_the_first_coordinate_is_output_magnitude_with_sign(codes, fitted):
    basis, means, _ = fitted
    mean_logarithm = grid_logarithms(codes, XY3).mean(axis=1)
    first = semantic_coordinates(codes, XY3, basis, means)[:, 0]
    assert np.corrcoef(first, mean_logarithm)[0, 1] > 0.99


def test_the_largest_sums_neither_overflow_nor_pass_the_bound():
    basis = np.full((N_COORDINATES, len(POINTS)), LOADING_BOUND, dtype=np.int32)
    means = np.full(len(POINTS), -LOG_BOUND, dtype=np.int32)
    codes = encode_programs([parse_infix("1 / (x - x)", XY3)], XY3)
    assert (semantic_coordinates(codes, XY3, basis, means) == COORDINATE_BOUND - 1).all()
    assert (semantic_coordinates(codes, XY3, -basis, means) == 1 - COORDINATE_BOUND).all()


def test_a_basis_out_of_bounds_is_refused(codes, fitted):
    basis, means, _ = fitted
    with pytest.raises(UsageError, match="fit_bases"):
        semantic_coordinates(codes, XY3, np.full_like(basis, LOADING_BOUND + 1), means)
    with pytest.raises(UsageError, match="fit_bases"):
        semantic_coordinates(codes, XY3, basis[:, :8], means)


def test_a_constant_corpus_has_no_direction():
    codes = encode_programs([parse_infix("x", XY3)] * 3, XY3)
    basis, means, shares = fit_semantic_basis(codes, XY3)
    assert not shares.any()
    assert not semantic_coordinates(codes, XY3, basis, means).any()
