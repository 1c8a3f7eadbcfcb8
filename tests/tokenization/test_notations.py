import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, expressions

from arith_synth.errors import ParseError, UnknownNameError
from arith_synth.tokenization import NOTATIONS, read_program, write_program


@given(expressions(), st.sampled_from(NOTATIONS))
def test_reading_inverts_writing(expression, notation):
    assert read_program(write_program(expression, notation), notation, XY3) == expression


def test_a_text_of_the_other_notation_is_refused():
    with pytest.raises(ParseError):
        read_program("x + 1", "prefix", XY3)


def test_an_unknown_notation_is_named():
    with pytest.raises(UnknownNameError, match="postfix"):
        read_program("x", "postfix", XY3)
