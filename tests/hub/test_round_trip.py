"""Publish with the command, load back with the clients, each in a process of its own: as on the Hub itself."""

import json
import shutil
import subprocess
import sys
import time

import pytest
from hub.faults import Fault
from hub.routes import ENDPOINTS
from hub.server import READER, REPO, TAG, WRITER

from arith_synth.data.checksums import file_sha256
from arith_synth.data.folder import open_dataset

pytestmark = pytest.mark.slow

SPLITS = ["train", "validation", "test", "test_semantic", "test_syntactic", "test_both"]
COMMAND = [sys.executable, "-m", "arith_synth.cli", "publish"]


@pytest.fixture
def run(environment, tmp_path):
    """Run Python code, or a command, beside no dataset; gives what it wrote on standard output."""
    (tmp_path / "elsewhere").mkdir()

    def run(code, status=0, **variables):
        arguments = [sys.executable, "-c", code] if isinstance(code, str) else code
        done = subprocess.run(
            arguments,
            env=environment | variables,
            cwd=tmp_path / "elsewhere",
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert done.returncode == status, done.stderr
        assert WRITER not in done.stdout + done.stderr
        return done.stdout if status == 0 else done.stderr

    return run


def as_rows(expression: str) -> str:
    """Code that prints the rows that an expression gives."""
    return f"import datasets, json, arith_synth\nprint(json.dumps([*({expression})]))"


@pytest.mark.timeout(600)
def test_what_is_published_loads_back_byte_for_byte(hub, run, folder, tmp_path):
    published = json.loads(run([*COMMAND, str(folder), "--repo", REPO, "--json"]))
    assert published["revision"] == TAG
    assert published["is_new"]

    local = open_dataset(folder)
    load = f'datasets.load_dataset("{REPO}", "support_shift", revision="{TAG}"'
    assert json.loads(run(f"import datasets, json; print(json.dumps([*{load})]))")) == SPLITS
    cached = {path.name: path for path in (tmp_path / "home").rglob("snapshots/*/support_shift/*.parquet")}
    expected = {name.partition("/")[2]: entry for name, entry in local.checksums["files"].items() if "ft/" in name}
    assert {name: file_sha256(path) for name, path in cached.items()} == {
        name: entry["sha256"] for name, entry in expected.items()
    }

    rows = json.loads(json.dumps(local.read("support_shift", "test_both").to_pylist()))
    one = f'{load}, split="test_both"'
    assert json.loads(run(as_rows(f"{one})"))) == rows
    assert json.loads(run(as_rows(f"{one}, streaming=True)"))) == rows
    assert json.loads(run(as_rows(f'datasets.load_dataset("{REPO}", split="test_both")'))) == rows
    assert json.loads(run(as_rows(f'datasets.load_dataset("{folder}", "support_shift", split="test_both")'))) == rows
    assert json.loads(run(as_rows('arith_synth.load_dataset("support_shift", "test_both")'))) == rows

    hub.requests.clear()
    assert json.loads(run(as_rows(f"{one})"), HF_HUB_OFFLINE="1")) == rows
    ours = as_rows('arith_synth.load_dataset("support_shift", "test_both")')
    assert json.loads(run(ours, HF_HUB_OFFLINE="1")) == rows
    assert hub.requests == []

    # A private copy in another repository, so that every endpoint of the list is called by some client.
    run([*COMMAND, str(folder), "--repo", "org/other", "--private"])
    assert "with the same bytes" in run([*COMMAND, str(folder), "--repo", "org/other", "--private"])
    assert {(method, path) for method, path, _ in ENDPOINTS} == hub.called


def test_the_command_fails_in_one_line(hub, run, folder):
    hub.faults.append(Fault("POST .*/commit/", status=403, message="no, {token}"))
    said = run([*COMMAND, str(folder), "--repo", REPO], status=1)
    assert said.splitlines()[-1].startswith(f"arith-synth publish: committing to {REPO} failed: the token may not")
    assert "Traceback" not in said


def test_a_damaged_folder_is_not_published(hub, run, folder):
    file = folder / "support_shift" / "test-00000-of-00001.parquet"
    shutil.copy(folder / "support_shift" / "test_both-00000-of-00001.parquet", file)
    assert "does not pass its audit" in run([*COMMAND, str(folder), "--repo", REPO], status=1)
    assert hub.requests == []


def test_a_pull_request_is_opened_by_who_may_only_read(hub, run, folder):
    hub.stock(folder)
    hub.repositories[REPO].tags.clear()
    hub.repositories[REPO].branches["main"] = next(iter(hub.repositories[REPO].commits))
    said = run([*COMMAND, str(folder), "--repo", REPO, "--create-pr"], HF_TOKEN=READER)
    assert f"{hub.url}/datasets/{REPO}/discussions/1" in said


def test_a_publication_that_was_killed_goes_on_where_it_was(hub, folder, environment):
    code = f'from arith_synth.data.publishing import publish; publish("{folder}", "{REPO}", audit=lambda *_: [])'
    for n_uploads in (3, 9):
        hub.requests.clear()
        process = subprocess.Popen([sys.executable, "-c", code], env=environment)
        while process.poll() is None and hub.count("PUT") < n_uploads:
            time.sleep(0.001)
        process.kill()
        process.wait(timeout=20)
        assert hub.repositories[REPO].tags == {}
        time.sleep(0.2)  # what had come by then is still being stored
        finished = set(hub.large_files)
    hub.requests.clear()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=100)
    sent = [request.rpartition("/")[2] for request in hub.requests if request.startswith("PUT")]
    assert finished
    assert not set(sent) & finished
    assert len(sent) == len(set(sent))
    assert TAG in hub.repositories[REPO].tags
