"""Measures of many programs are those of each."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, expressions

from arith_synth.grammar import Grammar, depth, n_divisions, parse_infix, size, strahler_number
from arith_synth.semantics.programs import encode_programs
from arith_synth.spaces import program_measures


@given(st.lists(expressions(XY3, max_leaves=16), min_size=1, max_size=8))
def test_measures_are_those_of_each_expression(programs):
    measures = program_measures(encode_programs(programs, XY3), XY3)
    for name, of_one in (
        ("size", size),
        ("depth", depth),
        ("strahler", strahler_number),
        ("n_divisions", n_divisions),
    ):
        assert measures[name].tolist() == [of_one(program) for program in programs]


def test_a_grammar_without_division_has_none():
    grammar = Grammar(name="sums", variables=("x",), constants=(1,), operators=("-", "+"))
    measures = program_measures(encode_programs([parse_infix("x + (1 - x)", grammar)], grammar), grammar)
    assert {name: values.tolist() for name, values in measures.items()} == {
        "size": [3],
        "depth": [3],
        "strahler": [2],
        "n_divisions": [0],
    }


def test_no_programs_have_no_measures():
    codes = np.zeros((0, 5), dtype=np.uint8)
    assert all(len(values) == 0 for values in program_measures(codes, XY3).values())
