"""`transformers serve`, a server of others, runs a tiny model: what it answers is what the model answers here."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
import torch
from tiny_models import byte_level_tokenizer, save_tiny_model

from arith_synth.data.folder import open_dataset
from arith_synth.evaluation import evaluate
from arith_synth.evaluation.causal_models import load_causal_lm
from arith_synth.scoring import read_predictions

pytestmark = pytest.mark.slow

#: For messages, as chat models have one.
TEMPLATE = "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}assistant:"
N_NEW = 8


@pytest.fixture(scope="module")
def model(small_dataset, tmp_path_factory):
    """Random weights; sampling is on in its own settings, as the server asks those and not the temperature."""
    prompts = open_dataset(small_dataset).read("support_shift", "test", ["prompt"]).column("prompt").to_pylist()
    folder = tmp_path_factory.mktemp("served") / "model"
    tokenizer = byte_level_tokenizer(prompts, chat_template=TEMPLATE)
    save_tiny_model(folder, "llama", tokenizer, n_context=1_024)
    settings = json.loads((folder / "generation_config.json").read_text())
    (folder / "generation_config.json").write_text(json.dumps({**settings, "do_sample": True}))
    return folder


@pytest.fixture(scope="module")
def url(model, tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("log") / "server.log"
    command = [
        *(sys.executable, "-m", "transformers.cli.transformers", "serve", str(model), "--device", "cpu"),
        *("--host", "127.0.0.1", "--port", str(port)),
    ]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        deadline = time.monotonic() + 180
        while not is_up(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(timeout=30)


def is_up(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
            return True
    except OSError:
        return False


@pytest.fixture
def answers_of(evaluation_of, model, tmp_path):
    """The completions of an evaluation and its run.json."""

    def run(name, **options):
        config = evaluation_of(
            str(model),
            output=tmp_path / name,
            **{"splits": "test", "max_new_tokens": N_NEW, "batch_size": 4, **options},
        )
        evaluate(config)
        rows = read_predictions(config.output / "predictions.jsonl")
        return [row.completions for row in rows], json.loads((config.output / "run.json").read_text())

    return run


def test_completions_are_those_of_the_model_here(answers_of, url):
    here, _ = answers_of("here")
    served, record = answers_of("served", server=url, endpoint="completions")
    assert served == here
    assert record["requests"] == {"test": 40}
    assert 40 <= record["tokens_generated"]["test"] <= 40 * N_NEW


def test_examples_before_the_prompt_are_the_same_text_here_and_there(answers_of, url):
    here, _ = answers_of("here", few_shot=1)
    served, record = answers_of("served", server=url, endpoint="completions", few_shot=1)
    assert served == here
    assert len(record["few_shot"]["task_ids"]) == 1


def test_a_chat_answer_is_what_the_model_writes_after_the_template(answers_of, url, model, small_dataset):
    served, _ = answers_of("chat", server=url)
    lm = load_causal_lm(model, torch.device("cpu"))
    prompts = open_dataset(small_dataset).read("support_shift", "test", ["prompt"]).column("prompt").to_pylist()
    for prompt, completions in list(zip(prompts, served, strict=True))[:5]:
        ids = lm.tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )["input_ids"]
        written = lm.model.generate(
            ids, do_sample=False, max_new_tokens=N_NEW, eos_token_id=list(lm.end_ids), pad_token_id=lm.pad_id
        )[0, ids.shape[1] :]
        assert completions == (lm.tokenizer.decode(written, skip_special_tokens=True),)


def test_seeds_decide_samples(answers_of, url):
    """One request at a time: this server seeds the random state of all that it runs."""
    options = {"server": url, "samples": 3, "temperature": 1.0, "batch_size": 1, "endpoint": "completions"}
    first, _ = answers_of("first", **options)
    again, _ = answers_of("again", **options)
    other, _ = answers_of("other", seed=1, **options)
    assert first == again
    assert first != other
    assert any(len(set(completions)) == 3 for completions in first)
