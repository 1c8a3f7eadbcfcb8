"""Trackers get what the log gets, and are not needed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from arith_synth.training.tracking import metrics_of

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


@pytest.mark.slow
def test_wandb_stays_offline_without_a_key(small_dataset, tmp_path):
    pytest.importorskip("wandb")
    output = tmp_path / "run"
    options = ["--config", "random", "--max-steps", "4", "--batch-size", "32", "--n-validation", "0", "--no-curve"]
    done = call(
        *(sys.executable, "train.py", "--data", str(small_dataset), "--output", str(output), "--track", "wandb"),
        *options,
        HOME=str(tmp_path),
        WANDB_API_KEY="",
    )
    assert done.returncode == 0, done.stderr
    assert list(output.glob("wandb/offline-run-*/*.wandb"))
