import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arith_synth.errors import MetricError
from arith_synth.scoring import difference_interval, mean_interval, net_interval

COUNTS = st.lists(st.integers(0, 1), min_size=2, max_size=60)


def binomial_quantile(n: int, n_right: int, probability: float) -> int:
    """Naive oracle: the bootstrap distribution of 0/1 outcomes is binomial, here in exact integers."""
    total = 0
    for successes in range(n + 1):
        total += math.comb(n, successes) * n_right**successes * (n - n_right) ** (n - successes)
        if total >= probability * n**n:
            return successes
    raise AssertionError("the distribution does not sum to one")


@given(COUNTS)
def test_the_interval_of_a_rate_is_the_binomial_one(counts):
    n, n_right = len(counts), sum(counts)
    if 0 < n_right < n:
        low, high = mean_interval(counts)
        assert low == pytest.approx(binomial_quantile(n, n_right, 0.025) / n)
        assert high == pytest.approx(binomial_quantile(n, n_right, 0.975) / n)


def test_intervals_are_what_a_bootstrap_by_resampling_tends_to():
    generator = np.random.default_rng(7)
    n, n_draws = 300, 20_000
    strong, weak, base = ((generator.random(n) < rate).astype(int) for rate in (0.6, 0.1, 0.4))
    graded = generator.integers(0, 11, n)
    first, second = generator.integers(0, n, (n_draws, n)), generator.integers(0, n, (n_draws, n))

    def drawn(values, draws=first):
        return values[draws].mean(axis=1)

    pairs = [
        (mean_interval(strong.tolist()), drawn(strong)),
        (mean_interval(graded.tolist(), out_of=10), drawn(graded) / 10),
        (difference_interval(strong, base), drawn(strong - base)),
        (net_interval((strong, base), (strong, weak)), drawn(strong - base) - drawn(strong - weak, second)),
    ]
    for exact, resampled in pairs:
        assert exact == pytest.approx(np.quantile(resampled, [0.025, 0.975]), abs=0.005)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=30))
@settings(max_examples=50)
def test_intervals_hold_the_estimate_and_stay_in_range(pairs):
    first, second = zip(*pairs, strict=True)
    low, high = mean_interval(first, out_of=5)
    assert 0 <= low <= np.mean(first) / 5 + 1e-9
    assert np.mean(first) / 5 - 1e-9 <= high <= 1
    low, high = difference_interval(first, second, out_of=5, subtrahend_out_of=3)
    difference = np.mean(first) / 5 - np.mean(second) / 3
    assert -1 <= low <= difference + 1e-9
    assert difference - 1e-9 <= high <= 1


@given(COUNTS, COUNTS)
@settings(max_examples=50)
def test_swapping_the_runs_mirrors_the_interval(first, second):
    n = min(len(first), len(second))
    low, high = difference_interval(first[:n], second[:n])
    # A percentile is the smallest value that reaches it, so a mirror may move it by one step of the lattice.
    assert difference_interval(second[:n], first[:n]) == pytest.approx((-high, -low), abs=1.01 / n)


@pytest.mark.parametrize("n", [1, 20, 2000])
def test_no_success_in_n_tasks_is_no_proof_of_zero(n):
    low, high = mean_interval([0] * n)
    assert low == 0
    assert (1 - high) ** n == pytest.approx(0.025)
    assert mean_interval([1] * n) == pytest.approx((1 - high, 1))
    assert difference_interval([0] * n, [0] * n) == pytest.approx((-high, high))


def test_an_interval_over_no_tasks_is_an_error():
    for call in (
        lambda: mean_interval([]),
        lambda: difference_interval([], []),
        lambda: net_interval(([], []), ([], [])),
    ):
        with pytest.raises(MetricError, match="no tasks"):
            call()


def test_unpaired_tasks_and_impossible_counts_are_errors():
    with pytest.raises(MetricError, match="cannot be paired"):
        difference_interval([1, 0], [1])
    with pytest.raises(MetricError, match="outside"):
        mean_interval([0, 2])
    with pytest.raises(MetricError, match="common unit"):
        difference_interval([0], [0], out_of=9_999, subtrahend_out_of=10_000)
