"""A step's gradient does not depend on how it is cut."""

import pytest
import torch
from accelerate import Accelerator
from strategies import XY3

from arith_synth.modeling import IGNORED_LABEL, ArithSynthForProgramSynthesis, config_for
from arith_synth.training import TrainingConfig
from arith_synth.training.averaging import WeightAverage
from arith_synth.training.data import Batch
from arith_synth.training.losses import batch_loss
from arith_synth.training.stepping import Step, micro_batches

N_TASKS, LENGTH = 13, 9


@pytest.fixture(scope="module")
def batch():
    """Tasks whose programs have very different lengths."""
    config = config_for("nano", XY3)
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(5, 14, (N_TASKS, LENGTH), generator=generator)
    for row in range(N_TASKS):
        labels[row, 1 + row % LENGTH :] = IGNORED_LABEL
    ids = torch.cat([torch.full((N_TASKS, config.n_prefix), config.example_token_id), labels[:, :-1].clamp(min=0)], 1)
    features = torch.randn(N_TASKS, config.n_shown, config.n_features, generator=generator)
    return Batch(inputs={"input_ids": ids, "features": features}, labels=labels)


def gradient_and_loss(batch, n_parts, smoothing, **options):
    torch.manual_seed(0)
    model = ArithSynthForProgramSynthesis(config_for("nano", XY3)).train()
    cut = {"batch_size": N_TASKS, "gradient_accumulation": n_parts}
    config = TrainingConfig(max_steps=1, label_smoothing=smoothing, compile="off", **cut, **options)
    step = Step(config, Accelerator(cpu=True), model, [], WeightAverage(model, None))
    loss, n_wanted = step.backward(batch).tolist()
    assert n_wanted == batch.n_wanted
    return torch.cat([p.grad.flatten() for p in model.parameters()]), loss


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("n_parts", [2, 5, N_TASKS])
def test_any_cut_gives_the_same_gradient_and_loss(batch, n_parts, smoothing):
    whole, loss = gradient_and_loss(batch, 1, smoothing)
    cut, cut_loss = gradient_and_loss(batch, n_parts, smoothing)
    assert torch.allclose(whole, cut, rtol=1e-4, atol=1e-6)
    assert cut_loss == pytest.approx(loss, rel=1e-6)


def test_the_gradient_is_that_of_the_plain_mean_loss(batch):
    torch.manual_seed(0)
    model = ArithSynthForProgramSynthesis(config_for("nano", XY3)).train()
    batch_loss(model, batch).backward()
    plain = torch.cat([p.grad.flatten() for p in model.parameters()])
    assert torch.equal(gradient_and_loss(batch, 1, 0.0, fused="off")[0], plain)
    assert torch.allclose(gradient_and_loss(batch, 1, 0.0)[0], plain, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 3, N_TASKS])
def test_micro_batches_are_the_batch_in_order_and_none_is_empty(batch, n):
    parts = micro_batches(batch, n)
    assert len(parts) == n
    assert torch.equal(torch.cat([part.labels for part in parts]), batch.labels)
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1
    assert min(sizes) >= 1
