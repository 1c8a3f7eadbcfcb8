"""Texts of many programs are, byte for byte, those of each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import Grammar, grammar_named, shape, to_infix, to_prefix
from arith_synth.grammar.operators import OPERATORS
from arith_synth.semantics.program_texts import infix_texts, prefix_texts, shape_texts
from arith_synth.semantics.programs import decode_program, encode_programs

WORDS = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True).filter(lambda word: word not in ("if", "then", "else"))
GRAMMARS = st.builds(
    lambda variables, constants, operators: Grammar(
        name="random", variables=tuple(variables), constants=tuple(constants), operators=tuple(operators)
    ),
    st.lists(WORDS.filter(lambda word: word not in OPERATORS), min_size=1, max_size=4, unique=True),
    st.lists(st.integers(0, 1_000_000), max_size=3, unique=True),
    st.permutations(list(OPERATORS)).flatmap(
        lambda operators: st.integers(1, len(operators)).map(lambda n: operators[:n])
    ),
)


def assert_texts_are_those_of_each(codes, grammar, programs):
    assert infix_texts(codes, grammar).to_list() == [to_infix(program) for program in programs]
    assert prefix_texts(codes, grammar).to_list() == [to_prefix(program) for program in programs]
    assert shape_texts(codes, grammar).to_list() == [shape(program) for program in programs]


@pytest.mark.parametrize(("name", "max_size"), [("xy3", 4), ("xyz3", 3), ("xycond", 3)])
def test_texts_of_all_small_targets_are_those_of_each(name, max_size):
    grammar = grammar_named(name)
    codes = build_corpus(grammar, max_size, patterns=()).codes
    assert_texts_are_those_of_each(codes, grammar, [decode_program(row, grammar) for row in codes])


@given(
    GRAMMARS.flatmap(
        lambda grammar: st.tuples(
            st.just(grammar), st.lists(expressions(grammar, max_leaves=12), min_size=1, max_size=6)
        )
    )
)
def test_texts_are_those_of_each_in_any_grammar(case):
    grammar, programs = case
    assert_texts_are_those_of_each(encode_programs(programs, grammar), grammar, programs)


@given(st.lists(expressions(XYCOND, max_leaves=9), min_size=1, max_size=4))
def test_padding_changes_no_text(programs):
    codes = encode_programs(programs, XYCOND)
    wide = np.pad(codes, ((0, 0), (0, 5)))
    for texts in (infix_texts, prefix_texts, shape_texts):
        assert texts(wide, XYCOND).to_list() == texts(codes, XYCOND).to_list()


def test_rows_need_not_be_contiguous():
    codes = build_corpus(XY3, 3, patterns=()).codes
    assert infix_texts(codes[::-7], XY3).to_list() == infix_texts(codes, XY3).to_list()[::-7]


def test_no_programs_have_no_texts():
    assert [texts(np.zeros((0, 5), np.uint8), XY3).to_list() for texts in (infix_texts, prefix_texts, shape_texts)] == [
        [],
        [],
        [],
    ]
