"""Rows of symbol codes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions

from arith_synth.errors import ArithSynthError
from arith_synth.grammar import Grammar, leaf_expression, parse_infix, parse_prefix, size
from arith_synth.semantics.programs import PADDING, decode_program, encode_programs, n_leaf_codes, row_width


@given(st.lists(expressions(), max_size=5))
def test_decoding_inverts_encoding(programs):
    codes = encode_programs(programs, XY3)
    assert [decode_program(row, XY3) for row in codes] == programs


@given(st.lists(expressions(), min_size=1, max_size=5), st.integers(0, 3))
def test_rows_are_prefix_codes_with_padding_at_the_end(programs, more):
    width = row_width(max(map(size, programs)) + more)
    codes = encode_programs(programs, XY3, width)
    assert codes.shape == (len(programs), width)
    assert codes.dtype == np.uint8
    for row, program in zip(codes, programs, strict=True):
        length = row_width(size(program))
        assert np.all(row[:length] != PADDING)
        assert np.all(row[length:] == PADDING)


@given(st.lists(expressions(XYCOND), min_size=1, max_size=5))
def test_a_row_holds_programs_whose_operators_have_more_than_two_operands(programs):
    codes = encode_programs(programs, XYCOND, row_width(max(map(size, programs))))
    assert [decode_program(row, XYCOND) for row in codes] == programs


def test_codes_of_known_programs():
    programs = [parse_infix(text, XY3) for text in ("x", "y - 3", "x / (y * 1)")]
    assert encode_programs(programs, XY3).tolist() == [[1, 0, 0, 0, 0], [7, 2, 5, 0, 0], [9, 1, 8, 2, 3]]


def test_leaves_have_the_first_codes():
    leaves = encode_programs([leaf_expression(leaf) for leaf in XY3.leaves], XY3)
    assert leaves[:, 0].tolist() == list(range(1, n_leaf_codes(XY3) + 1))


def test_no_programs_make_no_rows():
    assert encode_programs([], XY3).shape[0] == 0


def test_a_program_longer_than_the_row_is_refused():
    with pytest.raises(ValueError):
        encode_programs([parse_prefix("+ x y", XY3)], XY3, width=2)


def test_a_grammar_with_more_symbols_than_codes_is_refused_in_words():
    def encode_the_last():
        grammar = Grammar(name="large", variables=("x",), constants=tuple(range(300)))
        return encode_programs([leaf_expression("299")], grammar)

    with pytest.raises(ArithSynthError):
        encode_the_last()
