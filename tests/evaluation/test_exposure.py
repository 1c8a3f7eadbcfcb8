"""A score on tasks that the model has seen in training says so."""

from pathlib import Path

from arith_synth.data.content import content_of
from arith_synth.data.folder import open_dataset
from arith_synth.evaluation.exposure import exposure_warning, seen_in_training
from arith_synth.scoring import read_tasks


def trained_on(folder: Path, config: str, split: str) -> dict:
    return {"config": config, "split": split, "checksums": {split: content_of(open_dataset(folder), config, split)}}


def test_no_arm_has_seen_a_test_of_the_headline_config(small_dataset: Path) -> None:
    folder, tasks = open_dataset(small_dataset), read_tasks(small_dataset, "support_shift", ["test", "test_both"])
    for config, split in (("support_shift", "train"), ("support_shift_control", "train")):
        seen = seen_in_training(folder, trained_on(small_dataset, config, split), tasks)
        assert seen == {"test": 0, "test_both": 0}
        assert exposure_warning(seen) is None


def test_another_configs_training_split_shares_classes_and_is_named(small_dataset: Path) -> None:
    folder, tasks = open_dataset(small_dataset), read_tasks(small_dataset, "random", ["test"])
    seen = seen_in_training(folder, trained_on(small_dataset, "support_shift_control", "train"), tasks)
    assert seen is not None
    fingerprints = {
        name: set(folder.read(config, name, ["fingerprint"]).column("fingerprint").to_pylist())
        for config, name in (("random", "test"), ("support_shift_control", "train"))
    }
    assert seen["test"] == len(fingerprints["test"] & fingerprints["train"]) > 0
    assert "warning" in (exposure_warning(seen) or "")


def test_it_cannot_be_told_for_a_model_of_another_dataset(small_dataset: Path) -> None:
    folder, tasks = open_dataset(small_dataset), read_tasks(small_dataset, "random", ["test"])
    training = {"config": "random", "split": "train", "checksums": {"train": "0" * 64}}
    assert seen_in_training(folder, training, tasks) is None
    assert "cannot be told" in (exposure_warning(None) or "")
