import pytest
from outcome_maker import outcomes_from

from arith_synth.scoring import mean_interval, scores_of
from arith_synth.scoring.groups import MIN_WORST_GROUP, worst_group


def test_the_worst_group_is_the_lowest_of_sizes_and_distance_bins():
    right = [1] * 90 + [0] * 20 + [1] * 40
    sizes = [2] * 50 + [3] * 100
    distances = [index / 10 for index in range(150)]
    scores = scores_of(outcomes_from(right, size=sizes, semantic_distance=distances))
    groups = [*scores["by_size"].values(), *scores["by_distance"]["semantic_distance"]]
    worst = scores["worst_group"]
    assert worst["execution_accuracy"] == min(group["execution_accuracy"] for group in groups) == 1 / 3
    assert worst["group"] == "semantic_distance 9 to 11.9"
    assert (worst["n"], worst["interval_95"]) == (30, list(mean_interval([0] * 20 + [1] * 10)))


def test_groups_of_a_few_tasks_are_never_the_worst():
    few = MIN_WORST_GROUP - 1
    scores = scores_of(outcomes_from([0] * few + [1] * 100, size=[2] * few + [3] * 100))
    assert scores["by_size"]["2"]["execution_accuracy"] == 0
    assert scores["worst_group"]["group"] == "size 3"
    assert scores_of(outcomes_from([0] * few))["worst_group"] is None


def test_of_equally_bad_groups_the_first_by_name_is_the_worst():
    group = {"n": 100, "execution_accuracy": 0.5, "interval_95": [0.4, 0.6]}
    bins = {"semantic_distance": [{"from": 0.0, "to": 1.0, **group}]}
    assert worst_group({"3": group, "2": group}, bins)["group"] == "semantic_distance 0 to 1"
    assert worst_group({"3": group, "2": group}, {})["group"] == "size 2"


def test_bins_that_lie_too_close_for_their_names_are_all_looked_at():
    distances = [1000 + index // 40 / 100 for index in range(200)]
    scores = scores_of(outcomes_from([0] * 40 + [1] * 160, size=[3] * 200, semantic_distance=distances))
    assert (scores["worst_group"]["n"], scores["worst_group"]["execution_accuracy"]) == (40, 0)


@pytest.mark.parametrize("name", ["semantic_distance", "tree_edit_distance"])
def test_bins_are_quintiles(name):
    scores = scores_of(outcomes_from([1] * 100, **{name: [float(index) for index in range(100)]}))
    assert [found["n"] for found in scores["by_distance"][name]] == [20] * 5
