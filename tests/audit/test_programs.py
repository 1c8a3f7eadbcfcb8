"""Reading programs by their skeletons."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import expressions

from arith_synth.grammar import (
    Grammar,
    depth,
    grammar_named,
    n_divisions,
    shape,
    size,
    strahler_number,
    to_infix,
    to_prefix,
)
from arith_synth.grammar.operators import OPERATORS
from arith_synth.splits.audit.programs import Programs, read_programs

XY3, XYCOND = grammar_named("xy3"), grammar_named("xycond")
LONG_NAMES = Grammar(name="long", variables=("alpha", "b2"), constants=(1, 11))


def read(*texts: str, grammar: Grammar = XY3, max_size: int = 8) -> Programs:
    return read_programs(pa.array(texts, type=pa.string()), grammar, max_size)


@given(st.lists(expressions(), min_size=1, max_size=5, unique_by=to_infix))
def test_a_skeleton_has_the_measures_of_its_programs(programs):
    found = read(*map(to_infix, programs))
    assert not found.faults
    for index, program in enumerate(programs):
        skeleton = found.skeletons[found.skeleton[index]]
        assert skeleton is not None
        measures = (skeleton.size, skeleton.depth, skeleton.strahler, skeleton.n_divisions, skeleton.shape)
        assert measures == (
            size(program), depth(program), strahler_number(program), n_divisions(program), shape(program)
        )  # fmt: skip
        assert found.expression(index) == program


@pytest.mark.parametrize("grammar", [LONG_NAMES, XYCOND], ids=lambda grammar: grammar.name)
@given(st.data())
def test_codes_are_the_nodes_in_postorder(grammar, data):
    program = data.draw(expressions(grammar))
    found = read(to_infix(program), grammar=grammar)
    assert not found.faults
    stack: list[str] = []
    for code in found.codes[0][found.codes[0] >= 0].tolist():
        symbol = grammar.symbols[code]
        arity = OPERATORS[symbol].arity if symbol in OPERATORS else 0
        operands = [stack.pop() for _ in range(arity)][::-1]
        stack.append(" ".join([symbol, *operands]))
    assert stack == [to_prefix(program)]


@pytest.mark.parametrize(
    "text", ["if x < y then 1 else max(x, 2)", "min(x + 1, y) * 2", "(if x < 1 then 2 else 3) / y"]
)
def test_words_of_the_notation_are_no_leaves(text):
    assert not read(text, grammar=XYCOND).faults
    assert "not a program" in read(text).faults[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x+y", "not canonical"),
        (" x + y", "not canonical"),
        ("(x + y)", "not canonical"),
        ("x + (y * 2)", "not canonical"),
        ("x + ", "not a program"),
        ("", "not a program"),
        ("x y", "not a program"),
        ("-x", "not a program"),
        ("x + y; import os", "not a program"),
        ("x + 4", "a leaf that is not in grammar"),
        ("x + z", "a leaf that is not in grammar"),
        (". + x", "a leaf that is not in grammar"),
        ("x. + y", "not a program"),
        ("x + x + x + x + x + x + x + x + x", "more than max_size"),
        ("x" + " + x" * 1000, "longer than"),
        ("х + y", "not a program"),  # a Cyrillic letter
    ],
)
def test_other_texts_have_faults(text, why):
    faults = read("x + y", text).faults
    assert list(faults) == [1]
    assert why in faults[1]


def test_a_blank_in_the_text_is_no_leaf():
    assert list(read("1. + b2", "11 + 11", grammar=LONG_NAMES).faults) == [0]


def test_faulty_programs_have_no_codes():
    codes = read("x + y", "x + 4", "x +", "y + y").codes
    assert [(row >= 0).any() for row in codes] == [True, False, False, True]
