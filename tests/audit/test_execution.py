"""Exact execution and the panel, against the package's own."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import expressions, points

from arith_synth.errors import CapacityError
from arith_synth.grammar import Grammar, grammar_named, to_infix
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.panels import panel_of
from arith_synth.splits.audit.execution import (
    NO_VALUE,
    naive_output,
    output_text,
    outputs_of_programs,
    parse_outputs,
)
from arith_synth.splits.audit.panel import derived_panel
from arith_synth.splits.audit.programs import read_programs

XY3 = grammar_named("xy3")


@given(
    st.lists(expressions(), min_size=1, max_size=5, unique_by=to_infix),
    st.lists(points(), min_size=1, max_size=5),
)
def test_vectorized_fractions_are_the_naive_ones(programs, inputs):
    texts = pa.array([to_infix(program) for program in programs])
    numerators, denominators = outputs_of_programs(read_programs(texts, XY3, 8), inputs)
    for index, program in enumerate(programs):
        found = [output_text(*pair) for pair in zip(numerators[index], denominators[index], strict=True)]
        assert found == [naive_output(program, dict(zip("xy", point, strict=True))) for point in inputs]
        assert found == outputs_of(program, XY3, inputs)


@pytest.mark.parametrize("text", ["1 / (x - x)", "x / (1 / (y - y))", "(x - x) * (1 / (y - y))", "1 / (x / (y - y))"])
def test_undefined_stays_undefined(text):
    outputs = outputs_of_programs(read_programs(pa.array([text]), XY3, 8), [(5, 7)])
    assert outputs.ravel().tolist() == [0, 0]


def test_programs_that_could_leave_64_bits_are_refused():
    programs = read_programs(pa.array(["x"]), XY3, 7)
    with pytest.raises(CapacityError, match="smaller max_size"):
        outputs_of_programs(programs, [(10**9, 1)])


def test_large_outputs_do_not_wrap():
    text = "x * x * x * x * x * x * x"
    outputs = outputs_of_programs(read_programs(pa.array([text]), XY3, 7), [(-200, 1)])
    assert outputs.ravel().tolist() == [-(200**7), 1]


@given(st.fractions(max_denominator=10**6).filter(lambda value: abs(value) < 10**9))
def test_canonical_texts_are_parsed(value):
    assert parse_outputs(pa.array([str(value)])).ravel().tolist() == [value.numerator, value.denominator]


@pytest.mark.parametrize(
    "text", ["", "4/2", "3/1", "-0", "+1", " 1", "1.0", "1/0", "0/1", "01", "1" * 30, "Undef", "1\n"]
)
def test_other_texts_equal_no_output(text):
    assert parse_outputs(pa.array([text])).ravel().tolist() == list(NO_VALUE)


def test_undef_is_a_value():
    assert parse_outputs(pa.array(["undef", "2"])).T.tolist() == [[0, 0], [2, 1]]


@pytest.mark.parametrize("name", ["xy3", "xy5", pytest.param("xyz3", marks=pytest.mark.slow)])
def test_the_panel_is_derived_a_second_time(name):
    panel = panel_of(grammar_named(name))
    derived = derived_panel(grammar_named(name))
    assert derived == (panel.shown, panel.heldout)


def test_a_grammar_without_variables_has_no_panel():
    assert derived_panel(Grammar(name="numbers", variables=(), constants=(1, 2))) is None


def test_reduced_outputs_have_positive_denominators():
    outputs = outputs_of_programs(read_programs(pa.array(["x / y", "x / (y - y)"]), XY3, 4), [(-6, -4), (6, -4)])
    assert outputs.tolist() == [[[3, -3], [0, 0]], [[2, 2], [0, 0]]]
    assert outputs.dtype in (np.int32, np.int64)
