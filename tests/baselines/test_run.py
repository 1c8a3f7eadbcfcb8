"""A baseline leaves what an evaluation leaves, and anyone who runs it again gets the same predictions."""

import json
import re
import subprocess
import sys
from typing import get_args

import pytest
from strategies import XY3

from arith_synth import cli
from arith_synth.baselines.config import BaselineConfig, BaselineName
from arith_synth.baselines.run import run_baseline
from arith_synth.errors import UnknownNameError, UsageError
from arith_synth.grammar import parse_infix
from arith_synth.scoring import read_grammar, read_outcomes, read_predictions, read_tasks, score_predictions

TESTS = "test,test_semantic,test_syntactic,test_both"
NAMES = get_args(BaselineName)


def baseline(name, data, output, **options):
    return run_baseline(BaselineConfig(name=name, data=data, output=output, **{"splits": TESTS, **options}))


@pytest.fixture(scope="module")
def runs(small_dataset, tmp_path_factory):
    """A folder for each baseline on the four tests."""
    place = tmp_path_factory.mktemp("baselines")
    for name in NAMES:
        baseline(name, small_dataset, place / name)
    return place


def completions_of(run):
    return [row.completions for row in read_predictions(run / "predictions.jsonl")]


def scores_of(run):
    return json.loads((run / "run.json").read_text())["scores"]


@pytest.mark.parametrize("name", ["target", "lookup"])
def test_ceilings_are_100_percent(runs, name):
    for scores in scores_of(runs / name).values():
        assert scores["execution_accuracy"] == scores["exact_match"] == scores["consistent"] == 1.0


@pytest.mark.parametrize("name", ["retrieval", "constant"])
def test_a_training_target_is_never_right_where_classes_are_disjoint(runs, name):
    for scores in scores_of(runs / name).values():
        assert scores["execution_accuracy"] == scores["consistent"] == 0.0
        assert scores["parsed"] == 1.0


def test_every_answer_of_retrieval_is_a_copy_of_the_nearest_target(runs):
    for outcome in read_outcomes(runs / "retrieval" / "outcomes.jsonl"):
        assert outcome.n_copied == outcome.n_copied_nearest == outcome.n_completions


def test_answers_of_the_corpus_are_no_copies(runs):
    for outcome in read_outcomes(runs / "lookup" / "outcomes.jsonl"):
        assert outcome.n_copied == outcome.n_copied_nearest == 0


def test_the_constant_answer_is_one_training_target(runs, small_dataset):
    answers = {text for row in read_predictions(runs / "constant" / "predictions.jsonl") for text in row.completions}
    assert len(answers) == 1
    assert answers <= {task.program for task in read_tasks(small_dataset, "support_shift", ["train"])}


@pytest.mark.parametrize("name", NAMES)
def test_scores_follow_from_the_predictions(runs, small_dataset, name):
    tasks = read_tasks(small_dataset, "support_shift", TESTS.split(","))
    predictions = read_predictions(runs / name / "predictions.jsonl")
    assert [row.task_id for row in predictions] == [task.task_id for task in tasks]
    again = score_predictions(tasks, predictions, read_grammar(small_dataset))
    for split, scores in scores_of(runs / name).items():
        for score in ("n", "execution_accuracy", "interval_95", "parsed", "consistent", "exact_match"):
            assert scores[score] == again[split][score]


@pytest.mark.parametrize("name", NAMES)
def test_a_second_run_writes_the_same_predictions(runs, small_dataset, tmp_path, name):
    baseline(name, small_dataset, tmp_path / "again")
    for file in ("predictions.jsonl", "outcomes.jsonl"):
        assert (tmp_path / "again" / file).read_bytes() == (runs / name / file).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_n_samples_begin_with_the_one_and_are_as_many_for_each_task(runs, small_dataset, tmp_path, name):
    baseline(name, small_dataset, tmp_path, samples=10, splits="test")
    one = {row.task_id: row.completions for row in read_predictions(runs / name / "predictions.jsonl")}
    for row in read_predictions(tmp_path / "predictions.jsonl"):
        assert len(row.completions) == 10
        assert row.completions[:1] == one[row.task_id]
    assert scores_of(tmp_path)["test"]["pass@10"] == (1.0 if name in ("target", "lookup") else 0.0)


def test_the_nearest_targets_are_as_many_as_samples(small_dataset, tmp_path):
    baseline("retrieval", small_dataset, tmp_path, samples=5)
    assert all(len(set(row.completions)) == 5 for row in read_predictions(tmp_path / "predictions.jsonl"))


def test_run_json_says_what_was_run(runs, small_dataset):
    record = json.loads((runs / "random" / "run.json").read_text())
    assert record["kind"] == "evaluation"
    assert record["model"] == {"family": "baseline", "name": "random", "n_parameters": 0}
    assert record["training"]["config"] == "support_shift"
    assert record["seen_in_training"] == dict.fromkeys(TESTS.split(","), 0)
    assert (record["seed"], record["data"]["grammar"], record["data"]["max_size"]) == (0, "xy3", 4)
    assert set(record["data"]["checksums"]) == set(TESTS.split(","))
    assert record["date"].endswith("+00:00")


def test_whoever_reads_the_corpus_has_seen_all_tasks(runs):
    record = json.loads((runs / "lookup" / "run.json").read_text())
    assert record["training"]["config"] == "corpus"
    assert set(record["seen_in_training"].values()) == {40}


def test_other_training_splits_can_be_searched(small_dataset, tmp_path):
    baseline("retrieval", small_dataset, tmp_path, splits="test", trained_on="support_shift_control/train")
    answers = {row.completions[0] for row in read_predictions(tmp_path / "predictions.jsonl")}
    assert answers <= {task.program for task in read_tasks(small_dataset, "support_shift_control", ["train"])}
    outcomes = read_outcomes(tmp_path / "outcomes.jsonl")
    assert all(outcome.n_copied_nearest == 1 for outcome in outcomes)  # of the split that was searched


def test_the_seed_changes_random_programs_alone(runs, small_dataset, tmp_path):
    for name in ("random", "retrieval"):
        baseline(name, small_dataset, tmp_path / name, seed=1)
    assert completions_of(tmp_path / "retrieval") == completions_of(runs / "retrieval")
    assert completions_of(tmp_path / "random") != completions_of(runs / "random")


def test_random_answers_are_programs(runs):
    for row in read_predictions(runs / "random" / "predictions.jsonl"):
        parse_infix(row.completions[0], XY3)  # or raises


def test_a_run_that_is_done_is_only_read(runs, small_dataset):
    before = (runs / "random" / "run.json").stat().st_mtime_ns
    assert baseline("random", small_dataset, runs / "random") == scores_of(runs / "random")
    assert (runs / "random" / "run.json").stat().st_mtime_ns == before


def test_another_run_is_not_overwritten(runs, small_dataset):
    with pytest.raises(UsageError, match="holds another run"):
        baseline("constant", small_dataset, runs / "random")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"splits": "test,test"}, "each split once"),
        ({"samples": 0}, "--samples"),
        ({"trained_on": "train"}, "config/split"),
    ],
)
def test_nonsense_is_refused_at_birth(options, message):
    with pytest.raises(UsageError, match=message):
        BaselineConfig(name="random", **options)


def test_an_unknown_split_fails_before_anything_is_written(small_dataset, tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'test_both'"):
        baseline("target", small_dataset, tmp_path / "out", splits="test_bot")
    with pytest.raises(UnknownNameError, match="train_far"):
        baseline("retrieval", small_dataset, tmp_path / "out", trained_on="support_shift/train_far")
    assert not (tmp_path / "out").exists()


def test_the_command_prints_a_table_or_one_object(small_dataset, tmp_path, capsys):
    arguments = ["baseline", "target", "--data", str(small_dataset), "--splits", "test", "--lite"]
    assert cli.main([*arguments, "--output", str(tmp_path / "a")]) == 0
    assert re.search(r"accuracy +100\.0%", capsys.readouterr().out)
    assert cli.main([*arguments, "--output", str(tmp_path / "b"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["test"]["n"] == 40


def test_a_folder_that_is_no_dataset_is_one_line(tmp_path, capsys):
    assert cli.main(["baseline", "constant", "--data", str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_baselines_run_without_torch():
    code = "import sys, arith_synth.baselines.run; print({'torch', 'transformers', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
