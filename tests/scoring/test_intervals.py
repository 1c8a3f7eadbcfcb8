import itertools
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


def unseen(n: int) -> float:
    """The largest rate of an outcome that none of n tasks has, at 95 %, two-sided."""
    return 1 - 0.025 ** (1 / n)


@given(COUNTS)
def test_the_interval_of_a_rate_is_the_binomial_one_or_as_wide_as_the_exact_bound(counts):
    n, n_right = len(counts), sum(counts)
    rate = n_right / n
    low, high = mean_interval(counts)
    assert low == pytest.approx(min(binomial_quantile(n, n_right, 0.025) / n, rate - unseen(n) * rate))
    assert high == pytest.approx(max(binomial_quantile(n, n_right, 0.975) / n, rate + unseen(n) * (1 - rate)))


@pytest.mark.parametrize("n", [20, 300, 2000])
def test_with_three_of_each_kind_the_interval_is_the_bootstraps(n):
    for n_right in (3, n // 2, n - 3):
        low, high = mean_interval([1] * n_right + [0] * (n - n_right))
        assert low * n == pytest.approx(round(low * n))
        assert high * n == pytest.approx(round(high * n))


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


@pytest.mark.parametrize("n", [1, 2, 3, 7, 40, 2000])
def test_more_right_tasks_never_lower_a_bound(n):
    intervals = [mean_interval([1] * n_right + [0] * (n - n_right)) for n_right in range(n + 1)]
    for n_right, (low, high) in enumerate(intervals):
        assert 0 <= low <= n_right / n <= high <= 1
    for (low, high), (next_low, next_high) in itertools.pairwise(intervals):
        assert low <= next_low
        assert high <= next_high


def test_no_sum_of_few_draws_is_left_out():
    """All three draws are the task without a right answer in 1 of 27, more often than 1 in 40."""
    for counts in ([4, 5, 0], [5, 5, 0]):
        assert mean_interval(counts, out_of=8)[0] == 0


@given(st.lists(st.integers(0, 8), min_size=1, max_size=40), st.data())
def test_one_more_right_sample_never_lowers_a_bound(counts, data):
    task = data.draw(st.integers(0, len(counts) - 1))
    more = [min(8, count + (index == task)) for index, count in enumerate(counts)]
    (low, high), (next_low, next_high) = mean_interval(counts, out_of=8), mean_interval(more, out_of=8)
    assert low <= next_low + 1e-12
    assert high <= next_high + 1e-12


@pytest.mark.parametrize("level", [0, 3, 8])
@pytest.mark.parametrize("n", [1, 2, 50, 2000])
def test_one_task_that_differs_claims_no_more_certainty_than_none(n, level):
    """One sample of 8 on one task once gave an interval ten times narrower than no right answer at all."""
    agreeing, counts = [level] * n, [level] * (n - 1) + [abs(level - 1)]
    for one_differs, all_agree in (
        (mean_interval(counts, out_of=8), mean_interval(agreeing, out_of=8)),
        (difference_interval(counts, [0] * n, out_of=8), difference_interval(agreeing, [0] * n, out_of=8)),
    ):
        assert width(one_differs) >= width(all_agree) * (1 - 1 / n)


@pytest.mark.parametrize("n", [50, 2000])
def test_one_pair_that_differs_makes_no_difference_certain(n):
    none, one, some = [0] * n, [1] + [0] * (n - 1), [1] * (n // 5) + [0] * (n - n // 5)
    low, high = difference_interval(one, none)
    assert low < 0 < high
    assert high - 1 / n >= difference_interval(none, none)[1] * (1 - 1 / n)
    for other in (none, one, some):
        for arms, agreeing in (
            (((one, none), (other, none)), ((none, none), (other, none))),
            (((other, none), (one, none)), ((other, none), (none, none))),
        ):
            assert width(net_interval(*arms)) >= width(net_interval(*agreeing)) * (1 - 1 / n)


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


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
