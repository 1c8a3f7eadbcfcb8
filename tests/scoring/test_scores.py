import dataclasses
import itertools
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3

from arith_synth.errors import MetricError
from arith_synth.grammar import strahler_number
from arith_synth.scoring import Prediction, TaskOutcome, TrainingTargets, outcomes_of, score_predictions, scores_of

PROGRAMS = ["x + 1", "x * y", "x / y", "(x + 1) * y", "x - y * 2", "2 / (x + y)"]


@pytest.fixture
def tasks(make_task):
    return [make_task(program, index, semantic_distance=index / 2) for index, program in enumerate(PROGRAMS)]


def predict(tasks, *completions):
    """The same completions for each task; `None` stands for the task's target."""
    return [
        Prediction(
            task_id=task.task_id, completions=tuple(task.program if text is None else text for text in completions)
        )
        for task in tasks
    ]


def outcome_with(n_completions, n_correct, index, size_ratio=1.0):
    return TaskOutcome(
        task_id=f"support_shift/test/{index:06d}",
        size=3,
        n_completions=n_completions,
        n_parsed=n_correct,
        n_consistent=n_correct,
        n_correct=n_correct,
        n_equivalent=n_correct,
        n_exact_match=n_correct,
        size_ratio=size_ratio if n_correct else None,
    )


def test_targets_score_one_and_nonsense_scores_zero_and_is_counted(tasks):
    right = score_predictions(tasks, predict(tasks, None), XY3)["test"]
    assert (right["n"], right["execution_accuracy"], right["exact_match"], right["size_ratio"]) == (6, 1, 1, 1)
    wrong = score_predictions(tasks, predict(tasks, "x +"), XY3)["test"]
    assert (wrong["n"], wrong["execution_accuracy"], wrong["parsed"], wrong["size_ratio"]) == (6, 0, 0, None)
    assert wrong["reasons"] == {"an operand is missing at the end": 6}


def test_reasons_are_counted_by_kind(tasks):
    answers = [
        Prediction(task_id=task.task_id, completions=(text,))
        for task, text in zip(tasks, ["z", "w", "9", "x & y", "x % y + 1", "+ 1"], strict=True)
    ]
    assert score_predictions(tasks, answers, XY3)["test"]["reasons"] == {
        "'…' is not in grammar xy3": 3,
        "'…' at character … is not in grammar xy3": 2,
        "unary '…' is not in grammar xy3": 1,
    }


def test_execution_accuracy_is_pass_at_1_and_pass_at_k_is_above(tasks):
    scores = score_predictions(tasks, predict(tasks, None, "x", "y", "x +"), XY3, k=(1, 2, 4))["test"]
    assert scores["execution_accuracy"] == scores["pass@1"] == 0.25
    assert scores["pass@2"] == pytest.approx(0.5)
    assert scores["pass@4"] == 1
    assert scores["parsed"] == 0.75


@given(st.lists(st.integers(0, 7), min_size=1, max_size=40))
def test_pass_at_1_is_the_accuracy_to_the_last_digit_with_its_interval(n_correct):
    scores = scores_of([outcome_with(7, count, index) for index, count in enumerate(n_correct)])
    assert scores["pass@1"] == scores["execution_accuracy"]
    assert scores["intervals_95"]["pass@1"] == scores["interval_95"]


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(1, 9)), min_size=1, max_size=40), st.randoms())
def test_the_order_of_tasks_decides_no_digit(rows, random):
    """Nor does the version of Python: from 3.12 on, `sum` adds floats otherwise than 3.11 does."""
    outcomes = [outcome_with(7, count, index, size_ratio=1 + ratio / 9) for index, (count, ratio) in enumerate(rows)]
    shuffled = random.sample(outcomes, len(outcomes))
    assert scores_of(shuffled, k=(1, 3, 5)) == scores_of(outcomes, k=(1, 3, 5))


def test_more_draws_than_samples_is_an_error(tasks):
    with pytest.raises(MetricError, match="pass@2 needs 2 samples"):
        score_predictions(tasks, predict(tasks, None), XY3, k=(2,))


def test_each_split_is_scored_by_itself(make_task):
    tasks = [make_task("x", 0, "test"), make_task("y", 0, "test_both"), make_task("x", 1, "test_both")]
    scores = score_predictions(tasks, predict(tasks, "x"), XY3)
    assert {split: (found["n"], found["execution_accuracy"]) for split, found in scores.items()} == {
        "test": (1, 1.0),
        "test_both": (2, 0.5),
    }


def test_sizes_and_distance_bins_partition_the_tasks(tasks):
    scores = score_predictions(tasks, predict(tasks, "x + 1"), XY3)["test"]
    assert {size: found["n"] for size, found in scores["by_size"].items()} == {"2": 3, "3": 3}
    assert scores["by_size"]["2"]["execution_accuracy"] == pytest.approx(1 / 3)
    bins = scores["by_distance"]["semantic_distance"]
    assert sum(found["n"] for found in bins) == 6
    assert all(before["to"] < after["from"] for before, after in itertools.pairwise(bins))
    assert "tree_edit_distance" not in scores["by_distance"]


def test_equal_distances_share_a_bin(make_task):
    tasks = [make_task("x", index, tree_edit_distance=1.0) for index in range(7)]
    bins = score_predictions(tasks, predict(tasks, "x"), XY3)["test"]["by_distance"]["tree_edit_distance"]
    assert [(found["from"], found["to"], found["n"]) for found in bins] == [(1.0, 1.0, 7)]


def test_answers_of_the_held_out_form_are_counted_when_a_region_is_given(make_task):
    tasks = [make_task("x * 2 + x * y", 0), make_task("x * 2 + x * y", 1)]
    answers = [
        Prediction(task_id=task.task_id, completions=(text,))
        for task, text in zip(tasks, ["x * 2 + x * y", "x * (2 + y)"], strict=True)
    ]
    scores = score_predictions(tasks, answers, XY3, in_region=lambda program: strahler_number(program) >= 3)["test"]
    assert (scores["execution_accuracy"], scores["in_region"]) == (1, 0.5)
    assert score_predictions(tasks, answers, XY3)["test"]["in_region"] is None


def test_best_of_n_takes_one_sample_a_task(make_task):
    """The first that agrees with the shown examples, or the first of the largest cluster of equal outputs."""
    tasks = [make_task("x + 1", 0), make_task("x * y", 1)]
    answers = [
        Prediction(task_id=tasks[0].task_id, completions=("x", "y", "1 + x", "y", "y")),
        Prediction(task_id=tasks[1].task_id, completions=("y * x", "x", "x * y", "y", "x +")),
    ]
    scores = score_predictions(tasks, answers, XY3)["test"]
    assert (scores["first_consistent"], scores["largest_cluster"]) == (1, 0.5)
    assert scores["intervals_95"]["first_consistent"][1] == 1


def test_wrong_answers_that_are_training_targets_are_counted_among_the_wrong(tasks):
    training = TrainingTargets(programs=frozenset({"x", "x + 1"}), nearest={tasks[1].task_id: "x"})
    scores = score_predictions(tasks, predict(tasks, "x + 1", "x", "y", "x +"), XY3, training=training)["test"]
    n_wrong = 4 * 6 - 1  # the first task's target is x + 1
    assert scores["copied"]["n_wrong"] == scores["copied_nearest"]["n_wrong"] == n_wrong
    assert scores["copied"]["share"] == pytest.approx((5 + 6) / n_wrong)
    assert scores["copied_nearest"]["share"] == pytest.approx(1 / n_wrong)
    low, high = scores["copied"]["interval_95"]
    assert low <= scores["copied"]["share"] <= high


def test_copies_are_unknown_without_training_targets_and_no_share_where_all_is_right(tasks):
    assert score_predictions(tasks, predict(tasks, "x"), XY3)["test"]["copied"] is None
    right = score_predictions(tasks, predict(tasks, None), XY3, training=TrainingTargets(programs=frozenset()))["test"]
    assert right["copied"] == {"share": None, "interval_95": None, "n_wrong": 0}


def test_which_copies_are_of_the_nearest_task_is_unknown_where_nearness_is(tasks):
    training = TrainingTargets(programs=frozenset({"x"}))
    scores = score_predictions(tasks, predict(tasks, "x"), XY3, training=training)["test"]
    assert scores["copied"]["share"] == 1
    assert scores["copied_nearest"] is None


def test_parsimony_has_its_n_and_interval(tasks):
    scores = score_predictions(tasks, predict(tasks, None, "x + y + 1 - y", "x"), XY3)["test"]
    low, high = scores["intervals_95"]["size_ratio"]
    assert scores["n_solved"] == 6
    assert scores["size_ratio"] == pytest.approx((5 * 1 + 1.5) / 6)
    assert 1 <= low <= scores["size_ratio"] <= high
    nothing = score_predictions(tasks, predict(tasks, "x"), XY3)["test"]
    assert (nothing["n_solved"], nothing["size_ratio"]) == (0, None)
    assert "size_ratio" not in nothing["intervals_95"]


def test_files_of_older_versions_leave_what_they_lack_unknown(tasks):
    outcomes = [
        dataclasses.replace(outcome, first_consistent=None, largest_cluster=None)
        for outcome in outcomes_of(tasks, predict(tasks, None), XY3)
    ]
    scores = scores_of(outcomes)
    assert (scores["first_consistent"], scores["largest_cluster"], scores["copied"]) == (None, None, None)
    assert "first_consistent" not in scores["intervals_95"]


def test_every_rate_has_its_interval(tasks):
    training = TrainingTargets(programs=frozenset({"x"}))
    scores = score_predictions(
        tasks, predict(tasks, None, "x"), XY3, k=(1, 2), training=training, in_region=lambda program: False
    )["test"]
    rates = {name for name, value in scores.items() if isinstance(value, float)} - {"execution_accuracy"}
    assert rates == scores["intervals_95"].keys()
    for name in rates:
        low, high = scores["intervals_95"][name]
        assert low <= scores[name] <= high


def test_scores_are_plain_json(tasks):
    scores = score_predictions(tasks, predict(tasks, None, "x"), XY3, k=(1, 2))
    assert json.loads(json.dumps(scores, allow_nan=False)) == scores


def test_the_order_of_predictions_does_not_matter(tasks):
    answers = predict(tasks, None)
    assert score_predictions(tasks, answers[::-1], XY3) == score_predictions(tasks, answers, XY3)


def broken(tasks, answers):
    stranger = Prediction(task_id="support_shift/test/999999", completions=("x",))
    yield "no tasks", [], []
    yield "lack a prediction", tasks, answers[1:]
    yield "lack a prediction", tasks, []
    yield "unknown task id", tasks, [*answers, stranger]
    yield "two predictions", tasks, [*answers, answers[0]]
    yield "has no completion", tasks, [dataclasses.replace(answers[0], completions=()), *answers[1:]]
    yield "sample equally many", tasks, [dataclasses.replace(answers[0], completions=("x", "y")), *answers[1:]]
    yield "stands twice", [*tasks, tasks[0]], answers
    other = dataclasses.replace(tasks[0], task_id="random/test/000000")
    yield "one config at a time", [*tasks, other], answers
    yield "is not <config>/<split>/<number>", [dataclasses.replace(tasks[0], task_id="../x")], answers


def test_every_misuse_is_a_one_line_error(tasks):
    for message, some_tasks, answers in broken(tasks, predict(tasks, None)):
        with pytest.raises(MetricError, match=message) as caught:
            score_predictions(some_tasks, answers, XY3)
        assert "\n" not in str(caught.value)


def test_scores_over_nothing_are_an_error():
    with pytest.raises(MetricError, match="no outcomes"):
        scores_of([])


def test_repeated_completions_count_as_often_as_they_stand(tasks):
    (outcome, *_) = outcomes_of(tasks, predict(tasks, None, None, "x +", "x +", "x"), XY3)
    assert (outcome.n_completions, outcome.n_correct, outcome.n_parsed) == (5, 2, 3)


def test_importing_scoring_is_light():
    heavy = "{'torch', 'numba', 'datasets', 'evaluate', 'pandas', 'pyarrow', 'transformers', 'scipy', 'matplotlib'}"
    code = f"import sys, arith_synth.scoring; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
