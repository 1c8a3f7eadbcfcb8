"""Automata reject nonsense at birth, and say which row is missing."""

import pytest
from strategies import XY3

from arith_synth.errors import UsageError
from arith_synth.grammar import parse_infix
from arith_synth.grammar.automata import MAX_STATES, Pattern, tabulate
from arith_synth.grammar.operators import OPERATORS

ROWS = {"any": ((0, 1), (1, 1))}
PARTS = {
    "name": "p",
    "title": "p",
    "states": ("a", "b"),
    "leaf_state": 0,
    "accepting": frozenset({1}),
    "transitions": ROWS,
}


def test_the_row_any_serves_binary_operators_without_their_own():
    pattern = Pattern(**PARTS | {"transitions": ROWS | {"/": ((1, 1), (0, 0))}})
    assert pattern.flat_table("+") == (0, 1, 1, 1)
    assert pattern.flat_table("/") == (1, 1, 0, 0)


def test_a_missing_row_is_named():
    pattern = Pattern(**PARTS | {"transitions": {"/": ((1, 1), (0, 0))}})
    with pytest.raises(UsageError, match=r"'p' has no row for '\+' \(arity 2\); add one"):
        pattern.table("+")


@pytest.mark.parametrize("symbol", [symbol for symbol, operator in OPERATORS.items() if operator.arity != 2])
def test_the_row_any_serves_binary_operators_only(symbol):
    with pytest.raises(UsageError, match=f"no row for '{symbol}'"):
        Pattern(**PARTS).table(symbol)


def test_an_unknown_operator_has_no_table():
    with pytest.raises(UsageError, match="unknown operator '%'; use any or some of"):
        Pattern(**PARTS).table("%")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "'' is no name of a pattern"),
        ({"name": "a/b"}, "'a/b' is no name of a pattern"),
        ({"states": tuple("abcdefghi")}, "'p' has 9 states; at most 8"),
        ({"states": ()}, "'p' has 0 states; at most 8 fit, and one is needed"),
        ({"states": ("a", "a")}, "lists a state twice"),
        ({"leaf_state": 2}, r"must be within 0\.\.1"),
        ({"accepting": frozenset({-1})}, r"must be within 0\.\.1"),
        ({"accepting": frozenset()}, "no accepting state"),
        ({"transitions": {"%": ROWS["any"]}}, "unknown operator '%'"),
        ({"transitions": {"any": ((0, 1), (1, 2))}}, "row 'any': 2 is no state"),
        ({"transitions": {"any": ((0, 1), (1, -1))}}, "row 'any': -1 is no state"),
        ({"transitions": {"any": ((0, 1),)}}, "lists of 2 entries, one a state, exactly 2 deep"),
        ({"transitions": {"any": ((0, 1), (1,))}}, "lists of 2 entries"),
        ({"transitions": {"any": (0, 1)}}, "exactly 2 deep"),
        ({"transitions": {"any": ((0, 1), 1)}}, "exactly 2 deep"),
        ({"transitions": {"any": ((0, 1), (1, (0, 1)))}}, "exactly 2 deep"),
        ({"transitions": {"any": 0}}, "exactly 2 deep"),
    ],
)
def test_an_automaton_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(UsageError, match=message) as raised:
        Pattern(**PARTS | change)
    assert "\n" not in str(raised.value)


def test_a_pattern_may_have_as_many_states_as_a_byte_has_bits():
    states = tuple("abcdefgh")
    pattern = tabulate(
        name="sizes", title="8 leaves", states=states, accepting={7}, rule=lambda _, parts: min(7, 1 + sum(parts))
    )
    assert pattern.n_states == MAX_STATES == 8
    assert [pattern.state_of(parse_infix(" + ".join("x" * n), XY3)) for n in (1, 2, 7, 8, 9)] == [0, 1, 6, 7, 7]
