"""Integer coordinates and the floats that are published."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arith_synth.errors import UsageError
from arith_synth.spaces.quantization import (
    COORDINATE_BOUND,
    COORDINATE_UNIT,
    N_COORDINATES,
    integer_coordinates,
    published_coordinates,
    quantized,
)

ROWS = st.lists(
    st.integers(1 - COORDINATE_BOUND, COORDINATE_BOUND - 1), min_size=N_COORDINATES, max_size=N_COORDINATES
).map(lambda row: np.array([row], dtype=np.int32))


@settings(deadline=None)  # the machine may be busy
@given(ROWS)
def test_publishing_loses_nothing(coordinates):
    published = published_coordinates(coordinates)
    assert published.dtype == np.float32
    assert np.array_equal(integer_coordinates(published), coordinates)


@settings(deadline=None)  # the machine may be busy
@given(ROWS, ROWS)
def test_squared_distances_of_published_coordinates_are_exact_in_doubles(first, second):
    difference = published_coordinates(first).astype(np.float64) - published_coordinates(second)
    exact = sum((a - b) ** 2 for a, b in zip(first[0].tolist(), second[0].tolist(), strict=True))
    assert int((difference**2).sum() / COORDINATE_UNIT**2) == exact


@pytest.mark.parametrize("value", [0.1, np.nan, np.inf, COORDINATE_BOUND * COORDINATE_UNIT])
def test_numbers_that_no_program_has_are_refused(value):
    with pytest.raises(UsageError, match="not published coordinates"):
        integer_coordinates(np.full((1, N_COORDINATES), value))


def test_the_sign_rule_makes_sums_positive_and_breaks_ties_by_the_first_entry():
    rows = np.array([[1.0, -3.0], [-2.0, 2.0], [3.0, -1.0], [0.0, 0.0]])
    assert quantized(rows).tolist() == [[-1, 3], [2, -2], [3, -1], [0, 0]]
