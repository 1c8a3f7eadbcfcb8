"""Chains of processes: order, failure and interruption, shown with processes that do next to nothing."""

import os
import signal
import sys
import threading
import time

import pytest

from arith_synth.experiments import chains
from arith_synth.experiments.chains import Chain, ChainError, run_chains


def python(code):
    return [sys.executable, "-c", code]


@pytest.fixture
def chain(tmp_path):
    def make(*codes, name="chain"):
        return Chain(name=name, commands=[python(code) for code in codes], log=tmp_path / "logs" / f"{name}.log")

    return make


@pytest.fixture(autouse=True)
def _poll_often(monkeypatch):
    monkeypatch.setattr(chains, "_POLL_S", 0.02)


#: Runs until it is asked to stop, and then needs a while to save.
SAVES_WHEN_STOPPED = """
import pathlib, time
place = pathlib.Path({place!r})
try:
    place.with_suffix(".up").touch()
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.3)
    place.with_suffix(".saved").touch()
"""


def interrupt_when(path, send):
    def watch():
        while not path.exists():
            time.sleep(0.01)
        send()

    threading.Thread(target=watch, daemon=True).start()


def test_commands_of_a_chain_run_one_after_the_other(chain):
    one = chain("print(1)", "print(2)")
    run_chains([one], 2)
    assert one.log.read_text() == "1\n2\n"


def test_no_more_chains_run_at_a_time_than_asked_for(chain, tmp_path):
    code = f"""
import pathlib, time
place = pathlib.Path({str(tmp_path)!r})
(place / "{{0}}.running").touch()
time.sleep(0.2)
print(len(list(place.glob("*.running"))))
(place / "{{0}}.running").unlink()
"""
    all_chains = [chain(code.format(number), name=str(number)) for number in range(4)]
    run_chains(all_chains, 2)
    assert max(int(one.log.read_text()) for one in all_chains) <= 2


def test_a_failing_command_is_one_line_that_names_its_log(chain):
    one = chain("import sys; print('a first line'); sys.exit('train: the disk is full')", name="arm both")
    with pytest.raises(ChainError) as raised:
        run_chains([one], 1)
    assert str(raised.value) == f"arm both: train: the disk is full (all of it: {one.log})"


def test_after_a_failure_no_other_command_starts(chain, tmp_path):
    later = tmp_path / "later"
    with pytest.raises(ChainError):
        run_chains([chain("raise SystemExit(1)", f"open({str(later)!r}, 'w')")], 1)
    assert not later.exists()


def test_a_command_that_fails_without_a_word_is_told(chain):
    with pytest.raises(ChainError, match="failed without a word"):
        run_chains([chain("raise SystemExit(1)")], 1)


def test_a_killed_command_is_told_by_its_signal_and_not_by_an_old_line(chain):
    one = chain("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    one.log.parent.mkdir()
    one.log.write_text("a line of the session before\n")
    with pytest.raises(ChainError, match="killed by SIGKILL") as raised:
        run_chains([one], 1)
    assert "session before" not in str(raised.value)


def test_when_one_chain_fails_the_others_have_time_to_save(chain, tmp_path):
    place = tmp_path / "other"
    other = chain(SAVES_WHEN_STOPPED.format(place=str(place)), name="other")
    up = str(place.with_suffix(".up"))
    failing = chain(f"import os, time\nwhile not os.path.exists({up!r}): time.sleep(0.01)\nraise SystemExit(1)")
    with pytest.raises(ChainError):
        run_chains([other, failing], 2)
    assert place.with_suffix(".saved").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_parent_lets_its_children_save(chain, tmp_path, number):
    place = tmp_path / "child"
    interrupt_when(place.with_suffix(".up"), lambda: os.kill(os.getpid(), number))
    with pytest.raises(KeyboardInterrupt):
        run_chains([chain(SAVES_WHEN_STOPPED.format(place=str(place)))], 1)
    assert place.with_suffix(".saved").exists()


def test_children_are_out_of_reach_of_the_terminal(chain):
    """Ctrl-C in a terminal reaches the foreground group; a second signal would cut a child's saving short."""
    one = chain("import os; print(os.getpgrp() == os.getpid())")
    run_chains([one], 1)
    assert one.log.read_text() == "True\n"


def test_a_child_that_does_not_stop_is_killed(chain, tmp_path, monkeypatch):
    monkeypatch.setattr(chains, "_GRACE_S", 0.2)
    up = tmp_path / "up"
    stubborn = f"""
import pathlib, signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
pathlib.Path({str(up)!r}).touch()
time.sleep(60)
"""
    interrupt_when(up, lambda: os.kill(os.getpid(), signal.SIGINT))
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_chains([chain(stubborn)], 1)
    assert time.monotonic() - started < 30


def test_handlers_are_as_they_were_afterwards(chain):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)
    run_chains([chain("")], 1)
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)) == before
