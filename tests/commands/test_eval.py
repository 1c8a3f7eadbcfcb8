"""`arith-synth eval` with a model or a dataset that does not fit: one line, and no half-written scores."""

import json
import shutil

import pytest

from arith_synth.data.build import build_dataset
from arith_synth.grammar import grammar_named
from arith_synth.scoring import read_predictions
from arith_synth.splits.sizes import SplitSizes


@pytest.fixture
def evaluate(call, small_dataset, trained, tmp_path):
    """Evaluate the trained model on two splits of the small dataset; later options win."""

    def run(*options, model=trained, data=small_dataset, splits="test,test_both"):
        output = tmp_path / "eval"
        return call("eval", "--model", model, "--data", data, "--splits", splits, "--output", output, *options)

    return run


@pytest.fixture
def damaged(trained, tmp_path):
    """A copy of the model that a test may damage."""
    return shutil.copytree(trained, tmp_path / "model")


def test_json_is_one_object_with_the_scores_of_each_split(evaluate, tmp_path):
    answer = evaluate("--json")
    assert answer.status == 0, answer.err
    assert answer.err == ""
    assert answer.out.count("\n") == 1
    scores = json.loads(answer.out)
    assert {split: score["n"] for split, score in scores.items()} == {"test": 40, "test_both": 40}
    assert len(read_predictions(tmp_path / "eval" / "predictions.jsonl")) == 80


def test_a_repeated_evaluation_prints_the_same(evaluate):
    assert evaluate().out == evaluate().out


def test_no_model_is_one_line_that_says_how_to_make_one(evaluate, tmp_path):
    assert "train one with: train.py --output" in evaluate(model=tmp_path / "nothing").complaint(1)
    assert not (tmp_path / "eval").exists()


@pytest.mark.parametrize("n_kept", [0, 4, 10_000])
def test_a_truncated_model_is_named(evaluate, damaged, n_kept):
    file = damaged / "model.safetensors"
    file.write_bytes(file.read_bytes()[:n_kept])
    assert str(file) in evaluate(model=damaged).complaint(1)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"model_type": "arith_synth"}'])
def test_a_damaged_config_of_the_model_is_one_line(evaluate, damaged, text):
    (damaged / "config.json").write_text(text)
    line = evaluate(model=damaged)
    assert line.complaint(line.status)
    assert line.status in (1, 2)


def test_an_unknown_split_is_a_wrong_call_that_gets_the_nearest_name(evaluate, tmp_path):
    assert "did you mean 'test'?" in evaluate(splits="tests").complaint(2)
    assert not (tmp_path / "eval").exists()


def test_an_unknown_config_is_a_wrong_call_that_gets_the_nearest_name(evaluate):
    assert "did you mean 'support_shift'?" in evaluate("--config", "suport_shift").complaint(2)


def test_no_dataset_is_one_line(evaluate, tmp_path):
    assert "arith-synth build --out" in evaluate(data=tmp_path / "nothing").complaint(1)


def test_a_truncated_dataset_file_is_named(evaluate, small_dataset, tmp_path):
    data = shutil.copytree(small_dataset, tmp_path / "data")
    file = data / "support_shift" / "test_both-00000-of-00001.parquet"
    file.write_bytes(file.read_bytes()[:5_000])
    assert str(file) in evaluate(data=data).complaint(1)


def test_a_dataset_of_another_grammar_is_a_wrong_call(evaluate, tmp_path):
    data = tmp_path / "xy5"
    sizes = SplitSizes(train=100, validation=10, test=10)
    build_dataset(grammar_named("xy5"), 3, data, ["random"], sizes)
    line = evaluate("--config", "random", data=data, splits="test").complaint(2)
    assert "is of grammar xy5" in line
    assert "the model is for xy3" in line


@pytest.mark.parametrize("options", [("--samples", "0"), ("--batch-size", "0"), ("--temperature", "-1")])
def test_nonsense_is_a_wrong_call(evaluate, options):
    answer = evaluate(*options)
    assert answer.status == 2
    assert "Traceback" not in answer.err


def test_the_scores_of_another_evaluation_are_kept(evaluate, tmp_path):
    evaluate()
    before = (tmp_path / "eval" / "run.json").read_bytes()
    assert "name another --output" in evaluate(splits="test").complaint(2)
    assert (tmp_path / "eval" / "run.json").read_bytes() == before


def test_training_splits_hold_nothing_out_and_are_refused_with_a_line(evaluate):
    answer = evaluate(splits="train")
    assert "test split" in answer.complaint(answer.status)
    assert answer.status in (1, 2)


@pytest.mark.parametrize("n_bytes", [10, 5_000, 12_000])
def test_a_full_disk_is_one_line_and_the_same_command_goes_on(evaluate, tmp_path, disk_of, n_bytes):
    with disk_of(n_bytes):
        assert "free or change the disk" in evaluate().complaint(1)
    assert not (tmp_path / "eval" / "run.json").exists()
    assert not list((tmp_path / "eval").rglob("*.tmp"))
    assert evaluate().status == 0
    assert not (tmp_path / "eval" / "unfinished").exists()
