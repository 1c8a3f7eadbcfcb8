"""Programs are grouped by shape, exactly."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import XYCOND, expressions

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import grammar_named, shape
from arith_synth.semantics.program_texts import shape_texts
from arith_synth.semantics.programs import encode_programs
from arith_synth.spaces import program_measures
from arith_synth.spaces.tree_shapes import tree_shapes
from arith_synth.spaces.trees import arity_table

XY3 = grammar_named("xy3")


@given(st.lists(expressions(XYCOND, max_leaves=16), max_size=30))
def test_programs_have_one_number_when_they_have_one_shape(programs):
    found = tree_shapes(encode_programs(programs, XYCOND), arity_table(XYCOND)).of_row.tolist()
    texts = [shape(program) for program in programs]
    assert len(set(zip(texts, found, strict=True))) == len(set(texts)) == len(set(found))


def test_numbers_go_by_first_appearance_through_a_growing_table():
    codes = build_corpus(XY3, 5, patterns=()).codes[::-1]
    # Joined in pairs they have hundreds of shapes: many more than the table has room for at first.
    plus = np.full((len(codes) // 2, 1), XY3.symbols.index("+") + 1, dtype=np.uint8)
    order = np.random.default_rng(3).permutation(len(codes))
    rows = np.zeros((len(plus), 19), dtype=np.uint8)
    for row, left, right in zip(rows, codes[order[0::2]], codes[order[1::2]], strict=False):
        joined = np.concatenate((plus[0], left[left > 0], right[right > 0]))
        row[: len(joined)] = joined
    found = tree_shapes(rows, arity_table(XY3))
    numbers = {}
    texts = shape_texts(rows, XY3).to_list()
    assert found.of_row.tolist() == [numbers.setdefault(text, len(numbers)) for text in texts]
    assert len(found.n_nodes) == len(numbers) > 300
    assert np.array_equal(found.n_nodes[found.of_row], 2 * program_measures(rows, XY3)["size"] - 1)


def test_no_programs_have_no_shapes():
    assert len(tree_shapes(np.zeros((0, 5), dtype=np.uint8), arity_table(XY3)).n_nodes) == 0
