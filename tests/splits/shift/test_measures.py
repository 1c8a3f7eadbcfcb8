"""Measures of shift against constructed shifts with a known answer."""

from math import erf, exp, sqrt

import numpy as np
import pytest

from arith_synth.splits.shift.measures import (
    classifier_auc,
    effective_number,
    maximum_mean_discrepancy,
    total_variation,
)
from tests.splits.shift.conftest import gaussian


def test_nothing_tells_two_samples_of_one_law():
    auc = classifier_auc(gaussian(1), gaussian(2))
    assert auc["logistic"] == pytest.approx(0.5, abs=0.03)
    assert auc["boosting"] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("shift", [0.5, 1.0, 2.0])
def test_a_moved_gaussian_is_told_as_well_as_the_best_classifier_can(shift):
    # The best score is linear; the area under its curve is Φ(shift / √2) = (1 + erf(shift / 2)) / 2.
    best = (1 + erf(shift / 2)) / 2
    auc = classifier_auc(gaussian(1, shift=shift), gaussian(2))
    assert auc["logistic"] == pytest.approx(best, abs=0.02)
    assert best - 0.05 < auc["boosting"] < best + 0.02


def test_disjoint_supports_are_told_with_certainty():
    assert classifier_auc(gaussian(1, shift=100.0), gaussian(2)) == pytest.approx(
        {"logistic": 1, "boosting": 1}, abs=1e-4
    )


def test_a_shift_of_spread_alone_is_seen_by_boosting_and_not_by_a_line():
    auc = classifier_auc(3 * gaussian(1), gaussian(2))
    assert auc["logistic"] == pytest.approx(0.5, abs=0.06)
    assert auc["boosting"] > 0.95


def test_coordinates_that_do_not_vary_do_no_harm():
    constant = np.ones((40, 16))
    assert classifier_auc(constant, constant) == {"logistic": 0.5, "boosting": 0.5}
    assert maximum_mean_discrepancy(constant, constant, "a") == {"mmd2": 0.0, "p": 1.0}


def test_no_discrepancy_between_samples_of_one_law():
    found = maximum_mean_discrepancy(gaussian(1), gaussian(2), "a")
    assert abs(found["mmd2"]) < 0.001
    assert found["p"] > 0.05


def test_the_discrepancy_is_unbiased():
    # 50 pairs of small samples of one law: a biased estimate would be positive throughout.
    estimates = [
        maximum_mean_discrepancy(gaussian(2 * stream, 20), gaussian(2 * stream + 1, 20), stream)["mmd2"]
        for stream in range(50)
    ]
    assert abs(np.mean(estimates)) < 3 * np.std(estimates) / sqrt(50)
    assert min(estimates) < 0


def test_the_discrepancy_of_two_gaussians_is_that_of_the_closed_form():
    bandwidth, shift = 4.0, 2.0
    same = (bandwidth**2 / (bandwidth**2 + 2)) ** 8
    expected = 2 * same * (1 - exp(-(shift**2) / (2 * (bandwidth**2 + 2))))
    found = maximum_mean_discrepancy(gaussian(1, shift=shift), gaussian(2), "a", bandwidth=bandwidth)
    assert found["mmd2"] == pytest.approx(expected, rel=0.15)
    assert found["p"] == 0.01


def test_total_variation_is_zero_for_equal_and_one_for_disjoint_laws():
    assert total_variation(np.array([1, 2]), np.array([2, 1, 1, 2])) == 0
    assert total_variation(np.array([1, 2]), np.array([3])) == 1
    assert total_variation(np.array([1, 1, 1, 2]), np.array([1, 2])) == pytest.approx(0.25)


def test_n_equally_full_cells_are_n_effective_cells():
    assert effective_number(np.repeat(np.arange(7), 5)) == pytest.approx(7)
    assert effective_number(np.zeros(5, dtype=np.int64)) == pytest.approx(1)
    assert 1 < effective_number(np.array([0] * 99 + [1])) < 1.1
