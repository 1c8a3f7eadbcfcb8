"""Grammars as data."""

import pytest

from arith_synth.errors import GrammarError
from arith_synth.grammar import NAMED_GRAMMARS, Grammar, grammar_named
from arith_synth.grammar.operators import LEAF_PRECEDENCE, OPERATORS

WORDS = ["if", "then", "else", "min", "max"]


@pytest.mark.parametrize(
    ("name", "leaves"),
    [
        ("xy3", "x y 1 2 3"),
        ("xy5", "x y 1 2 3 4 5"),
        ("xy9", "x y 1 2 3 4 5 6 7 8 9"),
        ("xyz3", "x y z 1 2 3"),
    ],
)
def test_named_grammars_have_these_symbols_in_this_order(name, leaves):
    grammar = grammar_named(name)
    assert grammar.name == name
    assert grammar.symbols == (*leaves.split(), "+", "-", "*", "/")
    assert grammar.leaves == tuple(leaves.split())
    assert grammar.infix_marks == ("(", ")")


def test_xycond_adds_operators_that_compare_to_the_symbols_of_xy3():
    grammar = grammar_named("xycond")
    assert grammar.symbols == ("x", "y", "1", "2", "3", "+", "-", "*", "/", "min", "max", "if")
    assert grammar.infix_marks == ("(", ")", ",", "<", "then", "else")


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({"variables": ("1x",)}, "not an ASCII identifier"),
        ({"variables": ("",)}, "not an ASCII identifier"),
        ({"variables": ("x y",)}, "not an ASCII identifier"),
        ({"variables": ("é",)}, "not an ASCII identifier"),
        ({"variables": ("x\n",)}, "not an ASCII identifier"),
        ({"variables": ("+",)}, "not an ASCII identifier"),
        *[({"variables": (word,)}, f"{word!r} is a word of the notation") for word in WORDS],
        ({"constants": (True,)}, "constant True is not an integer"),
        ({"constants": (1.0,)}, "constant 1.0 is not an integer"),
        ({"constants": ("1",)}, "constant '1' is not an integer"),
        ({"constants": (-1,)}, "constant -1"),
        ({"constants": (1_000_001,)}, "constant 1000001"),
        ({"operators": ("+", "**")}, r"unknown operator '\*\*'"),
        ({"operators": ("(",)}, "unknown operator"),
        ({"operators": ()}, "has no operator"),
        ({"variables": (), "constants": ()}, "has no leaf"),
        ({"variables": ("x", "x")}, "lists a symbol twice"),
        ({"constants": (1, 2, 1)}, "lists a symbol twice"),
        ({"operators": ("+", "+")}, "lists a symbol twice"),
    ],
)
def test_a_senseless_grammar_is_refused_in_one_line(definition, message):
    with pytest.raises(GrammarError, match=message) as refusal:
        Grammar(**{"name": "mine", "variables": ("x",), "constants": (1,)} | definition)
    assert len(str(refusal.value).splitlines()) == 1
    assert "'mine'" in str(refusal.value)


def test_an_unknown_field_is_refused():
    with pytest.raises(TypeError):
        Grammar(name="mine", variables=("x",), constants=(), operator="+")


def test_a_grammar_cannot_be_changed():
    grammar = Grammar(name="mine", variables=("x",), constants=(1,))
    with pytest.raises(AttributeError):
        grammar.variables = ("y",)


def test_equal_grammars_are_one_key():
    one, other = (Grammar(name="mine", variables=("x",), constants=(1,)) for _ in range(2))
    assert {one: 1}[other] == 1


def test_the_order_of_symbols_belongs_to_a_grammar():
    one = Grammar(name="mine", variables=("x",), constants=(1, 2))
    assert one != Grammar(name="mine", variables=("x",), constants=(2, 1))


def test_an_unknown_grammar_is_refused_with_the_nearest_name():
    with pytest.raises(GrammarError, match="unknown grammar 'xy33'; did you mean 'xy3'"):
        grammar_named("xy33")


def test_a_grammar_unlike_all_others_is_refused_with_all_names():
    with pytest.raises(GrammarError, match=", ".join(NAMED_GRAMMARS)):
        grammar_named("qqq")


def test_operators_of_one_precedence_are_of_one_kind():
    precedences = {symbol: operator.precedence for symbol, operator in OPERATORS.items()}
    assert precedences["+"] == precedences["-"] < precedences["*"] == precedences["/"]
    assert precedences["if"] < precedences["+"]
    assert precedences["min"] == precedences["max"] == LEAF_PRECEDENCE
    assert [symbol for symbol, operator in OPERATORS.items() if operator.commutative] == ["+", "*", "min", "max"]


def test_a_separator_stands_between_two_operands_of_every_call_and_conditional():
    for operator in OPERATORS.values():
        assert len(operator.separators) == (0 if operator.notation == "infix" else operator.arity - 1)
        assert operator.notation != "infix" or operator.arity == 2
