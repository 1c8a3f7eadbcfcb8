import pytest
import torch
from strategies import XY3

from arith_synth.errors import UsageError
from arith_synth.modeling import IGNORED_LABEL, config_for
from arith_synth.training.batches import BatchOrder, collate
from arith_synth.training.tasks import ModelTasks, labels_of


def epoch(order, number):
    steps = range(number * order.steps_per_epoch, (number + 1) * order.steps_per_epoch)
    return torch.cat([order.tasks_of(step) for step in steps]).tolist()


def test_an_epoch_takes_no_task_twice():
    rows = epoch(BatchOrder(100, 8, seed=0), 0)
    assert len(rows) == 96
    assert len(set(rows)) == 96


def test_every_epoch_has_its_own_order():
    order = BatchOrder(96, 8, seed=0)
    assert epoch(order, 0) != epoch(order, 1)
    assert sorted(epoch(order, 1)) == list(range(96))


def test_a_step_is_found_again_without_the_ones_before():
    steps = [0, 13, 40, 7]
    walked = BatchOrder(100, 8, seed=0)
    for step in steps:
        assert torch.equal(walked.tasks_of(step), BatchOrder(100, 8, seed=0).tasks_of(step))


def test_neighbouring_seeds_share_no_order():
    assert epoch(BatchOrder(96, 8, seed=0), 1) != epoch(BatchOrder(96, 8, seed=1), 0)
    assert epoch(BatchOrder(96, 8, seed=0), 0) != epoch(BatchOrder(96, 8, seed=1), 0)


def test_a_batch_larger_than_the_split_is_refused():
    with pytest.raises(UsageError, match="--batch-size 9"):
        BatchOrder(8, 9, seed=0)


def test_what_is_read_at_a_place_never_holds_the_token_wanted_there():
    """The inputs are the placeholders, then the labels one place later; what is ignored is padding."""
    config = config_for("nano", XY3)
    labels = labels_of(["* + x 1 y", "x"], XY3)
    tasks = ModelTasks(task_ids=("a", "b"), features=torch.zeros(2, 16, config.n_features), labels=labels)
    batch = collate(tasks, slice(0, 2), config)
    n = config.n_prefix
    assert (batch.input_ids[:, :n] == config.example_token_id).all()
    assert torch.equal(batch.input_ids[0, n:], labels[0, :-1])
    assert batch.input_ids[1, n:].tolist() == [5, 2, *[config.pad_token_id] * 3]
    assert batch.labels[1].tolist() == [5, 2, *[IGNORED_LABEL] * 4]
