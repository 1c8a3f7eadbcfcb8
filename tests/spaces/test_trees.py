"""Nothing but programs reaches the kernels."""

import numpy as np
import pytest
from hypothesis import given
from strategies import XY3, expressions

from arith_synth.errors import UsageError
from arith_synth.semantics.programs import encode_programs
from arith_synth.spaces import (
    program_measures,
    tree_edit_distances,
)
from arith_synth.spaces.pqgrams import pqgram_indices
from arith_synth.spaces.semantic import grid_logarithms
from arith_synth.spaces.trees import checked_codes

PLUS = len(XY3.leaves) + 1


@given(expressions(XY3))
def test_every_encoded_program_passes(expression):
    codes = encode_programs([expression], XY3, width=25)
    assert np.array_equal(checked_codes(codes, XY3), codes)


@pytest.mark.parametrize(
    "row",
    [
        [0, 0, 0],  # nothing
        [PLUS, 1, 0],  # an operand is missing
        [1, 1, 0],  # one program and more
        [0, 1, 0],  # padding in front
        [PLUS, 0, 1],  # padding within
        [len(XY3.symbols) + 1, 1, 1],  # no such symbol
        [PLUS, PLUS, PLUS],
    ],
)
@pytest.mark.parametrize(
    "kernel",
    [
        checked_codes,
        program_measures,
        pqgram_indices,
        grid_logarithms,
        lambda codes, grammar: tree_edit_distances(codes, codes, grammar),
    ],
)
def test_a_row_that_is_not_one_program_is_refused_and_named(row, kernel):
    codes = np.array([[PLUS, 1, 2], row], dtype=np.uint8)
    with pytest.raises(UsageError, match="row 1"):
        kernel(codes, XY3)


@pytest.mark.parametrize("codes", [np.zeros((2, 3)), np.ones(3, dtype=np.uint8), np.ones((2, 0), dtype=np.uint8)])
def test_codes_of_another_type_or_rank_are_refused(codes):
    with pytest.raises(UsageError, match="encode_programs"):
        checked_codes(codes, XY3)


def test_no_programs_are_fine():
    assert checked_codes(np.zeros((0, 5), dtype=np.uint8), XY3).shape == (0, 5)
