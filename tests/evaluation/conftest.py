from pathlib import Path

import pytest

from arith_synth.training import TrainingConfig, train


@pytest.fixture(scope="session")
def trained(small_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of a few steps: its answers are poor, and real."""
    output = tmp_path_factory.mktemp("trained") / "run"
    train(
        TrainingConfig(
            data=small_dataset, config="support_shift", max_steps=40, batch_size=64, n_validation=0, output=output
        )
    )
    return output


@pytest.fixture
def config_of(small_dataset: Path, trained: Path, tmp_path: Path):
    from arith_synth.evaluation import EvaluationConfig

    def make(**options):
        fields = {
            "model": trained,
            "data": small_dataset,
            "config": "support_shift",
            "splits": "test,test_syntactic",
            "output": tmp_path / "evaluation",
        }
        return EvaluationConfig(**{**fields, **options})

    return make
