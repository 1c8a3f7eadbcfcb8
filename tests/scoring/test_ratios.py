import bisect
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arith_synth.errors import MetricError
from arith_synth.scoring import mean_interval, ratio_interval
from arith_synth.scoring.intervals import rate_of_unseen

#: Tasks as (part, whole): copies among wrong completions.
TASKS = st.integers(0, 2).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))


def all_resamples(parts, wholes):
    """Naive oracle: both percentiles of the ratio over each of the n^n draws that has one."""
    ratios = sorted(
        sum(parts[task] for task in drawn) / total
        for drawn in itertools.product(range(len(parts)), repeat=len(parts))
        if (total := sum(wholes[task] for task in drawn))
    )
    return [ratios[math.ceil(probability * len(ratios) - 1e-9) - 1] for probability in (0.025, 0.975)]


def at_least_as_far(parts, wholes, low, high):
    """The bounds of the bootstrap, moved as far as the exact bound for the unseen asks."""
    ratio, unseen = sum(parts) / sum(wholes), rate_of_unseen(sum(whole > 0 for whole in wholes))
    return min(low, ratio - unseen * ratio), max(high, ratio + unseen * (1 - ratio))


@given(st.lists(TASKS, min_size=1, max_size=4).filter(lambda tasks: any(whole for _, whole in tasks)))
@settings(max_examples=60, deadline=None)
def test_the_interval_is_that_of_all_resamples(tasks):
    parts, wholes = (list(column) for column in zip(*tasks, strict=True))
    expected = at_least_as_far(parts, wholes, *all_resamples(parts, wholes))
    # A bound is the next of four decimals.
    assert ratio_interval(parts, wholes) == pytest.approx(expected, abs=1.01e-4)


@pytest.mark.parametrize("n_completions", [1, 20])
def test_the_interval_is_what_resampling_tends_to(n_completions):
    generator = np.random.default_rng(11)
    n = 400
    wholes = generator.binomial(n_completions, generator.random(n))
    parts = generator.binomial(wholes, 0.3)
    drawn = generator.integers(0, n, (20_000, n))
    resampled = np.quantile(parts[drawn].sum(axis=1) / wholes[drawn].sum(axis=1), [0.025, 0.975])
    assert ratio_interval(parts.tolist(), wholes.tolist()) == pytest.approx(resampled, abs=0.003)


@pytest.mark.parametrize(("n_wrong", "n_copied"), [(1_400, 400), (1_990, 5), (30, 12), (1_400, 1_390)])
def test_copies_of_greedy_answers_have_the_interval_of_the_trinomial_law(n_wrong, n_copied):
    """With one completion a task, wrong ones and copies among them are binomial: an oracle for many tasks."""
    binom = pytest.importorskip("scipy.stats").binom
    n = 2_000
    n_drawn = np.arange(1, n + 1)
    probabilities = binom.pmf(n_drawn, n, n_wrong / n)
    parts, wholes = [1] * n_copied + [0] * (n - n_copied), [1] * n_wrong + [0] * (n - n_wrong)

    def law(ratio):
        return probabilities @ binom.cdf(np.floor(ratio * n_drawn / 10_000), n_drawn, n_copied / n_wrong)

    low, high = (
        bisect.bisect_left(range(10_001), probability - 1e-9, key=law) / 10_000 for probability in (0.025, 0.975)
    )
    expected = at_least_as_far(parts, wholes, low, high)
    assert ratio_interval(parts, wholes) == pytest.approx(expected, abs=0.001)


def test_of_equal_wholes_the_ratio_is_a_mean():
    counts = [0, 1, 2, 3, 3, 3, 1, 0, 2, 2] * 20
    assert ratio_interval(counts, [3] * 200) == pytest.approx(mean_interval(counts, out_of=3), abs=5e-4)


def test_tasks_without_a_whole_say_nothing_and_are_no_zeros():
    low, _ = ratio_interval([1] * 50 + [0] * 50, [1] * 50 + [0] * 50)
    assert low > 0.9


def test_of_nothing_there_is_no_share():
    assert ratio_interval([0, 0], [0, 0]) is None


@pytest.mark.parametrize("n", [1, 20, 2_000])
def test_no_copy_in_n_wrong_answers_is_no_proof_of_none(n):
    low, high = ratio_interval([0] * n, [1] * n)
    assert (low, high) == pytest.approx((0, rate_of_unseen(n)))


@given(st.lists(st.tuples(st.floats(1, 8), st.integers(0, 1)), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_an_interval_of_size_ratios_holds_their_mean(tasks):
    parts = [ratio * solved for ratio, solved in tasks]
    wholes = [solved for _, solved in tasks]
    if interval := ratio_interval(parts, wholes, limits=(1, 8)):
        assert 1 - 1e-4 <= interval[0] <= sum(parts) / sum(wholes) <= interval[1] <= 8 + 1e-4


@pytest.mark.parametrize(("parts", "wholes"), [([], []), ([1], [1, 1]), ([2], [1]), ([1], [0]), ([-1], [1])])
def test_parts_that_are_none_are_an_error(parts, wholes):
    with pytest.raises(MetricError):
        ratio_interval(parts, wholes)
