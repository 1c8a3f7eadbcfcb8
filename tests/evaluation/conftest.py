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
def evaluation_of(small_dataset: Path, tmp_path: Path):
    """The config of an evaluation of any model on the small dataset."""
    from arith_synth.evaluation import EvaluationConfig

    def make(model: Path, **options):
        fields = {
            "data": small_dataset,
            "config": "support_shift",
            "splits": "test,test_syntactic",
            "output": tmp_path / "evaluation",
        }
        return EvaluationConfig(model=model, **{**fields, **options})

    return make


@pytest.fixture
def config_of(evaluation_of, trained: Path):
    """The config of an evaluation of the trained model, or of another `model`."""
    return lambda **options: evaluation_of(**{"model": trained, **options})
