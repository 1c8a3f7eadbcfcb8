from collections.abc import Callable
from pathlib import Path

import pytest

from arith_synth.data.folder import DatasetFolder, open_dataset
from arith_synth.modeling import config_for, text_config_for
from arith_synth.splits.streams.source import TrainingSource
from arith_synth.training.data import DataOptions, TrainingData, open_training_data, streams
from arith_synth.training.data.sources import source_of

from strategies import XY3  # isort: skip

Open = Callable[..., TrainingData]


@pytest.fixture(scope="session")
def folder(small_dataset: Path) -> DatasetFolder:
    return open_dataset(small_dataset)


@pytest.fixture(scope="session")
def source(folder: DatasetFolder) -> TrainingSource:
    """The source of the small dataset: it holds out the tests of all configs that its corpus has."""
    return source_of(folder)


@pytest.fixture
def open_data(folder: DatasetFolder, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Training data of a few tasks a step; options change it, `family` the model that it is for."""
    monkeypatch.setattr(streams, "_BLOCK", 1000)

    def make(family: str = "multimodal", **options: object) -> TrainingData:
        model_config = text_config_for("nano", XY3) if family == "text" else config_for("nano", XY3)
        fields = {"config": "support_shift", "batch_size": 24, **options}
        return open_training_data(folder, DataOptions(**fields), model_config)

    return make
