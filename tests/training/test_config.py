import pytest

from arith_synth.errors import UsageError
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
        {"max_steps": 5, "threads": 0},
        {"max_steps": 5, "config": ""},
    ],
)
def test_nonsense_is_refused_at_birth(options):
    with pytest.raises(UsageError):
        TrainingConfig(**options)
