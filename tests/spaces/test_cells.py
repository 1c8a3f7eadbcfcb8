"""Cells: exact, a function of the multiset of coordinates, and as tight as floating-point k-means makes them."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.errors import UsageError
from arith_synth.grammar import grammar_named
from arith_synth.spaces import bases_of, cells, nearest
from arith_synth.spaces.cells import cells_of, fit_cells, lloyd
from arith_synth.spaces.quantization import COORDINATE_BOUND

XY3 = grammar_named("xy3")
SEEDS = st.integers(0, 2**32 - 1)
SMALL_OR_ALL = st.sampled_from([1, 3, 1000, COORDINATE_BOUND - 1])


def random_rows(seed, n, bound):
    return np.random.default_rng(seed).integers(-bound, bound, size=(n, 16), endpoint=True, dtype=np.int32)


def inertia_of(rows, centroids):
    return int(nearest(rows, centroids)[1].sum())


@pytest.fixture(scope="module")
def coordinates_of_size_4():
    return bases_of(XY3).coordinates(build_corpus(XY3, 4, patterns=()).codes)


@settings(deadline=None)  # the first call compiles a kernel
@given(SEEDS, SMALL_OR_ALL, st.integers(1, 20))
def test_a_programs_cell_has_the_nearest_centroid_and_of_equally_near_ones_the_first(seed, bound, n_cells):
    rows, centroids = random_rows(seed, 50, bound), random_rows(seed + 1, n_cells, bound)
    differences = rows[:, None, :].astype(np.int64) - centroids[None, :, :]
    assert np.array_equal(cells_of(rows, centroids), (differences**2).sum(axis=2).argmin(axis=1))


def test_no_programs_are_in_no_cells():
    assert cells_of(random_rows(0, 0, 1), random_rows(1, 3, 1)).shape == (0,)


def test_cells_of_many_programs_are_those_of_each(monkeypatch):
    rows, centroids = random_rows(0, 1000, 50), random_rows(1, 7, 50)
    whole = cells_of(rows, centroids)
    monkeypatch.setattr(cells, "_BLOCK", 300)
    assert np.array_equal(cells_of(rows, centroids), whole)


@settings(deadline=None, max_examples=30)
@given(SEEDS, SMALL_OR_ALL, st.integers(1, 80), st.integers(1, 20))
def test_a_fit_depends_neither_on_the_order_of_rows_nor_on_equal_shares_of_copies(seed, bound, n, n_cells):
    rows = random_rows(seed, n, bound)
    shuffled = np.random.default_rng(seed).permutation(np.repeat(rows, 3, axis=0))
    one = fit_cells(rows, n_cells, "one stream")
    assert np.array_equal(fit_cells(rows[::-1], n_cells, "one stream"), one)
    assert np.array_equal(fit_cells(shuffled, n_cells, "one stream"), one)


@settings(deadline=None, max_examples=30)
@given(SEEDS, SMALL_OR_ALL, st.integers(1, 80), st.integers(1, 20))
def test_centroids_are_distinct_sorted_and_each_has_a_program(seed, bound, n, n_cells):
    rows = random_rows(seed, n, bound)
    centroids = fit_cells(rows, n_cells, "one stream")
    assert centroids.dtype == np.int32
    assert np.array_equal(centroids, np.unique(centroids, axis=0))
    assert np.array_equal(np.unique(cells_of(rows, centroids)), np.arange(len(centroids)))
    assert len(centroids) == min(n_cells, len(np.unique(rows, axis=0)))


@settings(deadline=None, max_examples=30)
@given(SEEDS, SMALL_OR_ALL, st.integers(2, 20))
def test_no_round_raises_the_inertia_though_centroids_are_rounded(seed, bound, n_cells):
    points = np.unique(random_rows(seed, 100, bound), axis=0).astype(np.int64)
    weights = np.random.default_rng(seed).integers(1, 5, size=len(points))
    centroids = random_rows(seed + 1, n_cells, bound).astype(np.int64)  # some far from any point, so that cells empty
    inertias = [lloyd(points, weights, centroids, 0)[1]]
    for _ in range(15):
        centroids, inertia = lloyd(points, weights, centroids, 1)
        inertias.append(inertia)
    assert inertias == sorted(inertias, reverse=True)
    assert inertias[-1] == (nearest(points, centroids)[1].astype(object) * weights).sum()


def test_an_empty_cell_moves_to_the_farthest_program():
    points = np.zeros((4, 16), dtype=np.int64)
    points[:, 0] = [0, 2, 10, 50]
    centroids = np.zeros((2, 16), dtype=np.int64)
    centroids[1] = 1000
    centroids, _ = lloyd(points, np.ones(4, dtype=np.int64), centroids, 20)
    assert centroids[:, 0].tolist() == [4, 50]


@pytest.mark.parametrize("scale", [1, COORDINATE_BOUND // 2 - 1])
def test_well_separated_groups_are_the_cells(scale):
    centres = np.array([[-2, 0], [0, 0], [0, 2], [2, -1]]) * scale
    rows = np.zeros((400, 16), dtype=np.int32)
    rows[:, :2] = np.repeat(centres, 100, axis=0)
    rows[:, 2:] = random_rows(5, 400, scale // 100)[:, 2:]
    found = cells_of(rows, fit_cells(rows, 4, "groups"))
    assert found.tolist() == np.repeat(np.arange(4), 100).tolist()


def test_thinning_depends_on_no_order_and_hardly_costs_inertia(monkeypatch, coordinates_of_size_4):
    for rows in coordinates_of_size_4:
        whole = inertia_of(rows, fit_cells(rows, 16, "cells"))
        monkeypatch.setattr(cells, "_MAX_WEIGHT", 4096)
        thinned = inertia_of(rows, fit_cells(rows, 16, "cells"))
        assert thinned <= 1.04 * whole
        shuffled = np.random.default_rng(0).permutation(rows)
        assert np.array_equal(fit_cells(shuffled, 16, "cells"), fit_cells(rows, 16, "cells"))
        monkeypatch.undo()


@pytest.mark.slow
@pytest.mark.parametrize("n_cells", [16, 64])
def test_the_frozen_cells_are_as_tight_as_those_of_scikit_learn(n_cells):
    from sklearn.cluster import KMeans

    bases = bases_of(XY3)
    spaces = dict(
        zip(("syntactic", "semantic"), bases.coordinates(build_corpus(XY3, 5, patterns=()).codes), strict=True)
    )
    for space, rows in spaces.items():
        fitted = KMeans(n_cells, n_init="auto", random_state=0, max_iter=50).fit(rows.astype(np.float64))
        theirs = float(fitted.inertia_)  # pyright: ignore[reportArgumentType]
        assert inertia_of(rows, getattr(bases, f"{space}_cells_{n_cells}")) <= 1.02 * theirs


_FIT = """
import hashlib, numpy as np
from arith_synth.spaces.cells import cells_of, fit_cells
rows = np.random.default_rng(7).normal(scale=30000, size=(20_000, 16)).astype(np.int32)
centroids = fit_cells(rows, 32, "threads")
print(hashlib.sha256(centroids.tobytes() + cells_of(rows, centroids).tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_a_fit_is_the_same_in_another_process_with_any_number_of_threads_and_locale():
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    digests = set()
    for n_threads, locale in (("1", "C"), ("2", "C.UTF-8")):
        environment = os.environ | dict.fromkeys(names, n_threads) | {"LC_ALL": locale, "PYTHONHASHSEED": n_threads}
        done = subprocess.run(
            [sys.executable, "-c", _FIT], env=environment, capture_output=True, text=True, check=True, timeout=200
        )
        digests.add(done.stdout)
    assert len(digests) == 1


def test_a_fit_is_the_published_one():
    """Integer arithmetic alone: a changed digest is a new data version."""
    rows = (np.arange(16 * 3000, dtype=np.int64).reshape(3000, 16) ** 3 % 200_003 - 100_000).astype(np.int32)
    digest = hashlib.sha256(fit_cells(rows, 16, "golden").astype("<i4").tobytes()).hexdigest()
    assert digest == "7fa59d46a80578919678a48938c0dec39d29080254dcf307ef6dc841164d0cac"


@pytest.mark.parametrize(("n", "n_cells"), [(0, 16), (5, 0)])
def test_no_programs_and_no_cells_are_refused(n, n_cells):
    with pytest.raises(UsageError, match="ask for 1 cell or more"):
        fit_cells(random_rows(0, n, 5), n_cells, "none")
