"""The same promises, kept by a real process that is really killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from arith_synth.training.folders import exclusive

ROOT = Path(__file__).parents[2]
STEPS = 60
#: Where a test is the first to train on the dataset.
MAKING = "making the training source of this dataset, once: …"

pytestmark = pytest.mark.slow


def command(data, output, *options):
    fixed = [
        "--config",
        "random",
        "--max-steps",
        str(STEPS),
        "--batch-size",
        "32",
        "--dropout",
        "0.1",
        "--n-validation",
        "10",
        "--n-monitor",
        "10",
        "--monitor-every-steps",
        "15",
        "--ema",
        "0.95",
        "--gradient-accumulation",
        "2",
        "--no-curve",
    ]
    return [
        *(sys.executable, str(ROOT / "train.py"), "--data", str(data), "--output", str(output)),
        *(*fixed, "--checkpoint-every-steps", "5", "--log-every-steps", "1", *options),
    ]


def start(data, output, *options):
    return subprocess.Popen(
        command(data, output, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )


def wait_for_step(output, step, process):
    log = output / "log.jsonl"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read()
        if log.exists() and len(log.read_text().splitlines()) >= step:
            return
        time.sleep(0.02)
    raise AssertionError("the run did not get that far")


def finish(data, output, *options):
    done = subprocess.run(command(data, output, *options), capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.timeout(900)
def test_kill_minus_nine_then_resume_gives_the_bits_of_an_undisturbed_run(small_dataset, tmp_path):
    """Dropout, accumulated gradients, an average of the weights and measurements on the way; killed twice."""
    finish(small_dataset, tmp_path / "whole")
    for n_lines in (8, 29):
        process = start(small_dataset, tmp_path / "killed", *(["--resume"] if n_lines > 8 else []))
        wait_for_step(tmp_path / "killed", n_lines, process)
        process.kill()
        process.communicate()
        assert not (tmp_path / "killed" / "model.safetensors").exists()
    finish(small_dataset, tmp_path / "killed", "--resume")
    whole, killed = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "killed"))
    assert all((whole[name] == killed[name]).all() for name in whole)
    losses = [
        [json.loads(line).get("loss") for line in (tmp_path / name / "log.jsonl").read_text().splitlines()]
        for name in ("whole", "killed")
    ]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_a_checkpoint_and_ends_with_one_line(small_dataset, tmp_path, number):
    process = start(small_dataset, tmp_path / "run")
    wait_for_step(tmp_path / "run", 7, process)
    os.kill(process.pid, number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    *before, last = errors.splitlines()
    assert before in ([], [MAKING])
    assert f"stopped by {number.name} at step" in last
    assert list((tmp_path / "run" / "checkpoints").glob("step-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_last_measurement_costs_no_step(small_dataset, tmp_path, number):
    slow_end = ["--n-monitor", "0", "--n-validation", "2000", "--family", "text", "--dropout", "0", "--ema", "None"]
    process = start(small_dataset, tmp_path / "run", *slow_end, "--checkpoint-every-steps", str(2 * STEPS))
    checkpoint = tmp_path / "run" / "checkpoints" / f"step-{STEPS:08d}"
    deadline = time.monotonic() + 120
    while not checkpoint.exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, "no checkpoint after the last step"
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode != 0
    log = (tmp_path / "run" / "log.jsonl").read_text()
    assert '"done"' not in log
    finish(small_dataset, tmp_path / "run", *slow_end, "--resume")
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if line["event"] == "train"] == list(range(1, STEPS + 1))
    assert [line["event"] for line in lines].count("done") == 1


def test_a_second_run_into_the_folder_of_the_first_is_refused(small_dataset, tmp_path):
    with exclusive(tmp_path / "run"):
        second = subprocess.run(
            command(small_dataset, tmp_path / "run"), capture_output=True, text=True, cwd=ROOT, check=False
        )
    assert second.returncode == 2
    assert "another run is writing" in second.stderr
    assert second.stderr.count("\n") == 1
