"""From a row and completions to scores: the names of `score`, and its numbers."""

import pytest
from harness.conftest import CONFIG, TESTS

from arith_synth.data.folder import open_dataset
from arith_synth.errors import MetricError
from arith_synth.evaluation.grading import grade, questions_of
from arith_synth.harness.rows import RowScorer, outcome_values, verdict_values


@pytest.fixture(scope="module")
def scorer(small_dataset):
    return RowScorer(open_dataset(small_dataset), CONFIG)


@pytest.mark.parametrize("strict", [False, True])
def test_means_over_rows_are_the_scores_of_the_split(small_dataset, rows, recorded, strict):
    scorer = RowScorer(open_dataset(small_dataset), CONFIG, strict=strict)
    predictions = [prediction for split in TESTS for prediction in recorded[split][:10]]
    questions = questions_of(small_dataset, CONFIG, TESTS)
    wanted = {prediction.task_id for prediction in predictions}
    few = questions.__class__(
        **{
            **{name: getattr(questions, name) for name in questions.__dataclass_fields__},
            "tasks": tuple(task for task in questions.tasks if task.task_id in wanted),
        }
    )
    scores = grade(few, predictions, k=(1, 5), strict=strict).scores
    for split in TESTS:
        pairs = zip(rows[split][:10], recorded[split][:10], strict=True)
        values = [outcome_values(scorer.outcome(row, answer.completions), (1, 5)) for row, answer in pairs]
        for name in values[0]:
            mean = sum(value[name] for value in values) / len(values)
            assert mean == pytest.approx(scores[split][name], rel=1e-12), name


def test_verdicts_of_completions_add_up_to_the_counts_of_the_task(scorer, rows, recorded):
    for row, prediction in zip(rows["test_both"][:5], recorded["test_both"][:5], strict=True):
        verdicts = [verdict_values(scorer.verdict(row, text)) for text in prediction.completions]
        shares = outcome_values(scorer.outcome(row, prediction.completions))
        for name in verdicts[0]:
            assert sum(verdict[name] for verdict in verdicts) / len(verdicts) == shares[name]


def test_one_greedy_answer_has_nothing_to_choose_from(scorer, rows):
    values = outcome_values(scorer.outcome(rows["test"][0], ["x"]))
    assert set(values) == {
        "execution_accuracy",
        "parsed",
        "consistent",
        "equivalent",
        "exact_match",
        "in_region",
        "pass@1",
    }


def test_a_config_without_a_region_has_no_score_for_it(small_dataset):
    folder = open_dataset(small_dataset)
    scorer = RowScorer(folder, "random")
    (row,) = folder.read("random", "test").slice(0, 1).to_pylist()
    assert "in_region" not in outcome_values(scorer.outcome(row, [row["program"]]))
    assert "in_region" not in verdict_values(scorer.verdict(row, row["program"]))
    assert not scorer.has_region


def test_training_rows_are_not_scored(small_dataset, scorer):
    (row,) = open_dataset(small_dataset).read(CONFIG, "train").slice(0, 1).to_pylist()
    with pytest.raises(MetricError, match="holds no outputs out"):
        scorer.verdict(row, "x")
