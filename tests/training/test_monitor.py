"""The memorization monitor: what it counts, and that it leaves no trace."""

import pytest
import torch
from safetensors.torch import load_file

from arith_synth.grammar import parse_infix
from arith_synth.modeling import config_for
from arith_synth.semantics.execution import outputs_of
from arith_synth.training import train
from arith_synth.training.data import open_for
from arith_synth.training.logs import read_log
from arith_synth.training.measuring import Measurement, read_task_set, with_held_out
from arith_synth.training.monitor import copy_rates
from arith_synth.training.observing import Cadence
from arith_synth.training.progress import Progress


def answered(*pairs):
    answers, correct = zip(*pairs, strict=True)
    return Measurement(loss=1.0, answers=answers, correct=correct)


def test_copies_are_answers_that_stand_in_the_training_set():
    unseen = answered(("x + 1", True), ("x + 2", False), ("y * y", False), ("<prefix> + +", False))
    assert copy_rates(unseen, {"x + 1", "x + 2", "3"}) == {"copied": 0.5, "copied_wrong": 1 / 3}


def test_a_model_without_wrong_answers_has_no_share_of_copies_among_them():
    assert copy_rates(answered(("x", True)), {"y"}) == {"copied": 0.0, "copied_wrong": None}


@pytest.fixture
def read(small_dataset):
    folder, grammar = open_for(small_dataset)

    def make(split, limit=30):
        config = config_for("nano", grammar)
        return read_task_set(folder, "random", split, config, limit=limit, n_shown=None, device=torch.device("cpu"))

    make.folder, make.grammar = folder, grammar
    return make


def test_seen_tasks_are_judged_on_the_held_out_inputs_of_the_unseen_ones(read):
    unseen = read("validation")
    seen = with_held_out(read("train"), unseen.scored[0], read.grammar)
    for task in seen.scored:
        assert task.heldout_inputs == unseen.scored[0].heldout_inputs
        program = parse_infix(task.program, read.grammar)
        assert list(task.heldout_outputs) == outputs_of(program, read.grammar, task.heldout_inputs)


def test_on_tasks_that_hold_something_out_this_gives_what_is_published(read):
    unseen = read("validation")
    assert with_held_out(unseen, unseen.scored[0], read.grammar).scored == unseen.scored


def test_tasks_for_the_model_and_for_scoring_are_the_same_tasks(read):
    tasks = read("train", limit=300)
    assert len(tasks) == sum(map(len, tasks.batches)) == 300
    assert [task.task_id for task in tasks.scored[:2]] == ["random/train/000000", "random/train/000001"]


def test_the_monitor_logs_both_sides_along_the_run_and_at_its_end(config_of):
    config = config_of(monitor_every_steps=2)
    done = train(config)
    lines = [line for line in read_log(config.output) if line["event"] == "monitor"]
    assert [line["step"] for line in lines] == [2, 4, 6, 6]
    names = {"seen_loss", "seen_accuracy", "unseen_loss", "unseen_accuracy", "copied", "copied_wrong", "n_monitor"}
    assert all(names <= line.keys() for line in lines)
    assert {name: done[name] for name in names} == {name: lines[-1][name] for name in names}


def test_measuring_changes_no_bit_of_the_training(config_of, tmp_path):
    often = {"monitor_every_steps": 1, "validate_every_steps": 1}
    never = {"n_monitor": 0, "n_validation": 0}
    for name, options in (("often", often), ("never", never)):
        train(config_of(dropout=0.1, ema=0.9, output=tmp_path / name, **options))
    a, b = (load_file(tmp_path / name / "model.safetensors") for name in ("often", "never"))
    assert all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.slow
def test_a_model_that_has_memorized_is_better_on_seen_tasks(config_of):
    done = train(config_of(max_steps=150, n_monitor=40, lr=1e-2, batch_size=100, example_dropout=0.0))
    assert done["seen_loss"] < done["unseen_loss"]


def test_the_monitor_waits_until_its_last_look_was_cheap():
    cadence = Cadence(every_steps=None, every_seconds=10.0, largest_share=0.03)
    cadence.done(Progress(seconds=20.0), Progress(seconds=21.5))
    assert not cadence.is_due(Progress(seconds=32.0))
    assert not cadence.is_due(Progress(seconds=71.0))
    assert cadence.is_due(Progress(seconds=71.6))
