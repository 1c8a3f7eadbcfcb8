"""The kernel that runs automata against the automaton itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import expressions

from arith_synth.errors import UsageError
from arith_synth.grammar import grammar_named
from arith_synth.grammar.automata import Pattern
from arith_synth.grammar.patterns import PATTERNS, shape_pattern
from arith_synth.semantics.programs import encode_programs
from arith_synth.spaces.pattern_states import lies_in, pattern_states

XY3, XYCOND = grammar_named("xy3"), grammar_named("xycond")
ALL = [*PATTERNS.values(), shape_pattern("((..)(..))")]


@pytest.mark.parametrize("grammar", [XY3, XYCOND], ids=["xy3", "xycond"])
@given(data=st.data())
def test_states_are_the_automatons(grammar, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(expressions(grammar), min_size=1, max_size=5))
    codes = encode_programs(drawn, grammar)
    for pattern in ALL:
        assert pattern_states(codes, grammar, pattern).tolist() == [pattern.state_of(program) for program in drawn]
        assert lies_in(codes, grammar, pattern).tolist() == [pattern.accepts(program) for program in drawn]


def test_a_pattern_without_a_row_for_an_operator_is_refused() -> None:
    sums = Pattern(
        name="sums", title="", states=("no", "yes"), leaf_state=0, accepting=frozenset({1}),
        transitions={"+": ((1, 1), (1, 1))},
    )  # fmt: skip
    codes = encode_programs([], XY3, 3)
    with pytest.raises(UsageError, match="no row for '-'"):
        pattern_states(codes, XY3, sums)
