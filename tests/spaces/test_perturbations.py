"""One unit in the last place of any float that coordinates come from changes no cell and no region.

Coordinates are integers, so that a float can matter in two places only: where a basis is fitted and rounded, which the
named grammars' frozen files settle once, and where a program's output on the grid becomes an integer logarithm.
"""

from dataclasses import replace

import numpy as np
import pytest

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.errors import UsageError
from arith_synth.grammar import grammar_named
from arith_synth.seeding import keyed_hash, splitmix64
from arith_synth.spaces import bases_of, fit_bases, semantic, syntactic
from arith_synth.spaces.bases import N_CELLS
from arith_synth.spaces.semantic import grid_logarithms

XY3 = grammar_named("xy3")
#: The semantic regions are the classes from these order statistics of the first coordinate on.
ONE_IN = (5, 4)


def perturbed(values, *stream):
    """Each float one unit in the last place up or down, by keyed hash; zeros and what is not finite stay."""
    values = np.asarray(values, dtype=np.float64)
    places = np.arange(values.size, dtype=np.uint64) ^ np.uint64(keyed_hash("perturbation", *stream))
    is_up = (splitmix64(places) & np.uint64(1)).astype(bool).reshape(values.shape)
    moved = np.nextafter(values, np.where(is_up, np.inf, -np.inf))
    return np.where((values == 0) | ~np.isfinite(values), values, moved)


@pytest.fixture(scope="module")
def codes():
    return build_corpus(XY3, 4, patterns=()).codes


def test_perturbing_moves_every_float_by_one_unit_and_both_ways():
    values = np.array([1.0, -3.5, 1e300, 1e-300] * 50)
    moved = perturbed(values, 0)
    assert np.array_equal(np.abs(moved - values), np.where(np.abs(moved) < np.abs(values), *spacings(values)))
    assert 50 < (moved > values).sum() < 150


def spacings(values):
    return np.abs(values - np.nextafter(values, 0)), np.spacing(np.abs(values))


@pytest.mark.parametrize(("max_size", "stream"), [(3, 0), (3, 1), pytest.param(4, 0, marks=pytest.mark.slow)])
def test_a_fit_has_the_same_integers(monkeypatch, max_size, stream):
    """Directions and shares as they come from LAPACK, what is rounded to a basis, and the means before rounding."""
    codes = build_corpus(XY3, max_size, patterns=()).codes
    calm = fit_bases(XY3, codes)
    for module in (syntactic, semantic):
        leading_directions, quantized = module.leading_directions, module.quantized

        def uncertain_directions(moments, original=leading_directions):
            directions, shares = original(moments)
            return perturbed(directions, stream, "directions"), perturbed(shares, stream, "shares")

        def uncertain_integers(rows, original=quantized):
            return original(perturbed(rows, stream, "rows"))

        monkeypatch.setattr(module, "leading_directions", uncertain_directions)
        monkeypatch.setattr(module, "quantized", uncertain_integers)
    assert fit_bases(XY3, codes).digest == calm.digest
    logarithms = grid_logarithms(codes, XY3)
    means = perturbed(logarithms.sum(axis=0, dtype=np.int64) / len(logarithms), stream, "means")
    assert np.array_equal(np.rint(means).astype(np.int32), calm.means)


def memberships(frozen, coordinates):
    """Which of the classes lie in a semantic region and in the gap below it, and the semantic cell of each."""
    ordered = np.sort(coordinates[:, 0])
    thresholds = [ordered[len(ordered) - len(ordered) // one_in] for one_in in ONE_IN]
    regions = [coordinates[:, 0] >= threshold for threshold in thresholds]
    return [*regions, *(frozen.cells(n_cells, coordinates, coordinates)[1] for n_cells in N_CELLS)]


def assert_no_membership_changes(codes, monkeypatch, streams):
    frozen = bases_of(XY3)
    calm = frozen.coordinates(codes)[1]
    grid = semantic.grid_points(XY3)
    for stream in streams:
        uncertain = perturbed(grid, stream, "grid")
        monkeypatch.setattr(semantic, "grid_points", lambda grammar, points=uncertain: points)
        coordinates = frozen.coordinates(codes)[1]
        monkeypatch.undo()
        n_changed = np.count_nonzero((coordinates != calm).any(axis=1))
        assert 0 < n_changed < len(codes) // 300  # an exact output may lie at the very foot of a step of the logarithm
        assert np.abs(coordinates - calm).max() == 1
        for found, expected in zip(memberships(frozen, coordinates), memberships(frozen, calm), strict=True):
            assert np.array_equal(found, expected)


def test_programs_on_uncertain_inputs_have_the_same_cells_and_regions(codes, monkeypatch):
    assert_no_membership_changes(codes, monkeypatch, range(5))


@pytest.mark.slow
def test_programs_of_size_5_on_uncertain_inputs_have_the_same_cells_and_regions(monkeypatch):
    assert_no_membership_changes(build_corpus(XY3, 5, patterns=()).codes, monkeypatch, range(5))


def test_the_exact_grid_is_what_the_bases_were_fitted_on():
    """A perturbed grid is refused: the grid is no approximation, but 64 numbers that a double holds exactly."""
    frozen = bases_of(XY3)
    assert np.array_equal(frozen.grid * 2**20, np.rint(frozen.grid * 2**20))
    with pytest.raises(UsageError, match="another grid"):
        replace(frozen, grid=perturbed(frozen.grid, 0))
