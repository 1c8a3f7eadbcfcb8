import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3
from torch import nn

from arith_synth.modeling import ArithSynthForProgramSynthesis, config_for
from arith_synth.training import TrainingConfig
from arith_synth.training.muon import Muon, orthogonalized
from arith_synth.training.optimizers import build_optimizers
from arith_synth.training.schedules import set_learning_rates


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def model():
    return ArithSynthForProgramSynthesis(config_for("nano", XY3))


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_every_parameter_has_exactly_one_optimizer(model, optimizer):
    optimizers = build_optimizers(model, TrainingConfig(max_steps=1, optimizer=optimizer))
    held = [id(p) for o in optimizers for group in o.param_groups for p in group["params"]]
    assert sorted(held) == sorted(id(p) for p in model.parameters())


def test_muon_takes_hidden_matrices_only(model):
    muon, _ = build_optimizers(model, TrainingConfig(max_steps=1))
    held = {id(p) for group in muon.param_groups for p in group["params"]}
    names = {name for name, p in model.named_parameters() if id(p) in held}
    assert names
    assert not any(word in name for name in names for word in ("embed", "lm_head", "norm", "bias"))


@pytest.mark.parametrize("shape", [(8, 8), (24, 8), (8, 24)])
def test_muon_takes_the_steps_of_torchs_own(shape):
    ours, theirs = ([nn.Parameter(p) for p in torch.randn(3, *shape, generator=seeded(0))] for _ in range(2))
    optimizers = Muon(ours, lr=0.02, weight_decay=0.1), torch.optim.Muon(theirs, lr=0.02, weight_decay=0.1)
    for step in range(3):
        gradients = torch.randn(3, *shape, generator=seeded(step))
        for gradient, ours_p, theirs_p in zip(gradients, ours, theirs, strict=True):
            ours_p.grad, theirs_p.grad = gradient.clone(), gradient.clone()
        for optimizer in optimizers:
            optimizer.step()
    for ours_p, theirs_p in zip(ours, theirs, strict=True):
        torch.testing.assert_close(ours_p, theirs_p, rtol=0, atol=2e-3)  # theirs iterates in half precision


@given(st.integers(0, 2**31), st.integers(1, 12), st.integers(1, 12))
def test_an_orthogonalized_matrix_has_singular_values_near_one(seed, n_rows, n_columns):
    matrix = torch.randn(1, n_rows, n_columns, generator=seeded(seed))
    values = torch.linalg.svdvals(orthogonalized(matrix, iterations=8)[0])
    well_conditioned = torch.linalg.svdvals(matrix[0]) > 0.01 * torch.linalg.matrix_norm(matrix[0], ord=2)
    assert ((values[well_conditioned] > 0.5) & (values[well_conditioned] < 1.5)).all()


def test_muon_refuses_what_is_no_matrix():
    with pytest.raises(ValueError, match="matrices"):
        Muon([nn.Parameter(torch.zeros(3))], lr=0.1)


def test_rates_are_scaled_from_their_peaks_however_often(model):
    optimizers = build_optimizers(model, TrainingConfig(max_steps=1))
    for scale in (0.5, 0.1, 1.0):
        set_learning_rates(optimizers, scale)
    assert optimizers[0].param_groups[0]["lr"] == TrainingConfig(max_steps=1).muon_lr
