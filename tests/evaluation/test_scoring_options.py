"""What an evaluation scores is what `arith-synth score` scores, and the options of scoring mean the same in both."""

import json
from dataclasses import replace

import pytest

from arith_synth.data.content import content_of
from arith_synth.data.folder import open_dataset
from arith_synth.errors import MetricError, UsageError
from arith_synth.evaluation import EvaluationConfig, evaluate, run
from arith_synth.evaluation.config import ks_of
from arith_synth.evaluation.grading import grade, questions_of
from arith_synth.evaluation.run import with_training_targets
from arith_synth.scoring import read_predictions


@pytest.fixture
def sampled(config_of):
    """An evaluation of ten samples a task, and its scores."""
    config = config_of(samples=10, temperature=1.0, mask=False)
    return config, evaluate(config)


def record_of(config):
    return json.loads((config.output / "run.json").read_text())


def test_scores_are_those_of_the_predictions_that_were_written(sampled):
    config, scores = sampled
    questions = questions_of(config.data, config.config, config.split_names, copies=True)
    graded = grade(questions, read_predictions(config.output / "predictions.jsonl"), k=(1, 10))
    assert json.loads(json.dumps(graded.scores)) == json.loads(json.dumps(scores)) == record_of(config)["scores"]


def test_copies_are_counted_against_the_split_that_the_model_was_trained_on(sampled):
    config, scores = sampled
    assert all(score["copied"] is not None for score in scores.values())
    questions = questions_of(config.data, config.config, config.split_names)
    training = record_of(config)["training"]
    targets = open_dataset(config.data).read("support_shift", "train", ["program"]).column("program").to_pylist()
    seen = with_training_targets(questions, training).training
    assert seen is not None
    assert seen.programs == set(targets)


def test_a_model_trained_on_the_control_is_asked_for_copies_of_that(config_of, trained):
    questions = questions_of(config_of().data, "support_shift", ["test"])
    folder = questions.folder
    controls = folder.read("support_shift_control", "train", ["program"]).column("program").to_pylist()
    checksum = content_of(folder, "support_shift_control", "train")
    training = {"config": "support_shift_control", "split": "train", "checksums": {"train": checksum}}
    seen = with_training_targets(questions, training).training
    assert seen is not None
    assert seen.programs == set(controls)
    elsewhere = with_training_targets(questions, {**training, "checksums": {"train": "other"}}).training
    assert elsewhere is not None
    assert elsewhere.programs != set(controls)


def test_lite_answers_the_first_tasks_of_each_split(config_of, monkeypatch):
    monkeypatch.setattr("arith_synth.evaluation.grading.N_LITE", 15)
    config = config_of(lite=True)
    assert {split: score["n"] for split, score in evaluate(config).items()} == {"test": 15, "test_syntactic": 15}
    predictions = read_predictions(config.output / "predictions.jsonl")
    expected = [f"support_shift/{split}/{n:06}" for split in config.split_names for n in range(15)]
    assert [prediction.task_id for prediction in predictions] == expected
    record = record_of(config)
    assert record["lite"] is record["key"]["lite"] is True


def test_lite_and_whole_answers_are_not_taken_for_each_other(config_of):
    evaluate(config_of(lite=True))
    with pytest.raises(UsageError, match="holds another run"):
        evaluate(config_of())


@pytest.mark.parametrize(("samples", "expected"), [(1, (1,)), (9, (1,)), (10, (1, 10)), (100, (1, 10, 100))])
def test_the_usual_k_are_those_that_the_samples_allow(samples, expected):
    assert EvaluationConfig(model="a", samples=samples, temperature=1.0).ks == expected


def test_k_is_what_was_asked_for(config_of):
    config = config_of(samples=5, temperature=1.0, k="2,5")
    (score, _) = evaluate(config).values()
    assert {"pass@2", "pass@5"} <= score.keys()
    assert "pass@1" not in score
    assert record_of(config)["scoring"] == {"k": [2, 5], "extraction": "rules"}


def test_k_beyond_the_samples_is_refused_at_birth():
    with pytest.raises(UsageError, match="--k 10 needs as many --samples, and there are 5"):
        EvaluationConfig(model="a", samples=5, temperature=1.0, k="1,10")


@pytest.mark.parametrize("text", ["", "0", "-1", "1,", "a", "1.5", "9" * 5_000, "١"])
def test_k_that_is_no_number_is_refused(text):
    with pytest.raises(UsageError, match="--k"):
        ks_of(text)


def test_strict_scores_no_program_inside_a_longer_text(asking, server, programs, tmp_path):
    server.say = lambda prompt, seed: f"```\n{programs[prompt]}\n```"
    free, strict = (evaluate(asking(strict=flag, output=tmp_path / str(flag))) for flag in (False, True))
    assert strict["test"]["execution_accuracy"] == 0
    assert free["test"]["execution_accuracy"] == 1
    record = json.loads((tmp_path / "True" / "run.json").read_text())
    assert record["scoring"]["extraction"] == "strict"


def test_the_same_answers_scored_in_another_way_are_not_mixed_up(config_of):
    scores = evaluate(config_of())
    with pytest.raises(UsageError, match="score its predictions.jsonl with arith-synth score"):
        evaluate(config_of(strict=True))
    assert evaluate(config_of()) == scores


def test_a_run_of_an_earlier_version_is_read(config_of):
    config = config_of()
    scores = evaluate(config)
    record = record_of(config)
    for name in ("scoring", "lite", "few_shot"):
        del record[name]
    (config.output / "run.json").write_text(json.dumps(record))
    assert evaluate(config) == scores


def test_a_training_split_is_refused_before_a_model_is_asked(config_of, monkeypatch):
    monkeypatch.setattr(run, "answerer_for", None)
    with pytest.raises(MetricError, match="score a test split"):
        evaluate(config_of(splits="train"))


@pytest.mark.parametrize(
    "options",
    [
        {"samples": 5},
        {"samples": 20_000, "temperature": 1.0},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"top_p": 0.0},
        {"few_shot": -1},
        {"max_new_tokens": 0},
        {"model": ""},
    ],
    ids=str,
)
def test_nonsense_is_refused_at_birth(options):
    config = EvaluationConfig(model="a")
    with pytest.raises(UsageError):
        replace(config, **options)
