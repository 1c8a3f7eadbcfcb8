"""From the committed checkpoint to a row on the leaderboard, each step by the command that people type.

The submitter's and the receiver's commands are processes of their own, and talk with a Hub over HTTP; a browser looks
at what comes out. The picture that it takes is kept with the other files of the test (`--basetemp`).
"""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hub.repositories import Repository
from hub.server import READER, WRITER, local_hub
from leaderboard.serving import free_port, served
from leaderboard.submitted import SPLITS

from arith_synth.leaderboard.wording import percent

pytestmark = pytest.mark.slow

RESULTS = "arith-synth/arith-synth-results"
MODEL = Path(__file__).parents[2] / "model_cards" / "nano-support_shift"
SIZE = (1280, 900)


@pytest.fixture
def hub():
    with local_hub() as running:
        running.repositories[RESULTS] = Repository()
        yield running
    assert running.unknown == [], "the clients called what tests/hub/endpoints.py does not list"


@pytest.fixture
def command(hub, tmp_path):
    """Run a command with a token in a process of its own; gives what it prints."""

    def run(token, *words):
        inherited = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "OMP_NUM_THREADS") if name in os.environ}
        clients = {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": token}
        places = {"HOME": str(tmp_path / token), "HF_HOME": str(tmp_path / token / "huggingface")}
        called = [sys.executable, "-m", *map(str, words)]
        done = subprocess.run(
            called, env=inherited | clients | places, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def of_arith_synth(*words):
    return ("arith_synth.cli", *words)


def test_the_committed_model_travels_over_the_hub_to_a_row_that_a_browser_shows(
    command, hub, browser, small_dataset, tmp_path
):
    # The submitter, who may only read the results dataset.
    run, data = tmp_path / "run", ("--data", small_dataset)
    splits = ",".join(SPLITS)
    command(READER, *of_arith_synth("eval", "--model", MODEL, *data, "--splits", splits, "--output", run))
    metadata = tmp_path / "metadata.json"
    metadata.write_text(json.dumps({"training_data": [], "other_data": "support_shift of max_size 6"}))
    named = ("--track", "other_data", "--name", "nano", "--model-name", "nano, committed", "--licence", "Apache-2.0")
    said = command(READER, *of_arith_synth("submit", run, *data, *named, "--metadata", metadata, "--repo", RESULTS))
    assert said.splitlines()[-1] == f"{hub.url}/datasets/{RESULTS}/discussions/1"
    assert set(hub.contents("main", RESULTS)) == {".gitattributes"}

    # The receiver, as docs/submissions.md says: takes the one folder, answers tasks again, puts it there with a record.
    received, place = tmp_path / "received", "submissions/nano"
    fetch = ("huggingface_hub.cli.hf", "download", RESULTS, "--repo-type", "dataset", "--include")
    command(WRITER, *fetch, f"{place}/*", "--revision", "refs/pr/1", "--local-dir", received)
    folder = received / place
    assert sorted(path.name for path in folder.iterdir()) == ["predictions.jsonl", "submission.json"]
    verdict = command(WRITER, *of_arith_synth("verify-submission", folder, *data, "--model", MODEL))
    assert "100 of 100 tasks drawn by seed" in verdict
    assert verdict.splitlines()[-1].startswith("nano: verified; ")
    command(WRITER, "huggingface_hub.cli.hf", "upload", RESULTS, folder, place, "--repo-type", "dataset")

    # Anyone: the results dataset, served.
    results = tmp_path / "results"
    command(READER, *fetch, "submissions/*", "--local-dir", results)
    command(READER, *of_arith_synth("leaderboard", "--tasks-from", small_dataset, "--results", results))
    scores = json.loads((run / "run.json").read_text())["scores"]
    accuracies = [percent(scores[split]["execution_accuracy"]) for split in SPLITS]
    row = shown_row(browser, results, tmp_path / "leaderboard.png")
    assert row[:3] == ["1", "nano, committed", "✓ verified"]
    assert [cell.split()[0] for cell in row[5:9]] == accuracies
    worst = min(SPLITS, key=lambda split: scores[split]["execution_accuracy"])
    assert row[3].split()[0] == percent(scores[worst]["execution_accuracy"])
    assert row[3].split()[-1] == worst
    assert {percent(0), percent(1)} != set(accuracies), "no score tells this model from one that answers nothing"


def shown_row(browser, results, picture):
    """The texts of the only row's cells, of the model the first line; a picture of the page is left behind."""
    port = free_port()
    serve = [sys.executable, "-m", "arith_synth.cli", "leaderboard", "--serve", "--results", str(results)]
    with served([*serve, "--port", str(port)], port) as address:
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        trouble = []
        page.on("console", lambda told: trouble.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto(address)
        page.wait_for_selector("#board table")
        [line] = page.locator("#board tbody tr").all()
        cells = [cell.inner_text() for cell in line.locator("th, td").all()]
        page.screenshot(path=picture)
        page.close()
    assert trouble == []
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == SIZE
    return [cells[0], cells[1].splitlines()[0], *cells[2:]]
