"""Whole evaluations of a model that was really trained, in this process."""

import json
import shutil

import pytest

from arith_synth.errors import CheckpointError, UnknownNameError, UsageError
from arith_synth.evaluation import EvaluationConfig, evaluate, run
from arith_synth.scoring import read_grammar, read_outcomes, read_predictions, read_tasks, score_predictions
from arith_synth.training.folders import exclusive


def test_an_evaluation_leaves_predictions_outcomes_and_a_record(config_of):
    config = config_of()
    scores = evaluate(config)
    record = json.loads((config.output / "run.json").read_text())
    assert record["kind"] == "evaluation"
    assert record["scores"] == scores
    assert record["training"]["split"] == "train"
    assert record["training"]["steps"] == 40
    assert list(record["data"]["checksums"]) == ["test", "test_syntactic"]
    assert len(read_predictions(config.output / "predictions.jsonl")) == sum(score["n"] for score in scores.values())
    assert len(read_outcomes(config.output / "outcomes.jsonl")) == sum(score["n"] for score in scores.values())
    assert not (config.output / "unfinished").exists()


def test_the_scores_are_those_of_the_predictions_file(config_of):
    config = config_of()
    scores = evaluate(config)
    tasks = read_tasks(config.data, config.config, config.split_names)
    again = score_predictions(tasks, read_predictions(config.output / "predictions.jsonl"), read_grammar(config.data))
    assert {split: score["execution_accuracy"] for split, score in again.items()} == {
        split: score["execution_accuracy"] for split, score in scores.items()
    }


def test_answers_of_the_held_out_form_are_counted(config_of):
    assert all(score["in_region"] is not None for score in evaluate(config_of()).values())


def test_answers_do_not_depend_on_the_batch_size(config_of, tmp_path):
    for name, batch_size in (("a", 7), ("b", 500)):
        evaluate(config_of(samples=2, temperature=1.0, batch_size=batch_size, output=tmp_path / name))
    a, b = ((tmp_path / name / "predictions.jsonl").read_text() for name in ("a", "b"))
    assert a == b


def test_samples_give_pass_at_k(config_of):
    scores = evaluate(config_of(splits="test", samples=10, temperature=1.0))
    assert scores["test"]["n_completions"] == 10
    assert scores["test"]["pass@10"] >= scores["test"]["execution_accuracy"]


def test_a_finished_evaluation_is_read_not_run(config_of, monkeypatch):
    scores = evaluate(config_of())
    monkeypatch.setattr(run, "answer_all", None)
    assert evaluate(config_of()) == scores


def test_the_output_of_another_evaluation_is_not_overwritten(config_of):
    evaluate(config_of())
    with pytest.raises(UsageError, match="holds another run"):
        evaluate(config_of(splits="test"))


@pytest.mark.parametrize("changes", [{"notation": "infix"}, {"rms_norm_eps": 0.5}])
def test_the_output_of_the_same_weights_under_another_config_is_not_taken_for_its_own(config_of, damaged, changes):
    evaluate(config_of(model=damaged, splits="test"))
    file = damaged / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    with pytest.raises(UsageError, match="holds another run"):
        evaluate(config_of(model=damaged, splits="test"))


def test_a_log_or_a_card_beside_the_model_does_not_make_it_another(config_of, damaged):
    scores = evaluate(config_of(model=damaged, splits="test"))
    (damaged / "README.md").write_text("mine")
    with (damaged / "log.jsonl").open("a") as log:
        log.write("{}\n")
    assert evaluate(config_of(model=damaged, splits="test")) == scores


def test_two_evaluations_in_one_folder_are_refused(config_of):
    config = config_of()
    with exclusive(config.output), pytest.raises(UsageError, match="another run is writing"):
        evaluate(config)


@pytest.fixture
def damaged(trained, tmp_path):
    """A copy of the model that a test may damage."""
    return shutil.copytree(trained, tmp_path / "model")


def test_a_model_of_another_grammar_is_a_wrong_call(config_of, damaged):
    file = damaged / "config.json"
    config = json.loads(file.read_text())
    config["grammar"]["name"], config["grammar"]["constants"] = "xy2", [1, 2]
    file.write_text(json.dumps(config | {"vocab_size": 16}))
    with pytest.raises(UsageError, match="is of grammar xy3 .* the model is for xy2") as raised:
        evaluate(config_of(model=damaged))
    assert raised.value.exit_status == 2


def test_a_truncated_model_is_named(config_of, damaged):
    file = damaged / "model.safetensors"
    file.write_bytes(file.read_bytes()[:10_000])
    with pytest.raises(CheckpointError, match="truncated"):
        evaluate(config_of(model=damaged))


def test_weights_that_do_not_fit_the_config_are_named(config_of, damaged):
    file = damaged / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"num_hidden_layers": 4}))
    with pytest.raises(CheckpointError) as raised:
        evaluate(config_of(model=damaged))
    assert "\n" not in str(raised.value)


def test_a_config_that_promises_more_than_its_weights_is_refused_before_memory_is_taken(config_of, damaged):
    (damaged / "config.json").write_text('{"model_type": "llama"}')  # whose defaults are 7 billion parameters
    with pytest.raises(CheckpointError, match="describes 6,738,415,616"):
        evaluate(config_of(model=damaged))


def test_a_folder_without_a_model_is_named(config_of, tmp_path):
    with pytest.raises(CheckpointError, match="there is no model"):
        evaluate(config_of(model=tmp_path / "nothing"))


def test_an_unfinished_training_run_is_named(config_of, tmp_path):
    (tmp_path / "half" / "checkpoints").mkdir(parents=True)
    with pytest.raises(CheckpointError, match="--resume"):
        evaluate(config_of(model=tmp_path / "half"))


def test_an_unknown_split_is_named_before_any_work(config_of):
    with pytest.raises(UnknownNameError, match="tset"):
        evaluate(config_of(splits="test,tset"))


@pytest.mark.parametrize("options", [{"splits": ""}, {"splits": "a,a"}, {"splits": "a,,b"}, {"batch_size": 0}])
def test_nonsense_is_refused_at_birth(tmp_path, options):
    with pytest.raises(UsageError):
        EvaluationConfig(model=tmp_path, **options)
