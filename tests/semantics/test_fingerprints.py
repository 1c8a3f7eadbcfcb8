"""Fingerprints against SymPy: equal if and only if algebraically equal."""

import itertools

import pytest
import sympy
from hypothesis import given, settings
from strategies import XY3, expressions

from arith_synth.grammar import Expression, Grammar, compose, leaf_expression, parse_infix
from arith_synth.seeding import keyed_hash
from arith_synth.semantics.fingerprints import (
    PRIME,
    collision_bound,
    field_points,
    fingerprint_of,
    format_fingerprint,
    residues_of,
)

X, Y, ONE, TWO, THREE = (leaf_expression(leaf) for leaf in XY3.leaves)


def rational_function(expression: Expression) -> sympy.Expr | None:
    """The program as a cancelled quotient of polynomials, or None when it divides by algebraic zero."""

    def combine(operator, operands):
        if None in operands:
            return None
        left, right = operands
        if operator == "/":
            return sympy.cancel(left / right) if right != 0 else None
        return sympy.cancel(left + right if operator == "+" else left - right if operator == "-" else left * right)

    return expression.fold(sympy.sympify, combine)


def is_same_class(one: Expression, other: Expression) -> bool:
    """By SymPy."""
    left, right = rational_function(one), rational_function(other)
    if left is None or right is None:
        return left is right
    return sympy.cancel(left - right) == 0


def drawn(n: int, n_leaves: int, name: str) -> list[Expression]:
    """Some fixed programs of `n_leaves` leaves."""

    def grow(leaves: int, *path) -> Expression:
        if leaves == 1:
            return leaf_expression(XY3.leaves[keyed_hash(name, "leaf", *path) % 5])
        left = 1 + keyed_hash(name, "cut", *path) % (leaves - 1)
        operator = XY3.operators[keyed_hash(name, "operator", *path) % 4]
        return compose(operator, grow(left, *path, "l"), grow(leaves - left, *path, "r"))

    return [grow(n_leaves, index) for index in range(n)]


def test_fingerprints_of_drawn_pairs_are_equal_if_and_only_if_sympy_says_so():
    programs = (
        drawn(14, 3, "three")
        + drawn(14, 4, "four")
        + [X, ONE, parse_infix("x - x", XY3), parse_infix("1 / (x - x)", XY3)]
    )
    functions = [rational_function(program) for program in programs]
    fingerprints = [fingerprint_of(program, XY3) for program in programs]
    for one, other in itertools.combinations(range(len(programs)), 2):
        left, right = functions[one], functions[other]
        same = left is right if left is None or right is None else sympy.cancel(left - right) == 0
        assert (fingerprints[one] == fingerprints[other]) == same


@settings(max_examples=40)
@given(expressions(max_leaves=3), expressions(max_leaves=3), expressions(max_leaves=2))
def test_the_laws_of_a_field_keep_the_fingerprint(a, b, c):
    for one, other in [
        (compose("+", a, b), compose("+", b, a)),
        (compose("*", a, compose("+", b, c)), compose("+", compose("*", a, b), compose("*", a, c))),
        (compose("-", a, compose("-", b, c)), compose("+", compose("-", a, b), c)),
        (compose("/", a, compose("/", b, c)), compose("*", compose("/", a, b), compose("*", c, compose("/", c, c)))),
    ]:
        left, right = fingerprint_of(one, XY3), fingerprint_of(other, XY3)
        assert left == right or None in (left, right)
        assert (left == right) == is_same_class(one, other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("(x * x - y * y) / (x - y)", "x + y", True),
        ("x / x", "1", True),
        ("x / y * y", "x", True),
        ("x - x", "y - y", True),
        ("1 / (1 / x)", "x", True),
        ("(x + 1) * (x - 1) + 1", "x * x", True),
        ("1 / 3 + 1 / 3 + 1 / 3", "3 - 2", True),
        ("x / (y - y)", "1 / (1 - 1)", True),
        ("x / (y - y)", "x", False),
        ("x * x", "x * x + 1 - 1 / (x * x * x * x * y * y * y * y)", False),
        ("x - y", "y - x", False),
        ("x / y", "y / x", False),
        ("x + 1 / 3", "x + 1 / 2", False),
        ("x * x * x", "x * x", False),
        ("(x + y) * (x + y)", "x * x + y * y", False),
        ("2 / 3 * x", "3 / 2 * x", False),
    ],
)
def test_known_pairs(one, other, same):
    left, right = parse_infix(one, XY3), parse_infix(other, XY3)
    assert (fingerprint_of(left, XY3) == fingerprint_of(right, XY3)) == same
    assert is_same_class(left, right) == same


def test_programs_that_agree_on_many_small_inputs_have_their_own_fingerprints():
    vanishing = "(x - 1) * (x - 2) * (x - 3) * x * (x + 1) * (x + 2) * (x + 3)"
    near = parse_infix(f"y + {vanishing}", XY3)
    assert fingerprint_of(near, XY3) != fingerprint_of(Y, XY3)


@pytest.mark.parametrize(
    "text", ["1 / (x - x)", "x / (2 - 1 - 1)", "(x / (y - y)) * 0", "1 / (1 / x - 3 / (x + x + x))"]
)
def test_a_division_by_algebraic_zero_has_no_fingerprint(text):
    grammar = Grammar(name="mine", variables=("x", "y"), constants=(0, 1, 2, 3))
    assert fingerprint_of(parse_infix(text, grammar), grammar) is None


@given(expressions())
def test_a_fingerprint_is_two_residues_in_hex(expression):
    residues = residues_of(expression, XY3)
    if residues is not None:
        text = fingerprint_of(expression, XY3)
        assert (int(text[:16], 16), int(text[16:], 16)) == residues
        assert max(residues) < PRIME
        assert format_fingerprint(*residues) == text


def test_fingerprints_are_frozen():
    texts = ["x", "y", "3", "x - x", "x / y", "1 / 3", "(x + y) * (x - 3)"]
    assert [fingerprint_of(parse_infix(text, XY3), XY3) for text in texts] == [
        "165cac26647fcb2e0ca0387a99daf1bf",
        "0f4a894a7ac8bc081d254e2a28d8ccd4",
        "00000000000000030000000000000003",
        "00000000000000000000000000000000",
        "025ec4f56b63dc15069982d89e69d2de",
        "15555555555555551555555555555555",
        "1a01eedb5a4361670d2f68270cef22fb",
    ]


def test_a_fingerprint_depends_on_variable_names_alone():
    other = Grammar(name="other", variables=("y", "q", "x"), constants=(9, 3, 2), operators=("/", "-"))
    text = "x / (y - 3) - 2"
    assert fingerprint_of(parse_infix(text, other), other) == fingerprint_of(parse_infix(text, XY3), XY3)


def test_field_points_differ_between_variables_and_between_points():
    values = [value for point in field_points(XY3) for value in point.values()]
    assert len(set(values)) == 4
    assert all(3 < value < PRIME for value in values)


def test_the_prime_is_prime():
    assert sympy.isprime(PRIME)


def test_the_collision_bound_counts_pairs():
    assert collision_bound(1, 5) == 0
    assert collision_bound(3, 5) == pytest.approx(3 * (10 / PRIME) ** 2)
    assert collision_bound(40_000_000, 7) < 1e-18


def test_residues_do_not_recurse():
    n_leaves = 20_000
    chain = Expression(("-",) * (n_leaves - 1) + ("x",) * n_leaves)
    x = field_points(XY3)[0]["x"]
    assert residues_of(chain, XY3)[0] == (2 - n_leaves) * x % PRIME
