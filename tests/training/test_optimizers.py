import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3

from arith_synth.errors import UsageError
from arith_synth.modeling import ArithSynthForProgramSynthesis, config_for
from arith_synth.training import TrainingConfig
from arith_synth.training.optimizers import build_optimizers, scale_at, set_learning_rates

SHARES = st.floats(0, 1)


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


def test_a_torch_without_muon_says_what_to_do(model, monkeypatch):
    monkeypatch.delattr(torch.optim, "Muon")
    with pytest.raises(UsageError, match="--optimizer adamw"):
        build_optimizers(model, TrainingConfig(max_steps=1))


@given(SHARES, st.floats(0, 0.9))
def test_the_schedule_stays_within_zero_and_the_peak(progress, warmup):
    assert 0 <= scale_at(progress, warmup) <= 1


@given(st.floats(0, 0.9))
def test_the_schedule_ends_at_zero(warmup):
    assert scale_at(1.0, warmup) == 0


@given(st.floats(0.01, 0.9))
def test_the_schedule_reaches_its_peak_when_the_warmup_ends(warmup):
    assert scale_at(warmup, warmup) == pytest.approx(1.0)


def test_rates_are_scaled_from_their_peaks_however_often(model):
    optimizers = build_optimizers(model, TrainingConfig(max_steps=1))
    for scale in (0.5, 0.1, 1.0):
        set_learning_rates(optimizers, scale)
    assert optimizers[0].param_groups[0]["lr"] == TrainingConfig(max_steps=1).muon_lr
