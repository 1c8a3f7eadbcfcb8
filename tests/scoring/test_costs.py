import pytest

from arith_synth.errors import MetricError
from arith_synth.scoring import ARMS, TESTS, TaskOutcome, control_costs, exclusion_costs

N = 50


def outcomes(test, n_right, n=N, n_completions=1):
    return [
        TaskOutcome(
            task_id=f"support_shift/{test}/{index:06d}",
            size=3,
            n_completions=n_completions,
            n_parsed=n_completions,
            n_consistent=n_completions * (index < n_right),
            n_correct=n_completions * (index < n_right),
            n_equivalent=0,
            n_exact_match=0,
        )
        for index in range(n)
    ]


def world(right_by_arm):
    return {arm: {test: outcomes(test, n) for test, n in zip(TESTS, right_by_arm[arm], strict=True)} for arm in ARMS}


# Right answers on test, test_semantic, test_syntactic, test_both.
RIGHT = {"both": [27, 10, 0, 0], "syntactic": [25, 20, 1, 0], "semantic": [24, 8, 26, 12], "none": [22, 18, 25, 20]}


def test_a_cost_compares_the_arm_that_lifts_one_exclusion_with_the_shifted_arm():
    costs = {found["exclusion"]: found for found in exclusion_costs(world(RIGHT))}
    assert costs["syntactic"]["lifted_arm"] == "semantic"
    assert costs["syntactic"]["cost"]["cost"] == pytest.approx(100 * (26 - 0) / N)
    assert costs["semantic"]["lifted_arm"] == "syntactic"
    assert costs["semantic"]["cost"]["cost"] == pytest.approx(100 * (20 - 10) / N)
    assert costs["both"]["lifted_arm"] == "none"
    assert costs["both"]["cost"]["cost"] == pytest.approx(100 * (20 - 0) / N)


def test_net_cost_is_the_cost_on_the_shifted_test_less_the_cost_on_test():
    for found in exclusion_costs(world(RIGHT)):
        assert found["net_cost"]["cost"] == pytest.approx(found["cost"]["cost"] - found["cost_on_test"]["cost"])
        assert found["net_cost"]["n"] == [N, N]


def test_every_cost_lies_in_its_interval():
    for found in exclusion_costs(world(RIGHT)):
        for costs in (*found["by_test"].values(), found["net_cost"]):
            low, high = costs["interval_95"]
            assert low <= costs["cost"] <= high


def test_equal_arms_cost_nothing():
    equal = world(dict.fromkeys(ARMS, RIGHT["none"]))
    for found in exclusion_costs(equal):
        assert found["cost"]["cost"] == found["net_cost"]["cost"] == 0


def test_samples_weigh_like_completions():
    sampled = {
        arm: {test: outcomes(test, n, n_completions=4) for test, n in zip(TESTS, RIGHT[arm], strict=True)}
        for arm in ARMS
    }
    for greedy, found in zip(exclusion_costs(world(RIGHT)), exclusion_costs(sampled), strict=True):
        assert found["cost"]["cost"] == pytest.approx(greedy["cost"]["cost"])
        assert found["cost"]["interval_95"] == pytest.approx(greedy["cost"]["interval_95"])


def test_the_costs_against_a_control_run_are_those_of_the_arms():
    arms = world(RIGHT)
    costs = control_costs(arms["both"], arms["none"])
    expected = next(found for found in exclusion_costs(arms) if found["exclusion"] == "both")
    for test in TESTS:
        assert 100 * costs[test]["cost"]["cost"] == pytest.approx(expected["by_test"][test]["cost"])
    assert 100 * costs["test_both"]["net_cost"]["cost"] == pytest.approx(expected["net_cost"]["cost"])
    assert costs["test_both"]["net_cost"]["n"] == [N, N]
    assert costs["test"]["net_cost"] is None


def test_a_control_has_its_own_accuracy_and_each_cost_its_sign_test():
    arms = world(RIGHT)
    found = control_costs(arms["both"], arms["none"])["test_both"]
    assert (found["execution_accuracy"], found["n"]) == (20 / N, N)
    assert found["cost"]["p_value"] == pytest.approx(2 / 2**20)


def test_without_the_unshifted_test_there_is_no_net_cost():
    arms = world(RIGHT)
    found = control_costs({"test_both": arms["both"]["test_both"]}, arms["none"])
    assert list(found) == ["test_both"]
    assert found["test_both"]["net_cost"] is None


def test_a_control_that_answered_other_tasks_is_an_error():
    arms = world(RIGHT)
    with pytest.raises(MetricError, match="no outcomes on 'test_both'"):
        control_costs(arms["both"], {test: arms["none"][test] for test in TESTS[:-1]})
    with pytest.raises(MetricError, match="different tasks of 'test'"):
        control_costs(arms["both"], {**arms["none"], "test": outcomes("test", 3, n=N - 1)})


def test_missing_arms_and_unpaired_tasks_are_errors():
    complete = world(RIGHT)
    with pytest.raises(MetricError, match="no outcomes of the arm 'none'"):
        exclusion_costs({arm: complete[arm] for arm in ARMS if arm != "none"})
    with pytest.raises(MetricError, match="different tasks of 'test'"):
        exclusion_costs({**complete, "none": {**complete["none"], "test": outcomes("test", 3, n=N - 1)}})
    with pytest.raises(MetricError, match="no outcomes on 'test_both'"):
        exclusion_costs({**complete, "none": {**complete["none"], "test_both": []}})
