"""A signal is heeded whenever it comes, also between the last step and the last measurement."""

import json
import os
import signal

import pytest

from arith_synth.training import checkpoints, train
from arith_synth.training.interruption import TrainingInterruptedError

STEPS = 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_last_checkpoint_is_saved_stops_the_run(config_of, tmp_path, monkeypatch, number):
    save = checkpoints.save_checkpoint

    def save_and_signal(*arguments):
        save(*arguments)
        os.kill(os.getpid(), number)

    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "save_checkpoint", save_and_signal)
        with pytest.raises(TrainingInterruptedError, match=f"{number.name} at step {STEPS}"):
            train(config_of(max_steps=STEPS, n_monitor=0))
    log = tmp_path / "run" / "log.jsonl"
    assert '"done"' not in log.read_text()
    assert train(config_of(max_steps=STEPS, n_monitor=0, resume=True))["step"] == STEPS
    events = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    assert events == ["train"] * STEPS + ["done"]
