"""A model that a server runs, asked over real HTTP: what is sent, what is taken, what is written."""

import json
import subprocess
import sys
import threading

import pytest

from arith_synth.errors import UsageError
from arith_synth.evaluation import EvaluationConfig, evaluate
from arith_synth.evaluation.server import seed_of
from arith_synth.scoring import read_predictions

KEY = "sk-secretsecretsecretsecret"


def record_of(config):
    return json.loads((config.output / "run.json").read_text())


def test_known_answers_are_all_correct(asking):
    config = asking(splits="test,test_syntactic")
    scores = evaluate(config)
    assert {split: score["execution_accuracy"] for split, score in scores.items()} == {"test": 1, "test_syntactic": 1}
    assert not (config.output / "unfinished").exists()


def test_a_chat_is_one_user_message_with_the_prompt(asking, server, programs):
    evaluate(asking(max_new_tokens=100))
    assert set(server.paths) == {"/v1/chat/completions"}
    assert {body["messages"][0]["content"] for body in server.bodies} <= set(programs)
    (fields,) = {frozenset(body) for body in server.bodies}
    assert fields == {"model", "messages", "temperature", "max_tokens", "seed"}
    body = server.bodies[0]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("org/Some-Model", 0.0, 100)


def test_the_endpoint_completions_gets_the_prompt_itself_and_stops_with_the_line(asking, server, programs):
    config = asking(endpoint="completions", samples=2, temperature=0.5, top_p=0.9)
    server.say = lambda prompt, seed: programs[prompt] + "\nf(x) = and so on"
    assert evaluate(config)["test"]["execution_accuracy"] == 1
    assert set(server.paths) == {"/v1/completions"}
    body = server.bodies[0]
    assert body["prompt"] in programs
    assert (body["stop"], body["temperature"], body["top_p"], body["max_tokens"]) == (["\n"], 0.5, 0.9, 64)
    assert all("\n" not in row.completions[0] for row in read_predictions(config.output / "predictions.jsonl"))


def test_a_chat_answer_is_kept_as_it_is_and_its_reasoning_is_not_read(asking, server):
    text = "Let me see.\n```\nx + 1\n```\n \ud800 \u202e"
    server.say = lambda prompt, seed: text
    server.message = {"reasoning_content": "x * y", "reasoning": "x * y"}
    config = asking()
    evaluate(config)
    assert {row.completions for row in read_predictions(config.output / "predictions.jsonl")} == {(text,)}


def test_no_content_is_an_empty_text(asking, server):
    server.say = lambda prompt, seed: None
    config = asking()
    assert evaluate(config)["test"]["execution_accuracy"] == 0
    assert {row.completions for row in read_predictions(config.output / "predictions.jsonl")} == {("",)}


def test_samples_are_single_requests_with_seeds_of_their_own(asking, server, programs):
    server.say = lambda prompt, seed: f"{seed}"
    config = asking(samples=3, temperature=1.0, seed=5)
    evaluate(config)
    seeds = [body["seed"] for body in server.bodies]
    assert len(seeds) == len(set(seeds)) == 3 * 40
    assert all(0 <= seed < 2**31 for seed in seeds)
    for row in read_predictions(config.output / "predictions.jsonl"):
        assert row.completions == tuple(str(seed_of(5, row.task_id, number)) for number in range(3))


def test_another_seed_shares_no_seed_of_a_sample():
    a, b = ({seed_of(seed, f"support_shift/test/{n:06}", 0) for n in range(1_000)} for seed in (0, 1))
    assert not a & b


def test_the_batch_size_bounds_the_requests_under_way(asking, server):
    evaluate(asking(batch_size=3, samples=4, temperature=1.0))
    assert 1 < server.most_at_a_time <= 3


@pytest.mark.parametrize("batch_size", [1, 7])
def test_answers_do_not_depend_on_the_order_in_which_they_come(asking, server, tmp_path, batch_size):
    server.say = lambda prompt, seed: f"x + {seed}"
    outputs = [tmp_path / "a", tmp_path / "b"]
    for output, size in zip(outputs, (batch_size, 16), strict=True):
        evaluate(asking(samples=2, temperature=1.0, batch_size=size, output=output))
    a, b = ((output / "predictions.jsonl").read_bytes() for output in outputs)
    assert a == b


def test_the_record_says_who_answered_and_what_it_took(asking, server):
    server.choice = {"finish_reason": "length"}
    config = asking()
    evaluate(config)
    record = record_of(config)
    model = record["model"]
    assert (model["url"], model["model"], model["endpoint"]) == (server.url, "org/Some-Model", "chat")
    assert record["tokens_generated"] == {"test": 3 * 40}
    assert record["tokens_read"] == {"test": 7 * 40}
    assert record["requests"] == record["cut_off"] == {"test": 40}
    assert record["served"] == {"org/Some-Model-2026": 40}
    assert record["key"]["server"] == {"url": server.url, "endpoint": "chat", "model": "org/Some-Model"}
    assert record["decoded_s"] > 0
    assert record["config"]["server"] == server.url


@pytest.mark.parametrize(
    "usage", [None, "many", {"completion_tokens": -1}, {"completion_tokens": True}, {"completion_tokens": 1e9}]
)
def test_tokens_that_a_server_does_not_count_are_unknown_and_not_zero(asking, server, usage):
    server.usage = usage
    config = asking()
    evaluate(config)
    assert record_of(config)["tokens_generated"] == {"test": None}


def test_a_key_is_sent_and_written_nowhere(asking, server, monkeypatch, capfd):
    monkeypatch.setenv("OPENAI_API_KEY", KEY + "\n")  # as `$(cat file)` in some shells
    config = asking()
    evaluate(config)
    assert {headers["authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
    assert not [path for path in config.output.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert KEY not in "".join(capfd.readouterr())


def test_a_key_that_is_none_is_a_wrong_call_that_does_not_quote_it(asking, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-sécret\nmore")
    with pytest.raises(UsageError, match="OPENAI_API_KEY holds characters") as raised:
        evaluate(asking())
    assert "cret" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:8000/v1",
        "ftp://host/v1",
        "http://",
        "http://ho st/v1",
        "http://[::1/v1",
        "http://host:99999999/v1",
        "http://host:0/v1",
        "http://höst/v1",
        "http://host/v1\n",
        "http://user:secret@host/v1",
        "https://host/v1?key=secret",
        "https://host/v1#secret",
    ],
)
def test_a_url_that_is_none_or_holds_a_secret_is_refused_at_birth_and_not_quoted(url):
    with pytest.raises(UsageError, match="--server") as raised:
        EvaluationConfig(model="a", server=url)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_endpoint_without_a_server_is_refused_at_birth():
    with pytest.raises(UsageError, match="--server"):
        EvaluationConfig(model="a", endpoint="completions")


def test_a_finished_evaluation_asks_nothing(asking, server):
    scores = evaluate(asking())
    n_asked = len(server.bodies)
    assert evaluate(asking()) == scores
    assert len(server.bodies) == n_asked == 40


def test_a_server_is_asked_without_torch(asking, server):
    config = asking()
    code = (
        "import sys\n"
        "from arith_synth.evaluation import EvaluationConfig, evaluate\n"
        f"evaluate(EvaluationConfig(server={config.server!r}, model='m', data={str(config.data)!r}, "
        f"output={str(config.output)!r}))\n"
        "sys.exit(bool({'torch', 'transformers', 'accelerate'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert len(server.bodies) == 40


def test_a_text_too_long_to_be_scored_is_cut_and_scores_as_too_long(asking, server):
    server.say = lambda prompt, seed: "x" * 100_000
    config = asking()
    assert evaluate(config)["test"]["parsed"] == 0
    (length,) = {len(row.completions[0]) for row in read_predictions(config.output / "predictions.jsonl")}
    assert 1 << 14 <= length < 20_000


def test_many_ask_at_a_time(asking, server, programs):
    """Sixteen requests are held until all of them are there."""
    barrier = threading.Barrier(16, timeout=20)

    def say(prompt, seed):
        if server.most_at_a_time <= 16 and len(server.bodies) <= 16:
            barrier.wait()
        return programs[prompt]

    server.say = say
    assert evaluate(asking())["test"]["execution_accuracy"] == 1
