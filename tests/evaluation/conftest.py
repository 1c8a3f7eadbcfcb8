from pathlib import Path

import pytest
from evaluation.openai_server import LocalServer, local_server

from arith_synth.data.folder import open_dataset
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


@pytest.fixture(scope="session")
def programs(small_dataset: Path) -> dict[str, str]:
    """The completion of each test prompt."""
    folder = open_dataset(small_dataset)
    rows = [
        row
        for split in ("test", "test_syntactic")
        for row in folder.read("support_shift", split, ["prompt", "completion"]).to_pylist()
    ]
    return {row["prompt"]: row["completion"] for row in rows}


@pytest.fixture
def server(programs, monkeypatch):
    """A server that knows all programs."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with local_server(lambda prompt, seed: programs[prompt]) as state:
        yield state


@pytest.fixture
def asking(server: LocalServer, small_dataset: Path, tmp_path: Path):
    """The config of an evaluation of what the server runs, on the 40 tasks of the first test."""
    from arith_synth.evaluation import EvaluationConfig

    def make(**options):
        fields = {"server": server.url, "model": "org/Some-Model", "data": small_dataset, "output": tmp_path / "scores"}
        return EvaluationConfig(**{**fields, **options})

    return make
