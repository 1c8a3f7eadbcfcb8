"""A submission travels: made from a real run, sent as a pull request, fetched, verified, merged, ranked."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hub.endpoints import model_key
from hub.faults import Fault
from hub.repositories import File, Repository
from hub.server import READER, WRITER, LocalHub
from huggingface_hub import CommitOperationAdd, HfApi, snapshot_download

from arith_synth.baselines.config import BaselineConfig
from arith_synth.baselines.run import run_baseline
from arith_synth.cli import main
from arith_synth.errors import HubError, UsageError
from arith_synth.submissions import ranked, read_entries
from arith_synth.submissions.making import submission_of, write_submission
from arith_synth.submissions.sending import send_submission

RESULTS = "arith-synth/arith-synth-results"
SPLITS = "test,test_semantic,test_syntactic,test_both"
MODEL = Path(__file__).parents[2] / "model_cards" / "nano-support_shift"
OPEN = "POST /api/datasets/.*/commit/main"


@pytest.fixture(scope="session")
def run_dir(small_dataset, tmp_path_factory):
    output = tmp_path_factory.mktemp("run")
    run_baseline(BaselineConfig(name="random", data=small_dataset, splits=SPLITS, output=output))
    return output


@pytest.fixture
def results(client: LocalHub) -> LocalHub:
    """The Hub, with an empty results dataset."""
    client.repositories[RESULTS] = Repository()
    return client


@pytest.fixture
def made(run_dir, small_dataset, tmp_path):
    said = {"name": "mine", "track": "shifted_pass_at_1", "licence": "MIT", "model": {"name": "Mine"}}
    return write_submission(*submission_of(run_dir, small_dataset, said), tmp_path / "mine")


def submit(run_dir, data, name="mine", *options):
    named = ["--name", name, "--model-name", "Mine", "--licence", "MIT", "--data", str(data), "--repo", RESULTS]
    return main(["submit", str(run_dir), "--track", "shifted_pass_at_1", *named, *options])


def fetched(number, folder):
    """What a maintainer does with pull request number so and so."""
    revision = f"refs/pr/{number}"
    snapshot_download(RESULTS, repo_type="dataset", revision=revision, local_dir=folder, allow_patterns="submissions/*")
    return folder


def test_a_submission_is_sent_fetched_verified_merged_and_ranked(results, run_dir, small_dataset, tmp_path, capsys):
    assert submit(run_dir, small_dataset, "mine", "--json") == 0
    assert json.loads(capsys.readouterr().out)["pull_request"] == f"{results.url}/datasets/{RESULTS}/discussions/1"
    assert set(results.contents("main", RESULTS)) == {".gitattributes"}

    folder = fetched(1, tmp_path / "received")
    mine = folder / "submissions" / "mine"
    assert sorted(path.name for path in mine.iterdir()) == ["predictions.jsonl", "submission.json"]
    assert main(["verify-submission", str(mine), "--data", str(small_dataset)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("mine: verified; ")

    HfApi().merge_pull_request(RESULTS, 1, repo_type="dataset")
    record = CommitOperationAdd("submissions/mine/verification.json", str(mine / "verification.json"))
    HfApi().create_commit(RESULTS, [record], commit_message="Verify mine", repo_type="dataset")
    published = tmp_path / "published"
    snapshot_download(RESULTS, repo_type="dataset", local_dir=published)
    [row] = ranked(read_entries(published, report=pytest.fail), "shifted_pass_at_1")
    assert (row.rank, row.entry.name, row.entry.status) == (1, "mine", "verified")


def test_who_may_only_read_can_submit(results, run_dir, small_dataset, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", READER)
    assert submit(run_dir, small_dataset) == 0
    assert list(results.repositories[RESULTS].pull_requests) == ["refs/pr/1"]


def test_a_name_that_is_taken_is_told(results, run_dir, small_dataset, capsys):
    assert submit(run_dir, small_dataset) == 0
    HfApi().merge_pull_request(RESULTS, 1, repo_type="dataset")
    assert submit(run_dir, small_dataset) == 1
    assert "has a submission mine already; choose another --name" in capsys.readouterr().err
    assert submit(run_dir, small_dataset, "yours") == 0


def test_nobody_submits_without_a_token(results, made, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no-token"))
    with pytest.raises(HubError, match="nobody is logged in"):
        send_submission(made, RESULTS)
    assert results.requests == []


def test_a_results_dataset_that_is_not_there_is_one_line(client, made):
    with pytest.raises(HubError, match="no dataset arith-synth/arith-synth-results that the token may see"):
        send_submission(made, RESULTS)


@pytest.mark.parametrize("repo", ["name", "a/b/c", "/b", "a/", "a/b\n", "a/../b"])
def test_a_repository_has_an_organization_and_a_name(client, made, repo):
    with pytest.raises((UsageError, HubError)):
        send_submission(made, repo)
    assert client.unknown == []


@pytest.mark.parametrize("status", [400, 401, 403, 409, 418, 500])
def test_a_hub_that_refuses_is_one_line_without_the_token(results, made, status, capfd):
    results.faults.append(Fault(OPEN, status=status, message="no, Bearer {token}"))
    with pytest.raises(HubError) as failure:
        send_submission(made, RESULTS)
    shown = str(failure.value) + "".join(capfd.readouterr())
    assert WRITER not in shown
    assert "\n" not in shown
    assert results.repositories[RESULTS].pull_requests == {}


def test_a_pull_request_whose_answer_is_lost_is_not_opened_twice(results, made):
    results.faults.append(Fault(OPEN, lost=True, times=1))
    with pytest.raises(HubError, match="no connection, or it was cut"):
        send_submission(made, RESULTS)
    assert len(results.repositories[RESULTS].pull_requests) == 1


def test_a_submission_that_would_be_rejected_is_not_sent(results, run_dir, small_dataset, tmp_path, capsys):
    metadata = tmp_path / "metadata.json"
    metadata.write_text(json.dumps({"other_data": "the web"}))
    assert submit(run_dir, small_dataset, "mine", "--metadata", str(metadata)) == 1
    assert "it would be rejected" in capsys.readouterr().err
    assert results.requests == []


def test_what_a_pull_request_brings_beside_its_folder_does_not_come_in(results, made, small_dataset, tmp_path):
    """Somebody adds a record that says 100 %, and changes what is others'; the receiver follows docs/submissions.md."""
    assert main(["verify-submission", str(made), "--data", str(small_dataset)]) == 0
    forged = json.loads((made / "verification.json").read_text())
    n_tasks = {split: len(counts) for split, counts in forged["n_correct"].items()}
    perfect = {"value": 1.0, "interval_95": [0.9, 1.0]}
    forged |= {
        "n_correct": {split: [1] * n for split, n in n_tasks.items()},
        "headline": {split: perfect | {"n": n} for split, n in n_tasks.items()},
        "worst_split": perfect | {"split": "test", "n": n_tasks["test"]},
        "mean": perfect | {"n": sum(n_tasks.values())},
    }
    (made / "verification.json").write_text(json.dumps(forged))
    [believed] = read_entries(made.parent.parent)  # nothing in the file itself tells who wrote it
    assert believed.verified["mean"]["value"] == 1.0

    files = [CommitOperationAdd(f"submissions/mine/{path.name}", str(path)) for path in made.iterdir()]
    others = ("elsewhere.json", "submissions/yours/submission.json", "submissions/yours/verification.json")
    files += [CommitOperationAdd(path, b"{}") for path in others]
    HfApi().create_commit(RESULTS, files, commit_message="x", repo_type="dataset", create_pr=True)
    place = "submissions/mine"
    snapshot_download(
        RESULTS, repo_type="dataset", revision="refs/pr/1", local_dir=tmp_path / "received", allow_patterns=f"{place}/*"
    )
    mine = tmp_path / "received" / place
    assert main(["verify-submission", str(mine), "--data", str(small_dataset)]) == 0
    HfApi().upload_folder(repo_id=RESULTS, repo_type="dataset", folder_path=mine, path_in_repo=place)

    names = ("predictions.jsonl", "submission.json", "verification.json")
    assert set(results.contents("main", RESULTS)) == {".gitattributes", *(f"{place}/{name}" for name in names)}
    snapshot_download(RESULTS, repo_type="dataset", local_dir=tmp_path / "published")
    [entry] = read_entries(tmp_path / "published", report=pytest.fail)
    assert entry.verified["mean"]["value"] < 0.5


def test_a_pull_request_with_a_pickle_is_rejected(results, made, small_dataset, tmp_path, capsys):
    """Somebody opens one by hand."""
    (made / "weights.pkl").write_bytes(b"\x80\x04N.")
    files = [CommitOperationAdd(f"submissions/mine/{path.name}", str(path)) for path in made.iterdir()]
    HfApi().create_commit(RESULTS, files, commit_message="x", repo_type="dataset", create_pr=True)
    mine = fetched(1, tmp_path / "received") / "submissions" / "mine"
    assert main(["verify-submission", str(mine), "--data", str(small_dataset)]) == 1
    assert "'weights.pkl' does not belong into it" in capsys.readouterr().out


@pytest.mark.slow
def test_weights_on_the_hub_regenerate_a_submission(results, small_dataset, tmp_path, capsys):
    model = results.repositories[model_key("org/nano")] = Repository()
    files = {path.name: path.read_bytes() for path in MODEL.iterdir() if path.is_file()}
    files["pytorch_model.bin"] = b"a pickle, which nobody asks for"
    head = model.branches["main"]
    stored = {name: File(content, len(content)) for name, content in files.items()}
    model.branches["main"] = model.add(head, {"summary": "weights"}, stored)
    run, data = tmp_path / "run", str(small_dataset)
    assert main(["eval", "--model", str(MODEL), "--data", data, "--splits", SPLITS, "--output", str(run)]) == 0
    said = {"name": "nano", "track": "other_data", "licence": "MIT", "model": {"name": "nano", "id": "org/nano"}}
    declared = {"training_data": [], "other_data": "the tasks of max_size 5"}
    folder = write_submission(*submission_of(run, small_dataset, said | declared), tmp_path)
    capsys.readouterr()
    assert main(["verify-submission", str(folder), "--data", data, "--model", "org/nano", "--seed", "1"]) == 0
    assert "100 of 100 tasks drawn by seed 1 regenerate" in capsys.readouterr().out
    assert any("model.safetensors" in request for request in results.requests)
    assert not any("pytorch_model.bin" in request for request in results.requests)


@pytest.mark.slow
def test_the_command_sends_from_a_process_of_its_own(hub, environment, run_dir, small_dataset, tmp_path):
    hub.repositories[RESULTS] = Repository()
    shutil.copytree(run_dir, tmp_path / "run")
    command = [sys.executable, "-m", "arith_synth.cli", "submit", str(tmp_path / "run"), "--data", str(small_dataset)]
    named = ["--track", "shifted_pass_at_1", "--name", "mine", "--model-name", "Mine", "--licence", "MIT"]
    done = subprocess.run(
        [*command, *named, "--repo", RESULTS], env=environment, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"{hub.url}/datasets/{RESULTS}/discussions/1"
    assert WRITER not in done.stdout + done.stderr
