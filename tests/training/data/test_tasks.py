import numpy as np
import pytest
import torch
from strategies import XY3

from arith_synth.errors import UnknownNameError, UsageError
from arith_synth.grammar import grammar_named
from arith_synth.modeling import config_for, example_features
from arith_synth.tokenization import build_tokenizer
from arith_synth.training.data import collate, evaluation_tasks, open_for
from arith_synth.training.data.columns import parse_outputs


@pytest.mark.parametrize("notation", ["prefix", "infix"])
def test_labels_decode_to_the_published_programs(folder, notation):
    config = config_for("nano", XY3, notation=notation)
    tasks = evaluation_tasks(folder, "random", "train", config, limit=50)
    column = "program" if notation == "infix" else "program_prefix"
    programs = folder.read("random", "train", [column]).column(column).to_pylist()[:50]
    tokenizer = build_tokenizer(XY3)
    labels = collate(tasks, slice(None), config).labels.tolist()
    assert [tokenizer.decode([i for i in row if i > 2]) for row in labels] == programs


def test_features_are_those_of_the_published_outputs(folder):
    tasks = evaluation_tasks(folder, "random", "test", config_for("nano", XY3))
    numerators, denominators = map(
        torch.from_numpy, parse_outputs(folder.read("random", "test", ["outputs"]).column("outputs"))
    )
    assert torch.allclose(tasks.features, example_features(numerators, denominators), atol=1e-6)


def test_tasks_come_in_the_order_of_the_file(folder):
    tasks = evaluation_tasks(folder, "random", "test", config_for("nano", XY3), limit=7, with_targets=False)
    assert list(tasks.task_ids) == folder.read("random", "test", ["task_id"]).column("task_id").to_pylist()[:7]
    assert len(tasks) == 7
    assert tasks.examples.tokens.shape == (7, 0)


def test_a_model_of_fewer_examples_is_shown_the_first_ones(folder):
    few = evaluation_tasks(folder, "random", "test", config_for("nano", XY3, n_shown=5)).examples
    all_ = evaluation_tasks(folder, "random", "test", config_for("nano", XY3)).examples
    assert np.array_equal(few.numerators, all_.numerators[:, :5])


def test_a_model_of_more_examples_than_there_are_is_refused(folder):
    with pytest.raises(UsageError, match="16 outputs a task, and the model reads 17"):
        evaluation_tasks(folder, "random", "test", config_for("nano", XY3, n_shown=17))


def test_a_dataset_of_another_grammar_is_refused_in_one_line(small_dataset):
    with pytest.raises(UsageError, match="is of grammar xy3 .* the model is for xy9") as raised:
        open_for(small_dataset, grammar_named("xy9"))
    assert "\n" not in str(raised.value)


def test_an_unknown_split_is_named(folder):
    with pytest.raises(UnknownNameError, match="tset"):
        evaluation_tasks(folder, "random", "tset", config_for("nano", XY3))
