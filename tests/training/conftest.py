from collections.abc import Callable
from pathlib import Path

import pytest

from arith_synth.training import TrainingConfig

Make = Callable[..., TrainingConfig]


@pytest.fixture
def config_of(small_dataset: Path, tmp_path: Path) -> Make:
    """A config of a run of a few steps on a real, small dataset; options change it."""

    def make(**options: object) -> TrainingConfig:
        fields = {
            "data": small_dataset,
            "config": "random",
            "max_steps": 6,
            "batch_size": 32,
            "n_validation": 20,
            "n_monitor": 10,
            "curve": False,
            "log_every_steps": 1,
            "output": tmp_path / "run",
        }
        return TrainingConfig(**{**fields, **options})

    return make
