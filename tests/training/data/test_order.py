import numpy as np
import pytest

from arith_synth.errors import UsageError
from arith_synth.training.data.order import BatchOrder


def epoch(order, number):
    steps = range(number * order.steps_per_epoch, (number + 1) * order.steps_per_epoch)
    return np.concatenate([order.tasks_of(step) for step in steps]).tolist()


def test_an_epoch_takes_no_task_twice():
    rows = epoch(BatchOrder(100, 8, seed=0), 0)
    assert len(rows) == 96
    assert len(set(rows)) == 96


def test_every_epoch_has_its_own_order():
    order = BatchOrder(96, 8, seed=0)
    assert epoch(order, 0) != epoch(order, 1)
    assert sorted(epoch(order, 1)) == list(range(96))


def test_a_step_is_found_again_without_the_ones_before():
    walked = BatchOrder(100, 8, seed=0)
    for step in [0, 13, 40, 7]:
        assert np.array_equal(walked.tasks_of(step), BatchOrder(100, 8, seed=0).tasks_of(step))


def test_neighbouring_seeds_share_no_order():
    assert epoch(BatchOrder(96, 8, seed=0), 1) != epoch(BatchOrder(96, 8, seed=1), 0)
    assert epoch(BatchOrder(96, 8, seed=0), 0) != epoch(BatchOrder(96, 8, seed=1), 0)


def test_a_batch_larger_than_the_split_is_refused():
    with pytest.raises(UsageError, match="--batch-size 9"):
        BatchOrder(8, 9, seed=0)
