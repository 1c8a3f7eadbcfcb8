import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcome_maker import outcomes_from

from arith_synth.errors import MetricError
from arith_synth.scoring import compare_runs, difference_interval, sign_test


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_sign_test_is_the_binomial_test(n_better, n_worse):
    binomtest = pytest.importorskip("scipy.stats").binomtest
    expected = binomtest(n_better, n_better + n_worse).pvalue if n_better + n_worse else 1.0
    assert sign_test(n_better, n_worse) == pytest.approx(expected)
    assert sign_test(n_better, n_worse) == sign_test(n_worse, n_better)


def test_the_sign_test_of_thousands_of_tasks_is_exact():
    assert sign_test(5_000, 5_000) == 1.0
    assert 0 < sign_test(1_000, 400) < 1e-50


def test_two_runs_are_compared_task_by_task():
    found = compare_runs(outcomes_from([1, 1, 1, 0, 0]), outcomes_from([1, 0, 0, 0, 1]))
    assert (found["n"], found["n_better"], found["n_worse"]) == (5, 2, 1)
    assert found["difference"] == pytest.approx(1 / 5)
    assert found["interval_95"] == list(difference_interval([1, 1, 1, 0, 0], [1, 0, 0, 0, 1]))
    assert found["p_value"] == 1.0


def test_swapping_the_runs_turns_the_sign():
    first, second = outcomes_from([1] * 30 + [0] * 10), outcomes_from([0] * 20 + [1] * 10 + [0] * 10)
    one, other = compare_runs(first, second), compare_runs(second, first)
    assert one["difference"] == -other["difference"]
    assert one["p_value"] == other["p_value"] < 1e-5


def test_runs_with_other_numbers_of_samples_are_compared_by_their_shares():
    found = compare_runs(outcomes_from([2, 0], n_completions=4), outcomes_from([1, 0], n_completions=2))
    assert (found["difference"], found["n_better"], found["n_worse"]) == (0, 0, 0)


def test_the_order_of_tasks_does_not_matter():
    first, second = outcomes_from([1, 0, 1, 1]), outcomes_from([0, 0, 1, 0])
    assert compare_runs(first[::-1], second) == compare_runs(first, second)


def test_runs_on_other_tasks_cannot_be_paired():
    run = outcomes_from([1, 0, 1])
    for other in (run[:2], outcomes_from([1, 0, 1], split="test_both"), []):
        with pytest.raises(MetricError, match="evaluate"):
            compare_runs(run, other)
    with pytest.raises(MetricError, match="twice"):
        compare_runs(run, [*run, run[0]])
