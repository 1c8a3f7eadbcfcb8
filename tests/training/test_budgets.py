"""Every budget ends a run, and the schedule follows whichever it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.training import TrainingConfig, train
from arith_synth.training.budgets import budget_of
from arith_synth.training.logs import read_log
from arith_synth.training.progress import Progress
from arith_synth.training.schedules import scale_at

SHARES = st.floats(0, 1)
SCHEDULES = st.sampled_from(["linear", "cosine", "constant_then_decay"])


def schedule(name, warmup=0.1, decay=0.2):
    return TrainingConfig(max_steps=1, schedule=name, warmup=warmup, decay=decay)


@pytest.mark.parametrize(
    ("option", "field"),
    [("max_tokens", "tokens"), ("max_flops", "flops"), ("max_seconds", "seconds"), ("max_cpu_seconds", "cpu_seconds")],
)
def test_a_run_ends_at_the_step_that_spends_its_budget(config_of, option, field):
    budget = {"max_tokens": 1_000, "max_flops": 2e9, "max_seconds": 0.4, "max_cpu_seconds": 0.4}[option]
    config = config_of(max_steps=None, n_validation=0, n_monitor=0, **{option: budget})
    done = train(config)
    per_step = done[field] / done["step"]
    assert budget <= done[field] < budget + (1.5 * per_step if option in ("max_tokens", "max_flops") else 10)
    scales = [line["scale"] for line in read_log(config.output) if line["event"] == "train"]
    assert scales[-1] < 1


@pytest.mark.parametrize("unit", ["steps", "tokens", "seconds", "cpu_seconds", "flops"])
def test_a_budget_is_measured_in_its_own_unit(unit):
    budget = budget_of(TrainingConfig(**{f"max_{unit}": 8}))
    assert budget.share_spent(Progress(**{unit: 2})) == 0.25
    others = {name: 99 for name in ("steps", "tokens", "seconds", "cpu_seconds", "flops") if name != unit}
    assert budget.share_spent(Progress(**others)) == 0


@given(SHARES, SCHEDULES, st.floats(0, 0.5))
def test_every_schedule_stays_within_zero_and_the_peak(spent, name, warmup):
    assert 0 <= scale_at(spent, schedule(name, warmup)) <= 1


@given(SCHEDULES, st.floats(0, 0.5))
def test_every_schedule_ends_at_zero(name, warmup):
    assert scale_at(1.0, schedule(name, warmup)) == 0


@given(SCHEDULES, st.floats(0.01, 0.5))
def test_every_schedule_reaches_its_peak_when_the_warmup_ends(name, warmup):
    assert scale_at(warmup, schedule(name, warmup)) == pytest.approx(1.0)


@given(SCHEDULES, SHARES, SHARES)
def test_no_schedule_rises_after_its_warmup(name, one, other):
    early, late = sorted((max(one, 0.1), max(other, 0.1)))
    assert scale_at(late, schedule(name)) <= scale_at(early, schedule(name))


def test_constant_then_decay_is_constant_until_it_decays():
    config = schedule("constant_then_decay", warmup=0.1, decay=0.2)
    assert [scale_at(spent, config) for spent in (0.1, 0.5, 0.8)] == pytest.approx([1, 1, 1])
    assert scale_at(0.9, config) == pytest.approx(0.5)
