"""A submission says what its run says, and is checked before anybody else sees it."""

import json
import shutil

import pytest
from submissions.conftest import SAID, SPLITS

from arith_synth.cli import main
from arith_synth.errors import DatasetError, MetricError, UsageError
from arith_synth.scoring import read_predictions, write_predictions
from arith_synth.submissions.making import check_submission, submission_of, write_submission


@pytest.fixture
def run(run_dir, tmp_path):
    """A copy of the run that a test may change."""
    return shutil.copytree(run_dir, tmp_path / "run")


@pytest.fixture
def change(run):
    """Change run.json."""

    def change(**members):
        record = json.loads((run / "run.json").read_text())
        (run / "run.json").write_text(json.dumps(record | members))

    return change


def made(run, data, **said):
    return submission_of(run, data, SAID | said)[0]


def test_it_says_what_the_run_says(run, small_dataset):
    submission = made(run, small_dataset)
    record = json.loads((run / "run.json").read_text())
    assert submission["data"] == record["data"]
    assert submission["splits"] == SPLITS.split(",")
    assert submission["model"] == {
        "name": "Random programs",
        "id": "random",
        "sha256": None,
        "n_parameters": 0,
        "family": "baseline",
    }
    assert [entry["split"] for entry in submission["training_data"]] == ["train"]
    assert submission["budget"]["inference_seconds"] == record["decoded_s"]
    for split, scores in submission["scores"].items():
        assert scores["execution_accuracy"] == record["scores"][split]["execution_accuracy"]
        assert scores["interval_95"] == list(record["scores"][split]["interval_95"])


def test_what_is_said_goes_before_what_the_run_says(run, small_dataset):
    submission = made(run, small_dataset, other_data="none", budget={"train_flops": 1e12}, links=["https://a.org"])
    assert submission["budget"]["train_flops"] == 1e12
    assert submission["budget"]["samples_per_task"] == 1
    assert submission["links"] == ["https://a.org"]


@pytest.mark.parametrize("said", [{"name": "A b"}, {"licence": ""}, {"model": {"name": "x" * 101}}, {"extra": 1}])
def test_what_the_schema_refuses_is_one_line(run, small_dataset, said):
    with pytest.raises(MetricError, match="does not keep to the schema"):
        made(run, small_dataset, **said)


def test_all_tests_of_the_config_are_needed(run, small_dataset, change):
    record = json.loads((run / "run.json").read_text())
    change(key=record["key"] | {"splits": ["test"]})
    with pytest.raises(MetricError, match="has not answered test_semantic, test_syntactic, test_both"):
        made(run, small_dataset)


def test_a_lite_run_is_not_enough(run, small_dataset, change):
    record = json.loads((run / "run.json").read_text())
    change(key=record["key"] | {"lite": True})
    with pytest.raises(MetricError, match="without --lite"):
        made(run, small_dataset)


def test_other_data_than_the_runs_are_refused(run, small_dataset, change):
    record = json.loads((run / "run.json").read_text())
    change(data=record["data"] | {"checksums": {"test": "0" * 64}})
    with pytest.raises(DatasetError, match="is not what the run answered"):
        made(run, small_dataset)


def test_predictions_that_were_changed_after_the_run_are_refused(run, small_dataset):
    predictions = read_predictions(run / "predictions.jsonl")
    from arith_synth.scoring import Prediction, read_tasks

    solved = {task.task_id: task.program for task in read_tasks(small_dataset, "support_shift", SPLITS.split(","))}
    write_predictions(
        run / "predictions.jsonl",
        [Prediction(task_id=one.task_id, completions=(solved[one.task_id],)) for one in predictions],
    )
    with pytest.raises(MetricError, match="do not give the accuracy that run.json says"):
        made(run, small_dataset)


@pytest.mark.parametrize("content", ["{}", '{"kind": "training"}', "[]", '{"kind": "evaluation", "key": 1}'])
def test_a_folder_of_no_evaluation_is_one_line(run, small_dataset, content):
    (run / "run.json").write_text(content)
    with pytest.raises(MetricError):
        made(run, small_dataset)


def test_a_name_that_is_taken_is_not_overwritten(run, small_dataset, tmp_path):
    parts = submission_of(run, small_dataset, SAID)
    write_submission(*parts, tmp_path)
    with pytest.raises(UsageError, match="is there already"):
        write_submission(*parts, tmp_path)


def test_what_would_be_rejected_is_told_before_it_is_sent(run, small_dataset, tmp_path):
    folder = write_submission(*submission_of(run, small_dataset, SAID | {"other_data": "the web"}), tmp_path)
    with pytest.raises(MetricError, match="it would be rejected: .* submit it to other_data"):
        check_submission(folder, small_dataset)


@pytest.fixture
def command(run, small_dataset):
    """Run `arith-synth submit`; gives the exit status."""

    def command(*options, track="shifted_pass_at_1"):
        named = ["--name", "mine", "--model-name", "Mine", "--licence", "MIT", "--data", str(small_dataset)]
        return main(["submit", str(run), "--track", track, *named, *options])

    return command


def test_the_command_writes_a_folder_that_is_then_accepted(command, small_dataset, tmp_path, capsys):
    metadata = tmp_path / "metadata.json"
    metadata.write_text(json.dumps({"budget": {"train_seconds": 12.0}, "links": ["https://a.org"]}))
    assert command("--results", str(tmp_path), "--metadata", str(metadata), "--json") == 0
    folder = tmp_path / "submissions" / "mine"
    assert json.loads(capsys.readouterr().out)["folder"] == str(folder)
    submission = json.loads((folder / "submission.json").read_text())
    assert submission["budget"]["train_seconds"] == 12.0
    assert submission["links"] == ["https://a.org"]
    assert main(["verify-submission", str(folder), "--data", str(small_dataset), "--regenerate", "0"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1].startswith("mine: self-reported; worst split ")
    assert all(line.startswith("holds") for line in said[:-1])


def test_a_dry_run_leaves_nothing_behind(command, tmp_path, capsys):
    before = sorted(tmp_path.rglob("*"))
    assert command("--dry-run") == 0
    assert sorted(tmp_path.rglob("*")) == before
    assert "nothing was written or sent" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--dry-run", "--results", "a"], ["--results", "a", "--repo", "a/b"]])
def test_it_must_be_said_where_it_goes(command, options, capsys):
    assert command(*options) == 2
    assert "say where the submission goes" in capsys.readouterr().err


def test_an_unknown_track_is_misuse(command, capsys):
    assert command("--dry-run", track="best") == 2
    assert "choose one of shifted_pass_at_1" in capsys.readouterr().err


def test_a_rejected_submission_has_status_1_and_its_reasons(folder, small_dataset, capsys):
    (folder / "weights.pkl").write_bytes(b"")
    assert main(["verify-submission", str(folder), "--data", str(small_dataset)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "FAILS  it holds submission.json and predictions.jsonl, and nothing else: "
        "'weights.pkl' does not belong into it",
        "random: rejected",
    ]


def test_verifying_nothing_is_misuse(small_dataset, tmp_path, capsys):
    assert main(["verify-submission", str(tmp_path / "none"), "--data", str(small_dataset)]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_predictions_of_any_other_program_are_submitted_with_what_is_said_of_them(run, small_dataset, tmp_path):
    (run / "run.json").unlink()
    said = {"training_data": [{"config": "support_shift", "split": "train"}]}
    submission, predictions = submission_of(run / "predictions.jsonl", small_dataset, SAID | said)
    assert submission["model"]["family"] == "third-party"
    assert submission["splits"] == SPLITS.split(",")
    assert submission["decoding"] is None
    (trained,) = submission["training_data"]
    assert trained["n_tasks"] > 0
    assert len(trained["checksum"]) == 64
    record = check_submission(write_submission(submission, predictions, tmp_path), small_dataset)
    assert record["status"] == "self-reported"
    assert submission_of(run, small_dataset, SAID | said)[0] == submission


def test_predictions_of_two_configs_are_not_one_submission(run, small_dataset):
    file = run / "predictions.jsonl"
    first, *others = file.read_text().splitlines()
    (run / "run.json").unlink()
    file.write_text("\n".join([first.replace("support_shift/", "random/"), *others]))
    with pytest.raises(MetricError, match=r"answers several configs \(random, support_shift\)"):
        made(run, small_dataset)
