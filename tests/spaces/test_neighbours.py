"""Nearest neighbours are exact, ties included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arith_synth.errors import UsageError
from arith_synth.spaces import nearest, nearest_k
from arith_synth.spaces.quantization import COORDINATE_BOUND

SEEDS = st.integers(0, 2**32 - 1)


def naive_order(queries, train):
    """All training rows of each query, by (squared distance, index), and the squared distances: in int64."""
    differences = queries[:, None, :].astype(np.int64) - train[None, :, :].astype(np.int64)
    squared_distances = (differences**2).sum(axis=2)
    return np.argsort(squared_distances, axis=1, kind="stable"), squared_distances


def random_rows(seed, n, bound, d=16):
    return np.random.default_rng(seed).integers(-bound, bound, size=(n, d), endpoint=True, dtype=np.int32)


@settings(deadline=None)  # the first call compiles a kernel
@given(SEEDS, st.sampled_from([1, 2, 1000, COORDINATE_BOUND - 1]), st.integers(1, 60), st.data())
def test_the_k_nearest_are_those_of_integer_arithmetic(seed, bound, n_train, data):
    k = data.draw(st.integers(1, n_train))
    queries, train = random_rows(seed, 9, bound), random_rows(seed + 1, n_train, bound)
    order, _ = naive_order(queries, train)
    assert np.array_equal(nearest_k(queries, train, k), order[:, :k])


@pytest.mark.parametrize("bound", [1, COORDINATE_BOUND - 1])
def test_the_nearest_are_exact_across_blocks(bound):
    queries, train = random_rows(1, 700, bound, d=3), random_rows(2, 20_000, bound, d=3)
    index, squared_distance = nearest(queries, train)
    order, squared_distances = naive_order(queries[:40], train)
    assert np.array_equal(index[:40], order[:, 0])
    assert np.array_equal(squared_distance[:40], np.take_along_axis(squared_distances, order[:, :1], axis=1)[:, 0])
    assert np.array_equal(((queries - train[index]).astype(np.int64) ** 2).sum(axis=1), squared_distance)


@pytest.mark.parametrize("bound", [1, 30])
def test_the_k_nearest_are_exact_across_tiles_whatever_ties_there_are(bound):
    queries, train = random_rows(4, 70, bound, d=5), random_rows(5, 3_001, bound, d=5)
    order, _ = naive_order(queries, train)
    assert np.array_equal(nearest_k(queries, train, 64), order[:, :64])
    assert np.array_equal(nearest_k(queries[:2], train, 3_001), order[:2])


def test_extreme_corners_do_not_overflow():
    corner = np.full((1, 16), COORDINATE_BOUND - 1, dtype=np.int32)
    index, squared_distance = nearest(corner, -corner)
    assert (index[0], squared_distance[0]) == (0, 16 * (2 * COORDINATE_BOUND - 2) ** 2)


def test_of_equal_rows_the_first_is_nearest():
    train = np.repeat(random_rows(3, 5, 9), 3000, axis=0)
    index, squared_distance = nearest(train[::3000], train)
    assert index.tolist() == [0, 3000, 6000, 9000, 12000]
    assert not squared_distance.any()


def test_there_may_be_no_queries():
    index, squared_distance = nearest(random_rows(0, 0, 1), random_rows(0, 3, 1))
    assert (len(index), len(squared_distance)) == (0, 0)


@pytest.mark.parametrize("k", [0, 4])
def test_asking_for_none_or_for_more_than_there_are_is_refused(k):
    with pytest.raises(UsageError, match="training rows"):
        nearest_k(random_rows(0, 2, 1), random_rows(0, 3, 1), k)


@pytest.mark.parametrize(
    "queries",
    [
        np.zeros((2, 16)),
        np.zeros(16, dtype=np.int32),
        np.zeros((2, 3), dtype=np.int32),
        np.full((1, 16), COORDINATE_BOUND, dtype=np.int32),
    ],
)
def test_anything_but_integer_coordinates_below_the_bound_is_refused(queries):
    with pytest.raises(UsageError):
        nearest(queries, random_rows(0, 3, 1))
