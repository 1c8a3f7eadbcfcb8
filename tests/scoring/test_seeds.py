import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcome_maker import outcomes_from

from arith_synth.errors import MetricError
from arith_synth.scoring import compare_over_seeds, mean_interval, scores_over_seeds
from arith_synth.scoring.crossed import N_DRAWS, crossed_interval
from arith_synth.scoring.intervals import rate_of_unseen
from arith_synth.scoring.seeds import rank_test, t_test

DIFFERENCES = st.lists(st.integers(-20, 20), min_size=8, max_size=12)


def all_resamples(counts):
    """Naive oracle: both percentiles of the mean over each draw of seeds and each draw of tasks."""
    values = np.asarray(counts)
    m, n = values.shape
    means = sorted(
        float(values[np.ix_(seeds, tasks)].mean())
        for seeds in itertools.product(range(m), repeat=m)
        for tasks in itertools.product(range(n), repeat=n)
    )
    return [means[int(np.ceil(probability * len(means) - 1e-9)) - 1] for probability in (0.025, 0.975)]


@given(
    st.integers(2, 3).flatmap(
        lambda m: st.lists(st.lists(st.integers(0, 1), min_size=4, max_size=4), min_size=m, max_size=m)
    )
)
@settings(max_examples=15, deadline=None)
def test_the_interval_is_that_of_all_resamples_of_seeds_and_tasks(counts):
    low, high = all_resamples(counts)
    mean, unseen = np.mean(counts), rate_of_unseen(4)
    expected = min(low, mean - unseen * mean), max(high, mean + unseen * (1 - mean))
    assert crossed_interval(counts, unit=1) == pytest.approx(expected)


@pytest.mark.parametrize("m", [5, 8])
def test_the_interval_is_what_resampling_tends_to(m):
    generator = np.random.default_rng(5)
    n = 300
    easy, good = generator.random(n), generator.normal(0, 0.06, (m, 1))
    counts = generator.binomial(4, np.clip(easy + good, 0, 1))
    seeds, tasks = generator.integers(0, m, (4_000, m)), generator.integers(0, n, (4_000, n))
    means = [counts[np.ix_(some, others)].mean() / 4 for some, others in zip(seeds, tasks, strict=True)]
    assert crossed_interval(counts.tolist(), unit=4) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.005)


def test_keyed_draws_of_many_seeds_stay_near_all_draws(monkeypatch):
    """The probability beyond a bound of so many draws has a standard error of at most 0.0025."""
    counts = np.random.default_rng(3).binomial(1, 0.5, (8, 200)).tolist()
    keyed = crossed_interval(counts, unit=1)
    monkeypatch.setattr("arith_synth.scoring.crossed.MOST_EXACT_SEEDS", 8)
    assert keyed == pytest.approx(crossed_interval(counts, unit=1), abs=0.002)
    assert np.sqrt(0.025 * 0.975 / N_DRAWS) < 0.0025


def test_seeds_that_agree_leave_the_interval_over_tasks():
    counts = [1] * 130 + [0] * 70
    assert crossed_interval([counts] * 4, unit=1) == pytest.approx(mean_interval(counts))


def test_seeds_that_differ_widen_the_interval():
    alike = crossed_interval([[1] * 50 + [0] * 50] * 4, unit=1)
    unlike = crossed_interval([[1] * n_right + [0] * (100 - n_right) for n_right in (30, 45, 55, 70)], unit=1)
    assert unlike[0] < alike[0] < alike[1] < unlike[1]


def test_scores_over_seeds_carry_their_seeds_tasks_and_spread():
    runs = {seed: outcomes_from([1] * n_right + [0] * (40 - n_right)) for seed, n_right in ((0, 20), (1, 24), (7, 28))}
    found = scores_over_seeds(runs)
    assert (found["n"], found["n_seeds"]) == (40, 3)
    assert found["execution_accuracy"] == pytest.approx(0.6)
    assert found["standard_deviation"] == pytest.approx(0.1)
    assert found["interval_95"][0] < 0.6 < found["interval_95"][1]
    assert {seed: scores["execution_accuracy"] for seed, scores in found["by_seed"].items()} == {
        "0": 0.5,
        "1": 0.6,
        "7": 0.7,
    }


def system(*accuracies, n=50):
    return {
        seed: outcomes_from([1] * round(n * rate) + [0] * (n - round(n * rate))) for seed, rate in enumerate(accuracies)
    }


def test_two_systems_are_compared_over_the_same_seeds():
    found = compare_over_seeds(system(0.6, 0.62, 0.7), system(0.5, 0.54, 0.52))
    assert found["difference"] == pytest.approx(0.12)
    assert found["by_seed"] == pytest.approx({"0": 0.1, "1": 0.08, "2": 0.18})
    assert found["interval_95"][0] < 0.12 < found["interval_95"][1]
    ttest_rel = pytest.importorskip("scipy.stats").ttest_rel
    expected = ttest_rel([0.6, 0.62, 0.7], [0.5, 0.54, 0.52])
    assert found["t_test"]["p_value"] == pytest.approx(expected.pvalue)
    assert found["t_test"]["statistic"] == pytest.approx(expected.statistic)
    assert found["t_test"]["degrees_of_freedom"] == 2


def test_a_rank_test_needs_eight_seeds():
    assert compare_over_seeds(system(*[0.6] * 7), system(*[0.5] * 7))["rank_test"] is None
    rates = [0.5 + 0.02 * seed for seed in range(8)]
    found = compare_over_seeds(system(*(rate + 0.1 for rate in rates)), system(*rates))
    assert found["rank_test"] == {"n_nonzero": 8, "p_value": 2 / 2**8}
    with pytest.raises(MetricError, match="8 seeds"):
        rank_test([0.1] * 7)


@given(DIFFERENCES)
@settings(max_examples=40, deadline=None)
def test_the_rank_test_counts_every_choice_of_signs(values):
    nonzero = [value for value in values if value]
    sizes = [abs(value) for value in nonzero]
    ranks = [sum(other < size for other in sizes) + (sizes.count(size) + 1) / 2 for size in sizes]
    sums = [
        sum(rank for rank, chosen in zip(ranks, signs, strict=True) if chosen)
        for signs in itertools.product([0, 1], repeat=len(ranks))
    ]
    positive = sum(rank for rank, value in zip(ranks, nonzero, strict=True) if value > 0)
    few = min(positive, sum(ranks) - positive)
    expected = min(1.0, 2 * sum(total <= few for total in sums) / len(sums))
    assert rank_test([value / 100 for value in values])["p_value"] == pytest.approx(expected)


def test_seeds_that_all_differ_alike_have_no_t_test():
    assert t_test([0.1, 0.1, 0.1]) == {"statistic": None, "degrees_of_freedom": 2, "p_value": None}


def test_unpaired_seeds_and_tasks_are_errors():
    good = system(0.5, 0.6)
    shorter = {0: good[0], 1: good[1][:-1]}
    sampled = {0: good[0], 1: outcomes_from([1] * 50, n_completions=2)}
    for first, second, message in (
        (good, {1: good[1], 2: good[0]}, "other training seeds"),
        (good, shorter, "different tasks"),
        (shorter, shorter, "different tasks"),
        (good, sampled, "unequal numbers"),
        ({0: good[0]}, {0: good[0]}, "two training seeds"),
    ):
        with pytest.raises(MetricError, match=message):
            compare_over_seeds(first, second)
    for runs, message in (({0: good[0]}, "two training seeds"), (shorter, "different tasks"), (sampled, "unequal")):
        with pytest.raises(MetricError, match=message):
            scores_over_seeds(runs)
    for counts in ([[1, 0]], [[1], [1, 0]], [[], []]):
        with pytest.raises(MetricError):
            crossed_interval(counts, unit=1)
