"""`arith-synth eval --server`: a command that asks a server, and that may be stopped at any time."""

import json
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from evaluation.openai_server import Fault, local_server

from arith_synth.data.folder import open_dataset
from arith_synth.scoring import read_predictions

KEY = "sk-secretsecretsecretsecret"


@pytest.fixture
def server(small_dataset: Path, monkeypatch):
    """A server that knows the programs of the test, and spoils every third sample."""
    rows = open_dataset(small_dataset).read("support_shift", "test", ["prompt", "completion"]).to_pylist()
    programs = {row["prompt"]: row["completion"] for row in rows}
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with local_server(lambda prompt, seed: programs[prompt] if seed % 3 else "no idea") as state:
        yield state


@pytest.fixture
def arguments(server, small_dataset, tmp_path):
    """The command line of an evaluation of the server's model."""

    def make(*options, output="eval"):
        fixed = ("--server", server.url, "--model", "some/model", "--data", small_dataset)
        return ("eval", *fixed, "--output", tmp_path / output, *options)

    return make


def test_the_scores_are_printed_and_nothing_else(call, arguments, tmp_path):
    answer = call(*arguments("--json", "--samples", "10", "--temperature", "1"))
    assert answer.status == 0, answer.err
    score = json.loads(answer.out)["test"]
    assert (score["n"], score["n_completions"]) == (40, 10)
    assert score["pass@10"] > 0.9 > score["execution_accuracy"]
    assert len(read_predictions(tmp_path / "eval" / "predictions.jsonl")) == 40


def test_score_gives_the_same_for_what_was_written(call, arguments, small_dataset, tmp_path):
    scores = json.loads(call(*arguments("--json", "--samples", "10", "--temperature", "1")).out)["test"]
    predictions = tmp_path / "eval" / "predictions.jsonl"
    again = json.loads(call("score", predictions, "--data", small_dataset, "--k", "1,10", "--json").out)
    again = again.get("test", again)
    same = ("n", "execution_accuracy", "interval_95", "parsed", "consistent", "pass@1", "pass@10")
    assert {name: again[name] for name in same} == {name: scores[name] for name in same}


def test_a_failure_is_one_line_without_the_key(call, arguments, server):
    server.faults = [Fault(status=401, body=b'{"error": {"message": "Incorrect API key provided: {key}"}}')]
    line = call(*arguments()).complaint(1)
    assert "set OPENAI_API_KEY" in line
    assert KEY not in line


def test_answers_that_were_cut_off_are_counted_in_a_line(call, arguments, server):
    server.choice = {"finish_reason": "length"}
    answer = call(*arguments())
    assert answer.status == 0
    assert "note: 40 answers ended at 2048 tokens" in answer.err


def test_a_url_with_a_password_is_a_wrong_call(call, arguments):
    answer = call(*arguments("--server", "https://me:secret@host/v1"))
    assert (answer.status, answer.out) == (2, "")
    assert "OPENAI_API_KEY" in answer.err
    assert "secret" not in answer.err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_evaluation_asks_for_no_sample_that_it_was_given(start, run, arguments, server, tmp_path, number):
    options = ("--samples", "4", "--temperature", "1", "--batch-size", "4")
    assert run(*arguments(*options, output="whole")).status == 0
    server.bodies.clear()
    say = server.say
    server.say = lambda prompt, seed: (time.sleep(0.05), say(prompt, seed))[1]
    running = start(*arguments(*options))
    kept = tmp_path / "eval" / "unfinished" / "test.jsonl"
    deadline = time.monotonic() + 120
    while not kept.exists() or len(kept.read_bytes().splitlines()) < 30:
        assert running.process.poll() is None, running.process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    began = time.monotonic()
    answer = running.stop(number)
    assert time.monotonic() - began < 20
    if number == signal.SIGINT:
        assert answer.complaint(1) == "arith-synth eval: interrupted; run the same command to go on"
    n_kept = len(kept.read_bytes().splitlines())
    assert 30 <= n_kept < 160
    done = run(*arguments(*options))
    assert done.status == 0, done.err
    # Nothing was asked twice but what was not on the disk when the signal came: under way, or just answered.
    counts = Counter(body["seed"] for body in server.bodies)
    assert len(counts) == 160
    assert sum(counts.values()) <= 160 + 2 * 4
    whole, resumed = ((tmp_path / name / "predictions.jsonl").read_bytes() for name in ("whole", "eval"))
    assert whole == resumed


@pytest.mark.slow
def test_ctrl_c_does_not_wait_for_a_slow_server(start, arguments, server):
    server.say = lambda prompt, seed: time.sleep(60) or "x"
    running = start(*arguments())
    deadline = time.monotonic() + 120
    while len(server.bodies) < 16:
        assert running.process.poll() is None, running.process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    began = time.monotonic()
    running.stop().complaint(1)
    assert time.monotonic() - began < 20
