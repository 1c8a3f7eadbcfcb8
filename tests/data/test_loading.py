"""What a researcher types: with the folder in the current directory it loads, offline and streaming too."""

import subprocess
import sys
from pathlib import Path

import datasets
import pytest

import arith_synth
from arith_synth.data import loading
from arith_synth.errors import DatasetError, UnknownNameError

SIX_SPLITS = ["train", "validation", "test", "test_semantic", "test_syntactic", "test_both"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


@pytest.fixture
def beside_the_folder(dataset, monkeypatch) -> Path:
    monkeypatch.chdir(dataset.path.parent)
    return dataset.path.parent


def test_load_dataset_in_the_folder_above_gives_six_splits(beside_the_folder):
    assert list(datasets.load_dataset("arith-synth", "support_shift")) == SIX_SPLITS


def test_the_headline_is_what_loads_by_default(beside_the_folder):
    assert list(datasets.load_dataset("arith-synth")) == SIX_SPLITS


def test_streaming_gives_the_same_rows(beside_the_folder, tables):
    stream = datasets.load_dataset("arith-synth", "support_shift", split="test_both", streaming=True)
    assert list(stream) == tables("support_shift")["test_both"].to_pylist()


def test_a_new_process_without_a_network_prints_six_splits(beside_the_folder):
    code = 'from datasets import load_dataset; print(*load_dataset("arith-synth", "support_shift"))'
    environment = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(beside_the_folder / "home"), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=100
    )
    assert done.stdout.split() == SIX_SPLITS


def test_our_load_dataset_finds_the_folder(beside_the_folder, tables):
    assert arith_synth.load_dataset("random", "test").to_list() == tables("random")["test"].to_pylist()


def test_our_load_dataset_takes_a_folder(dataset):
    assert list(arith_synth.load_dataset("random", data_dir=dataset.path)) == ["train", "validation", "test"]


def test_the_corpus_loads(beside_the_folder):
    assert arith_synth.load_dataset("corpus", "full").num_rows == 7


def test_an_unknown_config_is_one_line_with_the_nearest(dataset):
    with pytest.raises(UnknownNameError, match="unknown config 'suport_shift'; did you mean 'support_shift'"):
        arith_synth.load_dataset("suport_shift", data_dir=dataset.path)


def test_a_config_that_was_not_built_is_no_typo(dataset):
    """Following the nearest name would train the shifted arm twice."""
    with pytest.raises(UnknownNameError, match=r"'support_shift_control' is not in this folder; build it") as caught:
        arith_synth.load_dataset("support_shift_control", "train", data_dir=dataset.path)
    assert "did you mean" not in str(caught.value)


def test_an_unknown_split_is_one_line_with_the_nearest(dataset):
    with pytest.raises(UnknownNameError, match="unknown split 'test_bth'; did you mean 'test_both'"):
        arith_synth.load_dataset("support_shift", "test_bth", data_dir=dataset.path)


def test_a_named_folder_that_is_not_there_is_not_built(tmp_path):
    with pytest.raises(DatasetError, match="there is no dataset at"):
        arith_synth.load_dataset("random", data_dir=tmp_path / "nothing")


def test_without_folder_and_hub_the_dataset_is_built(dataset, monkeypatch, tmp_path, capsys):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr(loading, "_build", lambda folder: dataset.path.rename(folder))
    assert list(arith_synth.load_dataset("random")) == ["train", "validation", "test"]


def test_the_demo_dataset_has_six_splits(small_dataset, monkeypatch):
    monkeypatch.chdir(small_dataset.parent)
    loaded = datasets.load_dataset("arith-synth", "support_shift")
    assert list(loaded) == SIX_SPLITS
    assert all(len(rows) for rows in loaded.values())
