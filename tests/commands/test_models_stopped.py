"""Training and evaluation as processes that are stopped: nothing finished is lost, and the same command goes on."""

import json
import signal
import time

import pytest
from safetensors.numpy import load_file

pytestmark = pytest.mark.slow

N_STEPS = 60


@pytest.fixture
def train(small_dataset):
    """Arguments of a run that saves a checkpoint every five steps."""
    fixed = ("--max-steps", N_STEPS, "--batch-size", "32", "--n-validation", "0")
    every = ("--checkpoint-every-steps", "5", "--log-every-steps", "1")
    return lambda output, *options: ("train", "--data", small_dataset, "--output", output, *fixed, *every, *options)


def wait_until(running, condition):
    deadline = time.monotonic() + 120
    while not condition():
        assert running.process.poll() is None, running.process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def n_logged(output):
    log = output / "log.jsonl"
    return len(log.read_text().splitlines()) if log.exists() else 0


def n_kept(output):
    """Answers on the disk while an evaluation is not done."""
    return sum(len(file.read_text().splitlines()) for file in (output / "unfinished").glob("*.jsonl"))


@pytest.fixture
def stopped(start, train, tmp_path):
    """The folder of a run that Ctrl-C has stopped after some steps."""
    output = tmp_path / "run"
    running = start(*train(output))
    wait_until(running, lambda: n_logged(output) >= 12)
    line = running.stop().complaint(1)
    assert "stopped by SIGINT at step" in line
    assert "--resume" in line
    assert not (output / "model.safetensors").exists()
    assert not (output / "run.json").exists()
    return output


def test_ctrl_c_keeps_a_checkpoint_and_resume_ends_with_the_weights_of_an_undisturbed_run(
    run, train, stopped, tmp_path
):
    done = run(*train(stopped, "--resume"))
    assert done.status == 0, done.err
    assert json.loads((stopped / "run.json").read_text())["sessions"] == 2
    assert not (stopped / "checkpoints").exists()
    assert run(*train(tmp_path / "whole")).status == 0
    one, other = (load_file(folder / "model.safetensors") for folder in (stopped, tmp_path / "whole"))
    assert all((one[name] == other[name]).all() for name in other)


def test_without_resume_a_stopped_run_is_not_thrown_away(run, train, stopped):
    before = sorted(stopped.rglob("*"))
    assert "say --resume to go on" in run(*train(stopped)).complaint(2)
    assert sorted(stopped.rglob("*")) == before


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.bin", "random_states_0.pkl", "manifest.json"])
def test_a_truncated_checkpoint_is_named_and_the_one_before_it_serves(run, train, stopped, name):
    newest = max((stopped / "checkpoints").glob("step-*"))
    file = newest / name
    file.write_bytes(file.read_bytes()[:-7])
    line = run(*train(stopped, "--resume")).complaint(1)
    assert str(newest) in line
    assert name in line
    assert "remove that folder to go on from the one before" in line
    for path in newest.iterdir():
        path.unlink()
    newest.rmdir()
    assert run(*train(stopped, "--resume")).status == 0


def test_other_options_do_not_go_on_from_a_checkpoint(run, train, stopped):
    assert "seed=0" in run(*train(stopped, "--resume", "--seed", "1")).complaint(1)


def test_ctrl_c_before_the_first_step_is_one_line(start, train, tmp_path):
    for delay in (0.5, 1.5, 2.5):
        running = start(*train(tmp_path / str(delay)))
        time.sleep(delay)
        answer = running.stop()
        assert answer.complaint(1).startswith("arith-synth")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_evaluation_answers_only_what_is_left(start, run, small_dataset, trained, tmp_path, number):
    output = tmp_path / "eval"
    splits = "test,test_semantic,test_syntactic,test_both"
    # Enough samples that what is left takes longer than the signal.
    options = ("--samples", "40", "--temperature", "1", "--batch-size", "10", "--splits", splits)
    arguments = ("eval", "--model", trained, "--data", small_dataset, "--output", output, *options)
    running = start(*arguments)
    wait_until(running, lambda: n_kept(output) >= 20)
    answer = running.stop(number)
    if number == signal.SIGINT:
        assert answer.complaint(1) == "arith-synth eval: interrupted; run the same command to go on"
    assert not (output / "predictions.jsonl").exists()
    assert not (output / "run.json").exists()
    assert 20 <= n_kept(output) < 160
    done = run(*arguments)
    assert done.status == 0, done.err
    assert run(*arguments[:6], tmp_path / "whole", *options).status == 0
    whole, resumed = ((tmp_path / name / "predictions.jsonl").read_bytes() for name in ("whole", "eval"))
    assert whole == resumed
