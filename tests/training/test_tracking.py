"""Trackers get what the log gets, and are not needed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from arith_synth.training.tracking import PROJECT, metrics_of

ROOT = Path(__file__).parents[2]

#: Runs a script as if a package were not installed.
WITHOUT = """
import runpy, sys

sys.modules[{package!r}] = None
sys.argv = {argv!r}
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_metrics_are_the_numbers_of_a_line_under_its_event():
    line = {"event": "done", "step": 3, "loss": 1.5, "copied_wrong": None, "output": "runs/a", "n_monitor": 7}
    assert metrics_of(line) == {"done/loss": 1.5, "done/n_monitor": 7}


def call(*command, **environment):
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **environment}, check=False
    )


@pytest.mark.parametrize("tracker", ["wandb", "trackio"])
def test_a_tracker_that_is_not_installed_is_one_line_that_names_its_extra(tracker, tmp_path):
    argv = ["train.py", "--max-steps", "1", "--track", tracker, "--output", str(tmp_path / "run")]
    done = call(sys.executable, "-c", WITHOUT.format(package=tracker, argv=argv))
    assert done.returncode == 2, done.stderr
    assert f"arith-synth[{tracker}]" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def trained(small_dataset, output, tracker, *more, **environment):
    options = ["--config", "random", "--max-steps", "4", "--batch-size", "32", "--n-validation", "0", "--no-curve"]
    done = call(
        *(sys.executable, "train.py", "--data", str(small_dataset), "--output", str(output), "--track", tracker),
        *(*options, *more),
        **environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_wandb_stays_offline_without_a_key(small_dataset, tmp_path):
    pytest.importorskip("wandb")
    output = tmp_path / "run"
    trained(small_dataset, output, "wandb", HOME=str(tmp_path), WANDB_API_KEY="")
    assert list(output.glob("wandb/offline-run-*/*.wandb"))


@pytest.mark.slow
def test_trackio_has_the_numbers_of_the_log_of_each_run(small_dataset, tmp_path):
    pytest.importorskip("trackio")
    place = {"TRACKIO_DIR": str(tmp_path / "trackio")}
    logged = []
    for seed in (0, 1):
        output = tmp_path / str(seed) / "run"  # folders of one name are two runs
        said = trained(small_dataset, output, "trackio", "--seed", str(seed), "--log-every-steps", "2", **place)
        assert said.count("\n") == 1  # the last line of the log, and nothing that a tracker says
        lines = [json.loads(line) for line in (output / "log.jsonl").read_text().splitlines()]
        logged.append([(line["step"], line["loss"]) for line in lines if line["event"] == "train"])

    def asked(*words):
        done = call(sys.executable, "-c", "from trackio.cli import main; main()", *words, "--json", **place)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    runs = asked("list", "runs", "--project", PROJECT)["runs"]
    values = [
        asked("get", "metric", "--project", PROJECT, "--run", run, "--metric", "train/loss")["values"] for run in runs
    ]
    told = [[(value["step"], value["value"]) for value in of_run] for of_run in values]
    assert sorted(told) == sorted(logged)
    assert len(told[0]) == 2
    assert told[0] != told[1]
