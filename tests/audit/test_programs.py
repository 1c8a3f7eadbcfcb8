"""Reading programs by their skeletons."""

import numpy as np
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
from arith_synth.splits.audit.programs import Programs, read_programs

XY3 = grammar_named("xy3")
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
        assert found.expression(index, XY3) == program


@given(expressions(LONG_NAMES))
def test_a_fold_rebuilds_the_prefix_text(program):
    found = read(to_infix(program), grammar=LONG_NAMES)
    rebuilt = {}
    names = np.array(LONG_NAMES.leaves, dtype=object)
    found.fold(
        lambda leaves: names[leaves],
        lambda operator, left, right: operator + " " + left + " " + right,
        lambda rows, values: rebuilt.update(zip(rows.tolist(), values.tolist(), strict=True)),
    )
    assert rebuilt == {0: to_prefix(program)}


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


def test_faulty_programs_are_not_evaluated():
    seen = []
    read("x + y", "x + 4", "x +", "y + y").fold(
        lambda leaves: leaves, lambda _, left, right: left + right, lambda rows, _: seen.extend(rows.tolist())
    )
    assert sorted(seen) == [0, 3]
