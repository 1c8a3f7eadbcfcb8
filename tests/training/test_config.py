from pathlib import Path

import pytest

from arith_synth.errors import UsageError
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.training import TrainingConfig


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_steps": 5, "max_seconds": 1.0},
        {"max_steps": 0},
        {"max_seconds": -1.0},
        {"max_seconds": float("nan")},
        {"max_steps": 5, "batch_size": 0},
        {"max_steps": 5, "lr": 0.0},
        {"max_steps": 5, "warmup": 1.0},
        {"max_steps": 5, "dropout": -0.1},
        {"max_steps": 5, "clip": 0.0},
        {"max_steps": 5, "weight_decay": -1.0},
        {"max_steps": 5, "clip": float("inf")},
        {"max_steps": 5, "weight_decay": float("inf")},
        {"max_steps": 5, "threads": 1025},
        {"max_steps": 5, "output": Path()},
        {"max_steps": 5, "family": "text", "example_dropout": 0.5},
        {"max_steps": 5, "threads": 0},
        {"max_steps": 5, "config": ""},
        {"max_steps": 5, "max_tokens": 100},
        {"max_flops": 0.0},
        {"max_cpu_seconds": float("inf")},
        {"max_steps": 5, "ema": 1.0},
        {"max_steps": 5, "ema": 0.0},
        {"max_steps": 5, "n_monitor": -1},
        {"max_steps": 5, "gradient_accumulation": 0},
        {"max_steps": 5, "gradient_accumulation": 9, "batch_size": 8},
        {"max_steps": 5, "decay": 0.0},
        {"max_steps": 5, "decay": 0.9, "warmup": 0.2},
        {"max_steps": 5, "n_shown": 0},
        {"max_steps": 5, "monitor_every_steps": 0},
        {"max_steps": 5, "family": "text", "notation": "prefix"},
        {"max_steps": 5, "family": "text", "encoder": "tokens"},
    ],
)
def test_nonsense_is_refused_at_birth(options):
    with pytest.raises(UsageError):
        TrainingConfig(**options)


@pytest.mark.parametrize(("family", "notation"), [("multimodal", "prefix"), ("text", "infix")])
def test_each_family_has_a_notation_of_its_own(family, notation):
    assert TrainingConfig(max_steps=1, family=family).written_notation == notation


def test_a_run_without_a_budget_names_all_of_them():
    with pytest.raises(UsageError, match="--max-steps, --max-tokens, --max-seconds, --max-cpu-seconds, --max-flops"):
        TrainingConfig()


def test_folders_may_be_named_by_texts():
    assert TrainingConfig(data="data", output="runs/a", max_steps=1) == TrainingConfig(
        data=Path("data"), output=Path("runs/a"), max_steps=1
    )
    named = EvaluationConfig(model="runs/a", data="data", output="scores")
    assert (named.model, named.data, named.output) == ("runs/a", Path("data"), Path("scores"))
    with pytest.raises(UsageError, match="--output must name a folder"):
        TrainingConfig(output="", max_steps=1)
