"""What can go wrong between us and a server: one line without a key, and no answer that was given is lost."""

import json
import sys
import threading

import pytest
from evaluation.openai_server import Fault

from arith_synth.errors import ArithSynthError, MissingExtraError, ServerError
from arith_synth.evaluation import evaluate, server_client
from arith_synth.evaluation.server_client import MAX_ANSWER_BYTES

KEY = "sk-secretsecretsecretsecret"
#: The client waits as long as it is told, and these tests have no time.
SOON = {"Retry-After": "0.02"}


@pytest.fixture(autouse=True)
def _key(monkeypatch, server):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def complaint(config) -> str:
    """The one line of the error that an evaluation raises."""
    with pytest.raises(ServerError) as raised:
        evaluate(config)
    line = str(raised.value)
    assert "\n" not in line
    assert len(line) < 500
    assert "secret" not in line
    assert raised.value.exit_status == 1
    return line


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, headers=SOON, times=5),
        Fault(status=500, headers=SOON, times=5),
        Fault(status=503, headers={**SOON, "Content-Encoding": "identity"}, body=b"<html>", kind="text/html", times=3),
        Fault(lost=True, times=1),
        Fault(cut=True, body=b'{"choices": []}' * 100, times=1),
    ],
    ids=["429", "500", "503", "hang-up", "cut"],
)
def test_what_passes_is_asked_again(asking, server, fault):
    server.faults = [fault]
    n_failed = fault.times
    config = asking()
    assert evaluate(config)["test"]["execution_accuracy"] == 1
    assert len(server.bodies) == 40 + n_failed
    record = json.loads((config.output / "run.json").read_text())
    assert record["requests"] == {"test": 40 + n_failed}


def test_a_request_that_is_asked_again_is_the_same_request(asking, server):
    server.faults = [Fault(status=500, headers=SOON, times=3)]
    evaluate(asking(batch_size=1, samples=2, temperature=1.0))
    first = [json.dumps(body, sort_keys=True) for body in server.bodies[:4]]
    assert len(set(first)) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(status=401, body=b'{"error": {"message": "Incorrect API key: {key}"}}'), "set OPENAI_API_KEY"),
        (Fault(status=403, body=b'{"error": "no {key}"}'), "set OPENAI_API_KEY"),
        (Fault(status=404, body=b'{"detail": "Not Found"}'), "whose path is often /v1, --model or --endpoint"),
        (
            Fault(status=400, body=b'{"error": {"message": "context of\\n512 {key}"}}'),
            "it says: context of 512 <token>",
        ),
        (Fault(status=422, body=b'{"detail": [{"loc": 1}]}'), "it refuses the request (422)"),
        (Fault(status=413), "show fewer examples"),
        (
            Fault(status=500, headers=SOON, body=b"oh \x1b[31m \x00 {key}", kind="text/plain"),
            "it is out of order (500)",
        ),
        (Fault(status=502, headers=SOON, body=b"<html>{key}</html>", kind="text/html"), "it is out of order (502)"),
        (Fault(status=429, headers=SOON), "lower --batch-size"),
        (Fault(status=429, headers={"Retry-After": "100000"}), "it asks to wait 100000 s"),
        (Fault(status=404, headers={"Retry-After": "{key}"}), "it asks to wait <token> s"),
        (Fault(body=b"{"), "not valid JSON"),
        (Fault(body=b"[1]"), "a JSON list"),
        (Fault(body=b"{}"), "it holds no choice"),
        (Fault(body=b'{"choices": []}'), "it holds no choice"),
        (Fault(body=b'{"choices": "x", "error": {"message": "model {key} fell over"}}'), "model <token> fell over"),
        (Fault(body=b'{"choices": [{"text": "x"}]}'), "its choice holds no text"),
        (Fault(body=b'{"choices": [{"message": {"content": 7}}]}'), "its choice holds no text"),
        (Fault(body=b'{"choices": [{"message": {"content": "x"}}], "choices": 1}'), "a key stands twice"),
        (Fault(body=b'{"choices": ' + b"[" * 100_000), "not"),
        (Fault(body=b'{"choices": ' + b"9" * 100_000 + b"}"), "not valid JSON"),
        (Fault(body=b"\xff\xfe"), "not valid JSON"),
        (Fault(body=b"<!DOCTYPE html><p>Log in, {key}", kind="text/html"), "is not the answer of an OpenAI-compatible"),
        (Fault(headers={"Content-Encoding": "gzip"}, body=b"\x1f\x8b"), "packs its answers"),
        (Fault(body=b" " * (MAX_ANSWER_BYTES + 1)), f"more than {MAX_ANSWER_BYTES} bytes"),
        (Fault(endless=True), f"more than {MAX_ANSWER_BYTES} bytes"),
        (Fault(status=400, endless=True), f"more than {MAX_ANSWER_BYTES} bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_pass_is_one_line(asking, server, fault, said):
    server.faults = [fault]
    assert said in complaint(asking(batch_size=1))


def test_answers_that_were_given_before_a_failure_are_not_asked_for_again(asking, server):
    server.faults = [Fault(status=400, skip=25)]
    config = asking(samples=2, temperature=1.0)
    complaint(config)
    assert not (config.output / "run.json").exists()
    first = server.bodies[:]
    kept = (config.output / "unfinished" / "test.jsonl").read_text().splitlines()
    assert len(kept) == 25
    server.faults = []
    assert evaluate(config)["test"]["execution_accuracy"] == 1
    assert len(server.bodies) - len(first) == 80 - 25
    answered = [body["seed"] for body in server.bodies[len(first) :]]
    assert len({*answered, *(body["seed"] for body in first)}) == 80


def test_requests_under_way_when_one_fails_are_waited_for_and_kept(asking, server):
    held = threading.Event()
    server.faults = [Fault(hold=held, times=3), Fault(status=400)]
    threading.Timer(0.5, held.set).start()
    config = asking(batch_size=4)
    complaint(config)
    assert len((config.output / "unfinished" / "test.jsonl").read_text().splitlines()) == 3


def test_an_interrupted_evaluation_gives_the_answers_of_an_undisturbed_one(asking, server, tmp_path):
    server.say = lambda prompt, seed: f"x + {seed % 3 + 1}"
    options = {"samples": 3, "temperature": 1.0, "splits": "test,test_syntactic"}
    whole, stopped = (asking(output=tmp_path / name, **options) for name in ("whole", "stopped"))
    scores = evaluate(whole)
    for n_answered in (7, 50, 90):
        server.faults = [Fault(status=400, skip=n_answered)]
        complaint(stopped)
    server.faults = []
    assert evaluate(stopped) == scores
    a, b = ((config.output / "predictions.jsonl").read_bytes() for config in (whole, stopped))
    assert a == b


def test_no_server_is_one_line(asking, monkeypatch):
    monkeypatch.setattr(server_client, "N_RETRIES", 0)
    assert "start the server" in complaint(asking(server="http://127.0.0.1:9/v1"))


def test_a_server_that_does_not_answer_is_given_up(asking, server, monkeypatch):
    monkeypatch.setattr(server_client, "N_RETRIES", 1)
    monkeypatch.setattr(server_client, "TIMEOUT_S", 0.2)
    server.faults = [Fault(hold=(held := threading.Event()))]
    assert "has not answered within 0 s, 2 times" in complaint(asking(batch_size=1))
    held.set()


def test_no_client_library_says_what_to_install(asking, monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'arith-synth\[server\]'") as raised:
        evaluate(asking())
    assert isinstance(raised.value, ArithSynthError)
