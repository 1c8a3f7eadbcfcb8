"""Texts of many outputs are, byte for byte, those of each."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.semantics.execution import format_value
from arith_synth.semantics.output_texts import output_texts

INTEGERS = st.integers(-(2**63) + 1, 2**63 - 1) | st.integers(-1000, 1000)
VALUES = st.none() | st.builds(Fraction, INTEGERS, INTEGERS.filter(bool))


def texts_of(values):
    numerators = np.array([0 if value is None else value.numerator for value in values], dtype=np.int64)
    denominators = np.array([0 if value is None else value.denominator for value in values], dtype=np.int64)
    return output_texts(numerators, denominators).to_list()


@given(st.lists(VALUES, max_size=20))
def test_output_texts_are_those_of_each_value(values):
    assert texts_of(values) == [format_value(value) for value in values]


def test_every_number_of_digits_is_written():
    values = [sign * Fraction(10**digits - step) for digits in range(19) for step in (0, 1) for sign in (1, -1)]
    assert texts_of(values) == [str(value) for value in values]


def test_outputs_are_taken_row_by_row():
    assert output_texts(np.array([[-7, 4], [0, 0]]), np.array([[3, 1], [0, 1]])).to_list() == [
        "-7/3",
        "4",
        "undef",
        "0",
    ]
