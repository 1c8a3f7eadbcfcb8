from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3

from arith_synth.errors import DatasetError, UnknownNameError
from arith_synth.semantics.execution import format_value
from arith_synth.training.data.columns import parse_fingerprints, parse_inputs, parse_outputs, split_columns

VALUES = st.none() | st.fractions(min_value=-(2**31), max_value=2**31, max_denominator=2**31)


def lists(rows, kind):
    return pa.chunked_array([pa.array(rows, pa.list_(kind))])


def outputs(rows):
    return lists(rows, pa.string())


@given(st.lists(st.lists(VALUES, min_size=3, max_size=3), min_size=1, max_size=8))
def test_parsing_outputs_inverts_writing_them(rows):
    numerators, denominators = parse_outputs(outputs([[format_value(value) for value in row] for row in rows]))
    for row, row_numerators, row_denominators in zip(rows, numerators.tolist(), denominators.tolist(), strict=True):
        for value, numerator, denominator in zip(row, row_numerators, row_denominators, strict=True):
            assert (None if denominator == 0 else Fraction(numerator, denominator)) == value


@pytest.mark.parametrize("rows", [[["1", "x"]], [["1.5", "2"]], [["1", "2"], ["1"]], [["9" * 30, "1"]], [["1/", "2"]]])
def test_an_output_that_is_no_exact_number_is_a_damaged_dataset(rows):
    with pytest.raises(DatasetError):
        parse_outputs(outputs(rows))


@pytest.mark.parametrize("rows", [[[[1, 2]], [[1]]], [[[1, 2, 3], [1]]], [[[1, 2]], [[1, 2], [3, 4]]]])
def test_inputs_of_other_numbers_of_coordinates_are_a_damaged_dataset(rows):
    with pytest.raises(DatasetError):
        parse_inputs(lists(rows, pa.list_(pa.int64())), 2)


@pytest.mark.parametrize("text", ["", "0" * 31 + "g", "0" * 30, "0" * 33])
def test_a_text_that_is_no_fingerprint_is_a_damaged_dataset(text):
    with pytest.raises(DatasetError):
        parse_fingerprints(pa.chunked_array([["0" * 32, text]]))


def test_the_columns_are_those_of_the_file(folder):
    columns = split_columns(folder, "random", "test", XY3)
    rows = folder.read("random", "test").to_pylist()
    assert columns.inputs.tolist() == [row["inputs"] for row in rows]
    values = [
        [format_value(Fraction(n, d)) for n, d in zip(*task, strict=True)]
        for task in zip(columns.numerators.tolist(), columns.denominators.tolist(), strict=True)
    ]
    assert values == [row["outputs"] for row in rows]
    assert [f"{a:016x}{b:016x}" for a, b in columns.fingerprints.tolist()] == [row["fingerprint"] for row in rows]
    symbols = np.array(["", *XY3.symbols], dtype=object)
    programs = [" ".join(symbols[codes[codes > 0]]) for codes in columns.codes]
    assert programs == [row["program_prefix"] for row in rows]


def test_an_unknown_split_is_named(folder):
    with pytest.raises(UnknownNameError, match="tset"):
        split_columns(folder, "random", "tset", XY3)
