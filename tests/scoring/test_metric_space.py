"""The page of the metric, as a Space serves it, over HTTP."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arith_synth.scoring import METRIC_PATH

pytest.importorskip("evaluate")
gradio_client = pytest.importorskip("gradio_client")
pytest.importorskip("gradio")

pytestmark = pytest.mark.slow
APP = Path(METRIC_PATH) / "app.py"
ROWS = json.dumps(
    [
        {
            "task_id": "example/test/000000",
            "inputs": [[4, 5], [5, -4]],
            "outputs": ["5", "6"],
            "heldout_inputs": [[-7, 8]],
            "heldout_outputs": ["-6"],
            "program": "x + 1",
            "size": 2,
            "fingerprint": "0" * 32,
        }
    ]
)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path_factory.mktemp("home")),
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, str(APP)], env=os.environ | settings, stdout=subprocess.DEVNULL)
    try:
        for _ in range(240):
            assert process.poll() is None, "the page ended before it was there"
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.5)
        yield gradio_client.Client(f"http://127.0.0.1:{port}", verbose=False, analytics_enabled=False)
    finally:
        process.terminate()
        process.wait(timeout=30)


def compute(client, completions, rows=ROWS, k="1", grammar="xy3", strict=False):
    return client.predict(completions, rows, k, grammar, strict, api_name="/compute")


def test_the_page_scores_what_is_pasted(client):
    scores = compute(client, '[["1 + x", "y"]]', k="1,2")
    assert (scores["execution_accuracy"], scores["pass@2"], scores["n"]) == (0.5, 1.0, 1)


def test_the_page_begins_with_an_example_that_can_be_scored(client):
    fields = {field["props"].get("label", ""): field["props"].get("value") for field in client.config["components"]}
    completions, rows = (
        next(value for label, value in fields.items() if label.startswith(name)) for name in ("Comp", "Rows")
    )
    assert compute(client, completions, rows)["execution_accuracy"] == 0.5


@pytest.mark.parametrize("completions", ["", "[", "3", '["x", "y"]', "[[1]]", "[" * 100_000, "[]"])
def test_a_mistake_is_told_and_the_page_goes_on(client, completions):
    with pytest.raises(gradio_client.exceptions.AppError, match=";"):
        compute(client, completions)
    assert compute(client, '["x + 1"]')["execution_accuracy"] == 1.0


def test_a_card_without_its_metadata_stands_below(client):
    articles = [str(field["props"].get("value", "")) for field in client.config["components"]]
    (card,) = [text for text in articles if "# Metric card" in text]
    assert "colorFrom" not in card


def test_what_the_page_needs_is_in_its_requirements():
    names = {line.partition(">=")[0] for line in (APP.parent / "requirements.txt").read_text().splitlines()}
    assert names == {"arith-synth", "evaluate", "gradio"}
    assert all(importlib.util.find_spec(name.replace("-", "_")) for name in names)
