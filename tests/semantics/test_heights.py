"""Residues tell programs apart only as long as their integers stay below p."""

import pytest

from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.folders import start_build
from arith_synth.errors import CapacityError
from arith_synth.grammar import NAMED_GRAMMARS, Grammar, compose, grammar_named, leaf_expression, parse_infix
from arith_synth.semantics.fingerprints import PRIME, fingerprint_of
from arith_synth.semantics.heights import check_heights, heights

POWERS = Grammar(name="powers", variables=("x",), constants=(1, 16, 524288), operators=("*",))


def norms(program):
    """Sums of the magnitudes of the coefficients of numerator and denominator, not reduced, by SymPy."""
    from sympy.polys.domains import ZZ
    from sympy.polys.rings import ring

    polynomials, x, y = ring("x,y", ZZ)
    leaves = {"x": (x, polynomials(1)), "y": (y, polynomials(1))}

    def combine(operator, operands):
        (a, b), (c, d) = operands
        if operator == "/":
            return a * d, b * c
        return ({"+": a * d + b * c, "-": a * d - b * c, "*": a * c}[operator], b * d)

    both = program.fold(
        lambda symbol: leaves[symbol] if symbol in leaves else (polynomials(int(symbol)), polynomials(1)), combine
    )
    return tuple(sum(abs(int(coefficient)) for coefficient in polynomial.coeffs()) for polynomial in both)


def trees(grammar, size):
    if size == 1:
        return [leaf_expression(leaf) for leaf in grammar.leaves]
    return [
        compose(operator, left, right)
        for i in range(1, size)
        for operator in grammar.operators
        for left in trees(grammar, i)
        for right in trees(grammar, size - i)
    ]


@pytest.mark.parametrize("operators", [("+", "-", "*", "/"), ("+", "-"), ("*",), ("+", "*"), ("/", "-")])
@pytest.mark.parametrize("constants", [(), (1,), (0, 3), (2, 7)])
def test_no_program_is_higher_than_the_bound(operators, constants):
    grammar = Grammar(name="small", variables=("x", "y"), constants=constants, operators=operators)
    for size in (1, 2, 3):
        numerator, denominator = heights(grammar, size)
        for program in trees(grammar, size):
            top, bottom = norms(program)
            assert top <= numerator
            assert bottom <= denominator


def test_a_power_of_two_that_is_1_modulo_p_would_merge_two_classes():
    program = parse_infix("524288 * 524288 * 524288 * 16 * x", POWERS)
    assert 524288**3 * 16 % PRIME == 1
    assert fingerprint_of(program, POWERS) == fingerprint_of(parse_infix("x", POWERS), POWERS)


def test_a_size_at_which_that_can_happen_is_refused_in_core_and_on_disk(tmp_path):
    assert enumerate_bank(POWERS, 3).classes_by_size == [4, 6, 10]
    with pytest.raises(CapacityError, match="lower --max-size or choose smaller constants"):
        enumerate_bank(POWERS, 4)
    with pytest.raises(CapacityError, match="lower --max-size or choose smaller constants"):
        start_build(tmp_path / "classes", POWERS, 4)


@pytest.mark.parametrize("name", [name for name in NAMED_GRAMMARS if name != "xycond"])
def test_the_named_grammars_are_safe_at_every_supported_size(name):
    check_heights(grammar_named(name), 9)
