"""A harness where there is no folder: the splits it asks for come from the Hub, checked, or from the cache."""

import huggingface_hub
import pytest
from hub.server import TAG

from arith_synth.data.folder import open_dataset
from arith_synth.errors import HubError, UnknownNameError
from arith_synth.harness.rows import ROW_COLUMNS, RowScorer
from arith_synth.harness.sources import dataset_with, solved_tasks

CONFIG = "support_shift"


@pytest.fixture
def published(client, folder, tmp_path, monkeypatch):
    """The Hub with the dataset on it; this process stands where there is no folder."""
    client.stock(folder)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.delenv("ARITH_SYNTH_DATA", raising=False)
    return client


def test_rows_and_verdicts_are_those_of_the_folder(published, folder):
    here, there = open_dataset(folder), dataset_with(CONFIG, ["test"])
    assert there.read(CONFIG, "test", ROW_COLUMNS).equals(here.read(CONFIG, "test", ROW_COLUMNS))
    (row,) = here.read(CONFIG, "test", ROW_COLUMNS).slice(0, 1).to_pylist()
    for completion in (row["program"], "x", "x +"):
        assert RowScorer(there, CONFIG).outcome(row, [completion]) == RowScorer(here, CONFIG).outcome(row, [completion])


def test_only_the_splits_that_are_asked_for_are_downloaded(published):
    dataset_with(CONFIG, ["test"])
    fetched = {
        request.partition(f"/{TAG}/")[2] for request in published.requests if request.startswith("GET /datasets")
    }
    assert fetched == {"build.json", "checksums.json", f"{CONFIG}/test-00000-of-00001.parquet"}


def test_a_config_alone_needs_no_training_split(published):
    assert dataset_with(CONFIG, []).configs[CONFIG][0] == "train"
    assert not [request for request in published.requests if "train" in request]


def test_examples_come_from_the_published_training_split(published, folder):
    assert solved_tasks(CONFIG, 2) == solved_tasks(CONFIG, 2, folder)


def test_the_copy_of_before_serves_where_there_is_no_network(published, folder, monkeypatch):
    rows = dataset_with(CONFIG, ["test"]).read(CONFIG, "test", ROW_COLUMNS)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert dataset_with(CONFIG, ["test"]).read(CONFIG, "test", ROW_COLUMNS).equals(rows)
    with pytest.raises(HubError, match="not all in the cache"):
        dataset_with(CONFIG, ["test_both"])


def test_a_typo_is_named(published):
    with pytest.raises(UnknownNameError, match="did you mean 'test'"):
        dataset_with(CONFIG, ["tset"])
