"""`arith-synth train` called wrongly, or on damaged data, or on a full disk: one line, and no half-written model."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from arith_synth.cli import main
from arith_synth.evaluation.models import load_model
from arith_synth.training import results

ROOT = Path(__file__).parents[2]
STEPS = ("--max-steps", "4", "--batch-size", "32", "--n-validation", "0")


@pytest.fixture
def train(call, small_dataset, tmp_path):
    """Train for some steps on the small dataset; later options win."""

    def run(*options, data=small_dataset, output=tmp_path / "run"):
        return call("train", "--data", data, "--output", output, *STEPS, *options)

    return run


def test_json_is_the_last_line_of_the_log(train, tmp_path):
    answer = train("--json", "--targets", "published")  # which need no training source
    assert answer.status == 0, answer.err
    assert answer.err == ""
    assert json.loads(answer.out) == json.loads((tmp_path / "run" / "log.jsonl").read_text().splitlines()[-1])


def test_the_last_line_says_what_validation_measured_and_on_how_many_tasks(train, tmp_path):
    answer = train("--n-validation", "30")
    last = json.loads((tmp_path / "run" / "log.jsonl").read_text().splitlines()[-1])
    (line,) = answer.out.splitlines()
    said = re.search(r"; validation loss (\d\.\d{3}), accuracy (\d+\.\d)% of (\d+) tasks$", line)
    assert (float(said[1]), float(said[2]), int(said[3])) == (
        round(last["validation_loss"], 3),
        round(100 * last["validation_accuracy"], 1),
        last["n_validation"],
    )


def test_without_validation_the_last_line_says_nothing_of_it(train):
    assert "validation loss" not in train().out


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (("--config", "suport_shift"), "did you mean 'support_shift'?"),
        (("--split", "trian"), "did you mean 'train'?"),
        (("--preset", "nanoo"), "nano"),
    ],
)
def test_an_unknown_name_is_a_wrong_call_that_gets_a_hint(train, tmp_path, options, hint):
    assert hint in train(*options).complaint(2)
    assert not (tmp_path / "run").exists()


def test_no_dataset_is_one_line_that_says_how_to_make_one(train, tmp_path):
    assert "arith-synth build --out" in train(data=tmp_path / "nothing").complaint(1)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_no_dataset_is_one_line(train, no_dataset):
    assert "is not an arith-synth dataset" in train(data=no_dataset).complaint(1)


@pytest.mark.parametrize("n_kept", [0, 5_000])
def test_a_truncated_dataset_file_is_named(train, small_dataset, tmp_path, n_kept):
    data = shutil.copytree(small_dataset, tmp_path / "data")
    file = data / "support_shift" / "train-00000-of-00001.parquet"
    file.write_bytes(file.read_bytes()[:n_kept])
    assert str(file) in train(data=data).complaint(1)
    assert not (tmp_path / "run").exists()


def test_a_dataset_file_with_a_damaged_middle_is_named(train, small_dataset, tmp_path):
    data = shutil.copytree(small_dataset, tmp_path / "data")
    file = data / "support_shift" / "train-00000-of-00001.parquet"
    content = bytearray(file.read_bytes())
    content[100:-4_000] = bytes(len(content) - 4_100)
    file.write_bytes(content)
    assert str(file) in train(data=data).complaint(1)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_where_there_is_none_is_a_wrong_call(train, tmp_path):
    line = train("--device", "cuda").complaint(2)
    assert "there is no CUDA device here; say --device cpu" in line
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("budget", [(), ("--max-steps", "1", "--max-seconds", "1")])
def test_a_budget_is_either_steps_or_seconds(call, small_dataset, budget):
    answer = call("train", "--data", small_dataset, *budget)
    assert answer.status == 2
    assert "--max-seconds 120" in answer.err
    assert "Traceback" not in answer.err


def test_a_missing_extra_is_one_line_that_says_how_to_get_it(train, monkeypatch):
    monkeypatch.setitem(sys.modules, "accelerate", None)  # as the import system marks what is not there
    assert "pip install 'arith-synth[train]'" in train().complaint(2)


@pytest.mark.parametrize("option", ["train", "eval"])
def test_torch_is_not_needed_to_be_told_that_it_is_missing(tmp_path, option, command):
    blocker = tmp_path / "torch.py"
    blocker.write_text("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')")
    options = {"train": ["--max-steps", "1"], "eval": ["--model", "nothing"]}[option]
    done = subprocess.run(
        command(option, *options),
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "pip install 'arith-synth[train]'" in done.stderr


def test_a_file_in_the_place_of_the_run_is_kept(train, tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    assert "name a folder with --output" in train(output=file).complaint(2)
    assert file.read_text() == "mine"


def test_a_finished_run_is_not_trained_over(train, trained):
    before = (trained / "model.safetensors").read_bytes()
    assert "say --resume to go on, or name another --output" in train(output=trained).complaint(2)
    assert (trained / "model.safetensors").read_bytes() == before


def test_a_finished_run_of_other_options_is_not_passed_off_as_this_one(train, trained):
    answer = train("--resume", "--seed", "7", output=trained)
    assert "seed" in answer.complaint(answer.status)
    assert answer.status in (1, 2)


#: Too small for the log, for the weights, and for the state of the optimizer (AdamW keeps two numbers a weight).
@pytest.mark.parametrize("n_bytes", [20, 50_000, 2_000_000])
def test_a_full_disk_at_a_checkpoint_is_one_line_and_no_half_checkpoint(train, tmp_path, disk_of, n_bytes):
    options = ("--checkpoint-every-steps", "2", "--log-every-steps", "1", "--optimizer", "adamw")
    with disk_of(n_bytes):
        assert "disk" in train(*options).complaint(1)
    left = {path.name for path in (tmp_path / "run").iterdir()}
    assert left <= {".lock", "log.jsonl", "checkpoints"}
    assert not list((tmp_path / "run").glob("checkpoints/*"))
    assert train(*options, "--resume").status == 0


def test_a_full_disk_at_the_end_is_one_line_and_no_half_model(train, tmp_path, disk_of):
    with disk_of(100_000):
        assert "disk" in train().complaint(1)
    assert {path.name for path in (tmp_path / "run").iterdir()} <= {".lock", "log.jsonl", "checkpoints"}
    assert train("--resume").status == 0
    load_model(tmp_path / "run")


def test_a_full_disk_at_the_end_costs_no_step(train, tmp_path, disk_of, monkeypatch):
    save = results.save_model

    def save_on_a_full_disk(*arguments):
        with disk_of(100_000):
            save(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(results, "save_model", save_on_a_full_disk)
        assert "disk" in train("--checkpoint-every-steps", "3").complaint(1)
    left = {path.name for path in (tmp_path / "run" / "checkpoints").iterdir()}
    assert left == {"step-00000003", "step-00000004"}
    assert train("--checkpoint-every-steps", "3", "--resume").status == 0
    events = [json.loads(line)["event"] for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert events.count("done") == events.count("monitor") == 1


def test_a_test_split_is_not_for_training(small_dataset, tmp_path, capsys):
    options = ["--split", "test", "--max-steps", "2", "--output", str(tmp_path)]
    assert main(["train", "--data", str(small_dataset), *options]) == 2
    assert "support_shift/test is not for training" in capsys.readouterr().err
