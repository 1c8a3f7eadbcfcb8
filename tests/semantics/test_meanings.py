"""The table of meanings."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.grammar import Grammar, grammar_named
from arith_synth.grammar.operators import OPERATORS
from arith_synth.semantics.meanings import MEANINGS, PRIME, identity_of

values = st.fractions(min_value=-50, max_value=50, max_denominator=50)


def residue(value: Fraction) -> int:
    return value.numerator * pow(value.denominator, -1, PRIME) % PRIME


def test_every_operator_has_a_meaning_for_as_many_operands_as_it_takes():
    assert set(MEANINGS) == set(OPERATORS)
    for symbol, operator in OPERATORS.items():
        assert isinstance(MEANINGS[symbol].exact(*[Fraction(3)] * operator.arity), Fraction)


@pytest.mark.parametrize("symbol", [symbol for symbol, meaning in MEANINGS.items() if meaning.modular])
@given(values, values)
def test_a_modular_meaning_is_the_exact_one_modulo_the_prime(symbol, left, right):
    exact, modular = MEANINGS[symbol].exact(left, right), MEANINGS[symbol].modular(residue(left), residue(right))
    assert modular == (None if exact is None else residue(exact))


@given(values, values, values, values)
def test_operators_that_compare_select_an_operand(a, b, c, d):
    assert MEANINGS["min"].exact(a, b) == (a if a < b else b)
    assert MEANINGS["max"].exact(a, b) == (b if a < b else a)
    assert MEANINGS["if"].exact(a, b, c, d) == (c if a < b else d)


def test_equal_values_are_not_less():
    one, other = Fraction(1), Fraction(2)
    assert MEANINGS["if"].exact(one, Fraction(1), one, other) == other


@given(values, values)
def test_commutative_operators_commute(left, right):
    for symbol, operator in OPERATORS.items():
        if operator.commutative:
            assert MEANINGS[symbol].exact(left, right) == MEANINGS[symbol].exact(right, left)


@pytest.mark.parametrize("name", ["xy3", "xy5", "xy9", "xyz3"])
def test_grammars_of_arithmetic_have_algebraic_identity(name):
    assert identity_of(grammar_named(name)) == "algebraic"


@pytest.mark.parametrize("operators", [("min",), ("+", "max"), ("if", "+", "-", "*", "/")])
def test_one_operator_that_compares_makes_identity_observational(operators):
    assert identity_of(Grammar(name="mine", variables=("x",), constants=(), operators=operators)) == "observational"
