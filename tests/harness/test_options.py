"""What a harness is told is checked before a model is loaded; the dataset is found where it is said to be."""

import shutil

import huggingface_hub
import pytest

from arith_synth.errors import DatasetError, MissingExtraError, UnknownNameError, UsageError
from arith_synth.evaluation.prompts import few_shot_examples
from arith_synth.harness.extra import require_harness
from arith_synth.harness.options import HarnessOptions, harness_options
from arith_synth.harness.sources import dataset_with, solved_tasks


@pytest.mark.parametrize("k", ["1,10", "1, 10", [1, 10], (1, 10), ["1", "10"]])
def test_the_k_of_pass_at_k_come_as_each_harness_writes_them(k):
    assert harness_options({"n_samples": 10, "k": k}).k == (1, 10)


def test_one_k_is_a_number():
    assert harness_options({"n_samples": 10, "k": 10}).k == (10,)


def test_what_is_not_ours_is_left_alone():
    assert harness_options({"pretrained": "gpt2", "version": "1.1.0", "data": None}) == HarnessOptions()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"k": "ten"}, "k is 'ten'"),
        ({"k": ""}, "k is ''"),
        ({"k": [0]}, "k is '.0.'"),
        ({"k": [True]}, "k is"),
        ({"k": 2}, "pass@2 needs 2 samples a task, and there are 1"),
        ({"n_samples": 0}, "n_samples is '0'"),
        ({"n_samples": "many"}, "n_samples is 'many'"),
        ({"n_samples": 10**9}, "n_samples is"),
        ({"strict": "yes"}, "strict is 'yes'"),
        ({"data": 3}, "data is 3"),
    ],
)
def test_nonsense_is_one_line(given, message):
    with pytest.raises(UsageError, match=message):
        harness_options(given)


def test_a_folder_that_is_named_goes_before_all_others(small_dataset, monkeypatch):
    monkeypatch.setenv("ARITH_SYNTH_DATA", "/nowhere")
    assert dataset_with("support_shift", ["test"], str(small_dataset)).path == small_dataset
    with pytest.raises(DatasetError, match="there is no dataset at /nowhere"):
        dataset_with("support_shift", ["test"])


def test_the_variable_goes_before_the_current_directory(small_dataset, tmp_path, monkeypatch):
    shutil.copytree(small_dataset, tmp_path / "arith-synth")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARITH_SYNTH_DATA", raising=False)
    assert not dataset_with("random", ["test"]).path.is_absolute()
    monkeypatch.setenv("ARITH_SYNTH_DATA", str(small_dataset))
    assert dataset_with("random", ["test"]).path == small_dataset


def test_without_a_dataset_nothing_is_built(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARITH_SYNTH_DATA", raising=False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with pytest.raises(DatasetError, match="no dataset at ./arith-synth, nor .* on the Hub; name a folder"):
        dataset_with("support_shift", ["test"])
    assert not (tmp_path / "arith-synth").exists()


@pytest.mark.parametrize(("config", "split"), [("support_shfit", "test"), ("support_shift", "tset")])
def test_a_typo_is_named(small_dataset, config, split):
    with pytest.raises(UnknownNameError, match="did you mean"):
        dataset_with(config, [split], small_dataset)


def test_the_examples_of_prompts_are_those_of_our_own_evaluation(small_dataset):
    from arith_synth.data.folder import open_dataset

    expected = few_shot_examples(open_dataset(small_dataset), "support_shift", 3, seed=0)
    assert solved_tasks("support_shift", 3, small_dataset) == expected
    assert len(expected) == 3


def test_a_missing_harness_names_the_extra():
    with pytest.raises(MissingExtraError, match=r"pip install 'arith-synth\[harness\]'"):
        require_harness("lm_eval.no_such_module", "lm-eval")
