"""Identity by outputs on fixed inputs. These inputs, keys and fingerprints are part of the data version."""

import hashlib
import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import XYCOND, expressions

from arith_synth.errors import GrammarError
from arith_synth.grammar import Expression, Grammar, compose, grammar_named, leaf_expression, parse_infix, size
from arith_synth.semantics.execution import execute
from arith_synth.semantics.fingerprints import PRIME, collision_bound, collision_bound_of, fingerprint_of, residues_of
from arith_synth.semantics.observational import UNDEF_RESIDUE, identity_keys, identity_points
from arith_synth.semantics.panels import generic_points, panel_of, second_panel_of

LINE = Grammar(name="line", variables=("x",), constants=(1, 2), operators=("+", "-", "*", "/", "if"))
RELU = Grammar(name="relu", variables=("x", "y"), constants=(0, 1), operators=("+", "-", "max"))
SPREAD = Grammar(name="spread", variables=("x", "y"), constants=(10, 100), operators=("-", "if"))
XYZ = Grammar(name="xyz", variables=("x", "y", "z"), constants=(1, 2), operators=("+", "*", "min", "if"))
GRAMMARS = [XYCOND, LINE, RELU, SPREAD, XYZ]
BINARY = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b if b else None,
    lambda a, b: a if a < b else b, lambda a, b: b if a < b else a,
]  # fmt: skip
LEAVES = [leaf_expression(leaf) for leaf in XYCOND.leaves]


def outputs(expression: Expression, grammar: Grammar, points) -> tuple[Fraction | None, ...]:
    return tuple(execute(expression, dict(zip(grammar.variables, point, strict=True))) for point in points)


@pytest.mark.parametrize("grammar", GRAMMARS, ids=lambda grammar: grammar.name)
def test_256_identity_inputs_lie_on_no_panel_and_have_no_zero(grammar):
    points = identity_points(grammar)
    assert len(points) == len(set(points)) == 256
    assert not set(points) & {*panel_of(grammar).points, *second_panel_of(grammar).points}
    assert all(len(point) == len(grammar.variables) and 0 not in point for point in points)


def test_identity_inputs_of_xycond_are_small_integers_mostly_in_generic_position():
    points = identity_points(XYCOND)
    near = {(x, y) for x, y in points if min(abs(x), abs(y)) < 4 or abs(x) == abs(y)}
    assert all(max(abs(x), abs(y)) <= 6 for x, y in near)
    assert all(max(abs(x), abs(y)) <= 20 for x, y in points)
    assert {x for x, _ in near} == {y for _, y in near} == {*range(-6, 7)} - {0}
    assert any(x == y for x, y in near)
    assert 40 <= len(near) <= 64


@pytest.mark.parametrize("constants", [tuple(range(1, 10)), tuple(range(5, 105, 5))], ids=["nine", "twenty"])
def test_each_of_many_constants_is_a_value_of_each_coordinate(constants):
    grammar = Grammar(name="many", variables=("x", "y"), constants=constants, operators=("-", "if"))
    for axis in (0, 1):
        missing = set(constants) - {point[axis] for point in identity_points(grammar)}
        assert not missing


def test_identity_inputs_and_keys_of_xycond_are_frozen():
    assert identity_points(XYCOND)[:4] == ((7, -10), (8, -15), (18, -14), (10, -7))
    digest = hashlib.sha256(np.array(identity_points(XYCOND), dtype="<i8").tobytes()).hexdigest()
    assert digest == "571badae8eb8c127303adfb29c92515bb2ea9d11b33c537fce2649ca321b6964"
    digest = hashlib.sha256(identity_keys(XYCOND).astype("<u8").tobytes()).hexdigest()
    assert digest == "c89e95572fa0b178435379d919d5a6b5aa8fb9a9533530be0d12edc480ad3b43"
    assert UNDEF_RESIDUE == 1018260331694992552


def test_identity_inputs_depend_neither_on_names_nor_on_the_order_of_constants_and_operators():
    other = Grammar(
        name="other", variables=("b", "a"), constants=(3, 1, 2), operators=("if", "max", "/", "*", "-", "+")
    )
    assert identity_points(other) == identity_points(XYCOND)


@pytest.mark.parametrize("grammar", [XYCOND, LINE, SPREAD, XYZ], ids=lambda grammar: grammar.name)
def test_every_comparison_of_a_variable_with_a_constant_has_inputs_on_which_it_turns(grammar):
    for axis, constant in itertools.product(range(len(grammar.variables)), grammar.constants):
        values = {point[axis] for point in identity_points(grammar)}
        assert constant in values
        assert min(values) < 0
        assert any(value > constant for value in values)


def test_conditionals_of_leaves_are_told_apart_where_a_large_box_tells_them_apart():
    box = [(x, y) for x in range(-6, 7) for y in range(-6, 7) if x and y]
    programs = [compose("if", *leaves) for leaves in itertools.product(LEAVES, repeat=4)]
    by_outputs = {}
    for program in programs:
        by_outputs.setdefault(outputs(program, XYCOND, box), set()).add(residues_of(program, XYCOND))
    assert all(len(found) == 1 for found in by_outputs.values())
    assert len(set.union(*by_outputs.values())) == len(by_outputs)


def test_panels_of_xycond_are_those_of_xy3():
    assert generic_points(XYCOND) == generic_points(grammar_named("xy3"))


def test_keys_are_two_rows_of_non_zero_residues():
    keys = identity_keys(XYCOND)
    assert (keys.shape, keys.dtype) == ((2, 256), np.uint64)
    assert keys.min() >= 1
    assert keys.max() < PRIME
    assert len(np.unique(keys)) == 512
    assert not keys.flags.writeable


@settings(max_examples=60)
@given(expressions(XYCOND, max_leaves=6))
def test_a_fingerprint_is_two_linear_hashes_of_the_outputs(expression):
    values = outputs(expression, XYCOND, identity_points(XYCOND))
    expected = [0, 0]
    for index, row in enumerate(identity_keys(XYCOND).tolist()):
        for key, value in zip(row, values, strict=True):
            residue = UNDEF_RESIDUE if value is None else value.numerator * pow(value.denominator, -1, PRIME)
            expected[index] = (expected[index] + key * residue) % PRIME
    if all(value is None for value in values):
        assert residues_of(expression, XYCOND) is None
        assert fingerprint_of(expression, XYCOND) is None
    else:
        assert residues_of(expression, XYCOND) == tuple(expected)
        assert fingerprint_of(expression, XYCOND) == f"{expected[0]:016x}{expected[1]:016x}"


def test_programs_share_a_fingerprint_if_and_only_if_they_share_all_outputs():
    operators = [symbol for symbol in XYCOND.operators if symbol != "if"]
    twos = [compose(operator, *pair) for operator in operators for pair in itertools.product(LEAVES, repeat=2)]
    threes = [compose("/", leaf, two) for leaf in LEAVES for two in twos]
    by_outputs = {}
    for program in LEAVES + twos + threes:
        values = outputs(program, XYCOND, identity_points(XYCOND))
        by_outputs.setdefault(None if set(values) == {None} else values, set()).add(residues_of(program, XYCOND))
    assert all(len(found) == 1 for found in by_outputs.values())
    assert len(set.union(*by_outputs.values())) == len(by_outputs)
    assert by_outputs[None] == {None}


def test_brute_force_over_all_trees_counts_the_classes_of_xycond():
    points = [dict(zip(XYCOND.variables, point, strict=True)) for point in identity_points(XYCOND)]
    values_of_trees = {1: [tuple(execute(leaf, point) for point in points) for leaf in LEAVES]}
    for n_leaves in (2, 3):
        values_of_trees[n_leaves] = [
            tuple(None if None in (a, b) else operation(a, b) for a, b in zip(left, right, strict=True))
            for n_left in range(1, n_leaves)
            for left, right in itertools.product(values_of_trees[n_left], values_of_trees[n_leaves - n_left])
            for operation in BINARY
        ]
    assert [len(values) for values in values_of_trees.values()] == [5, 25 * 6, 2 * 125 * 36]
    known = {(None,) * len(points)}
    n_new = []
    for values in values_of_trees.values():
        n_new.append(len(set(values) - known))
        known.update(values)
    assert n_new == [5, 65, 1376]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("if x < y then x else y", "min(x, y)", True),
        ("if x < y then y else x", "max(y, x)", True),
        ("min(x, y) + max(x, y)", "y + x", True),
        ("max(x, min(x, y))", "x", True),
        ("if x < x then 1 else y", "y", True),
        ("if 1 < 2 then x else y", "x", True),
        ("x / x", "1", True),
        ("(x * x - y * y) / (x - y)", "x + y", False),  # undefined where x = y
        ("(x - 1) / (x - 1)", "1", False),
        ("if x < y then 1 else 2", "if y < x then 2 else 1", False),  # they differ where x = y
        ("if x < 1 then x else y", "if x < 2 then x else y", False),
        ("if x < 2 then x else y", "if x < 3 then x else y", False),
        ("if x < 3 then x else y", "if 3 < x then y else x", False),
        ("if x < 2 then x else y", "if 1 < x then y else x", True),  # on integers
        ("if x * x < 2 then x else y", "if x * x < 3 then x else y", True),  # on integers
    ],
)
def test_known_pairs(one, other, same):
    left, right = parse_infix(one, XYCOND), parse_infix(other, XYCOND)
    assert (fingerprint_of(left, XYCOND) == fingerprint_of(right, XYCOND)) == same


@pytest.mark.parametrize("text", ["1 / (x - x)", "if x < y then 1 else 1 / (x - x)", "min(x, 1 / (2 - 1 - 1))"])
def test_a_program_that_is_undefined_on_all_identity_inputs_has_no_fingerprint(text):
    assert fingerprint_of(parse_infix(text, XYCOND), XYCOND) is None


def test_undefinedness_on_some_inputs_is_part_of_the_fingerprint():
    texts = ["x", *(f"x + 1 / (x - {constant}) - 1 / (x - {constant})" for constant in (1, 2, 3))]
    assert len({fingerprint_of(parse_infix(text, XYCOND), XYCOND) for text in texts}) == 4


def test_fingerprints_are_frozen():
    texts = ["x", "3", "x - x", "x / y", "min(x, y)", "if x < 1 then y else 2", "1 / (x - 1)"]
    assert [fingerprint_of(parse_infix(text, XYCOND), XYCOND) for text in texts] == [
        "1e7acf0f64a08e301502c9366c08c32e",
        "071f8b710e63d09a182013ea9bdfb9c3",
        "00000000000000000000000000000000",
        "1dc013fda091a667108a5af76257a761",
        "0d283dc65619099118fa4a34c6142d08",
        "106e9b86f221ca7d13f680984da1124d",
        "1f8fe1fd76e4c5cb01dd275d6e07ee4e",
    ]


def test_no_small_fraction_has_the_residue_of_undef():
    """A fraction a/b = u modulo p with |ab| < p/2 is a convergent of u/p, so that Euclid's algorithm meets it."""
    remainders, cofactors = (PRIME, UNDEF_RESIDUE), (0, 1)
    while remainders[1]:
        assert max(remainders[1], abs(cofactors[1])) > 1 << 28
        quotient = remainders[0] // remainders[1]
        remainders = remainders[1], remainders[0] - quotient * remainders[1]
        cofactors = cofactors[1], cofactors[0] - quotient * cofactors[1]


def test_the_collision_bound_counts_pairs():
    assert collision_bound_of(XYCOND, 1, 4) == 0
    assert collision_bound_of(XYCOND, 3, 4) == pytest.approx(3 / (PRIME - 1) ** 2)
    assert collision_bound_of(XYCOND, 40_000, 4) < 1e-27
    assert collision_bound_of(grammar_named("xy3"), 3, 5) == collision_bound(3, 5)


def test_the_collision_bound_promises_nothing_where_outputs_can_share_residues():
    largest = max(abs(value) for point in identity_points(XYCOND) for value in point)
    sizes = [n for n in range(1, 12) if collision_bound_of(XYCOND, 2, n) < 1]
    assert sizes == [n for n in range(1, 12) if (2 * largest) ** n / 2 <= 2**28]


def test_a_denominator_that_the_prime_divides_counts_as_undefined():
    grammar = Grammar(name="large", variables=("x",), constants=(1, 8192, 65536), operators=("-", "*", "/", "min"))
    program = parse_infix("1 / (65536 * 65536 * 65536 * 8192 - 1)", grammar)
    assert execute(program, {"x": 1}) == Fraction(1, PRIME)
    assert fingerprint_of(program, grammar) is None


def test_a_grammar_without_a_variable_has_no_identity_inputs():
    numbers = Grammar(name="numbers", variables=(), constants=(1, 2), operators=("min",))
    with pytest.raises(GrammarError, match="has no variable"):
        fingerprint_of(leaf_expression("1"), numbers)


def test_fingerprints_do_not_recurse():
    chain = Expression(("min",) * 1_000 + ("x",) * 1_001)
    assert size(chain) == 1_001
    assert fingerprint_of(chain, XYCOND) == fingerprint_of(leaf_expression("x"), XYCOND)
