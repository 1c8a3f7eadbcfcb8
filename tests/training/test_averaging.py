"""The average of the weights: a deliberately naive one agrees, and looking through it changes nothing."""

import pytest
import torch
from torch import nn

from arith_synth.training.averaging import WeightAverage


def model_with(values):
    model = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([values]))
    return model


def test_the_average_is_that_of_a_loop_over_numbers():
    model = model_with([1.0, -2.0])
    average = WeightAverage(model, 0.5)
    expected = [1.0, -2.0]
    for n_updates in range(6):
        with torch.no_grad():
            model.weight.add_(1.0)
        average.update()
        decay = min(0.5, (1 + n_updates) / (10 + n_updates))
        expected = [
            decay * mean + (1 - decay) * now for mean, now in zip(expected, model.weight[0].tolist(), strict=True)
        ]
    with average.applied():
        assert model.weight[0].tolist() == pytest.approx(expected)


def test_the_weights_come_back_to_the_bit_whatever_happens_within():
    model = model_with([0.1, 0.2])
    before = model.weight.detach().clone()
    average = WeightAverage(model, 0.9)
    with torch.no_grad():
        model.weight.mul_(3)
    average.update()
    tripled = model.weight.detach().clone()
    with pytest.raises(RuntimeError), average.applied():
        assert not torch.equal(model.weight, tripled)
        raise RuntimeError
    assert torch.equal(model.weight, tripled)
    assert not torch.equal(before, tripled)


def test_without_a_decay_nothing_is_kept_and_nothing_changes():
    model = model_with([0.1, 0.2])
    average = WeightAverage(model, None)
    average.update()
    with average.applied():
        assert torch.equal(model.weight, model_with([0.1, 0.2]).weight)
    assert average.state_dict()["averages"] == []


def test_an_average_goes_on_from_its_state_to_the_bit():
    model = model_with([0.3, 0.4])
    one = WeightAverage(model, 0.99)
    one.update()
    other = WeightAverage(model_with([9.0, 9.0]), 0.99)
    other.load_state_dict(one.state_dict())
    for average in (one, other):
        assert average.state_dict()["n_updates"] == 1
    assert torch.equal(one.state_dict()["averages"][0], other.state_dict()["averages"][0])
