"""What each track allows is checked where it can be."""

import pytest
from submissions.conftest import SPLITS
from submissions.reasons import reason

from arith_synth.baselines.config import BaselineConfig
from arith_synth.baselines.run import run_baseline
from arith_synth.submissions.entries import SELF_REPORTED, VERIFIED
from arith_synth.submissions.making import submission_of, write_submission
from arith_synth.submissions.regeneration import regenerated
from arith_synth.submissions.tracks import TRACKS
from arith_synth.submissions.verification import verify_submission

OF_CONTROL = {"config": "support_shift_control", "split": "train"}


@pytest.fixture
def control(small_dataset):
    """The declaration of the control's training split."""
    from arith_synth.data.content import content_of
    from arith_synth.data.folder import open_dataset

    folder = open_dataset(small_dataset)
    n = folder.checksums["splits"]["support_shift_control/train"]["n"]
    return {**OF_CONTROL, "n_tasks": n, "checksum": content_of(folder, *OF_CONTROL.values())}


def test_the_schema_and_the_tracks_have_the_same_names():
    from arith_synth.submissions.schema import schema

    assert schema()["properties"]["track"]["enum"] == list(TRACKS)


@pytest.mark.parametrize("track", ["shifted_pass_at_1", "test_time_training"])
def test_other_training_splits_are_of_another_track(verified, said, control, track):
    said["track"] = track
    said["training_data"].append(control)
    assert "it was trained on support_shift_control/train; submit it to other_data" in reason(verified())


def test_training_data_must_be_declared(verified, said):
    said["training_data"] = []
    assert "training_data does not list support_shift/train" in reason(verified())


def test_validation_may_select_a_model(verified, said, small_dataset):
    from arith_synth.data.content import content_of
    from arith_synth.data.folder import open_dataset

    checksum = content_of(open_dataset(small_dataset), "support_shift", "validation")
    said["training_data"].append(
        {"config": "support_shift", "split": "validation", "n_tasks": 40, "checksum": checksum}
    )
    assert verified()["status"] == SELF_REPORTED


def test_a_training_split_with_other_content_is_rejected(verified, said):
    said["training_data"][0]["checksum"] = "0" * 64
    assert "support_shift/train has other content" in reason(verified())


def test_more_training_tasks_than_there_are_are_rejected(verified, said):
    said["training_data"][0]["n_tasks"] = 10**9
    assert "and 1000000000 are declared" in reason(verified())


def test_a_training_split_that_is_not_there_is_rejected(verified, said):
    said["training_data"][0]["split"] = "train_everything"
    assert "there is no split support_shift/train_everything" in reason(verified())


def test_a_training_split_is_declared_once(verified, said):
    said["training_data"] *= 2
    assert "support_shift/train is declared twice" in reason(verified())


def test_other_data_are_of_another_track(verified, said):
    said["other_data"] = "the web"
    assert "it has learned from other data; submit it to other_data" in reason(verified())


def test_samples_that_are_not_given_are_of_another_track(verified, said):
    said["budget"]["samples_per_task"] = 100
    assert "100 samples a task were drawn and 1 are given" in reason(verified())


def test_choosing_among_one_sample_is_of_another_track(verified, said):
    said["track"] = "shifted_best_of_n"
    assert "there is one sample a task, so nothing is chosen" in reason(verified())


def test_search_declares_tables_and_seconds(verified, said):
    said["track"] = "search"
    said["budget"]["inference_seconds"] = None
    assert "budget.tables says nothing" in reason(verified())
    said["budget"]["tables"] = "none"
    assert "budget.inference_seconds says nothing" in reason(verified())
    said["budget"] |= {"inference_seconds": 12.5, "samples_per_task": 10**6}
    assert verified()["status"] == SELF_REPORTED


def test_other_data_are_declared(verified, said, control):
    said["track"] = "other_data"
    said["training_data"].append(control)
    assert "other_data says nothing" in reason(verified())
    said["other_data"] = "a crawl of the web"
    assert verified()["status"] == SELF_REPORTED


@pytest.fixture
def sampled(sampled_run_dir, small_dataset, tmp_path):
    """Submit the run with 12 samples a task; gives the record of its verification."""

    def submit(track, **said):
        said = {"name": "many", "track": track, "licence": "MIT", "model": {"name": "Many"}} | said
        folder = write_submission(*submission_of(sampled_run_dir, small_dataset, said), tmp_path)
        return verify_submission(folder, small_dataset)

    return submit


def test_best_of_n_is_ranked_by_the_first_that_agrees_with_the_shown_examples(sampled):
    record = sampled("shifted_best_of_n")
    assert record["status"] == SELF_REPORTED
    assert record["headline_out_of"] == 1
    for split, scores in record["scores"].items():
        assert record["headline"][split]["value"] == scores["first_consistent"]
        assert record["headline"][split]["interval_95"] == list(scores["intervals_95"]["first_consistent"])
        assert sum(record["headline_counts"][split]) == round(scores["first_consistent"] * scores["n"])


def test_pass_at_1_may_be_estimated_from_many_samples(sampled):
    record = sampled("shifted_pass_at_1")
    assert record["status"] == SELF_REPORTED
    for split, scores in record["scores"].items():
        assert record["headline"][split]["value"] == pytest.approx(scores["pass@1"])


def test_pass_at_1_of_many_samples_is_stated(sampled):
    assert "k does not list 1" in reason(sampled("shifted_pass_at_1", k=[10]))


@pytest.fixture
def baseline(small_dataset, said, tmp_path):
    """Submit a run of a baseline as if it were a model of the track, and answer tasks again as the receiver does."""

    def submit(track, **options):
        run = tmp_path / "run"
        run_baseline(BaselineConfig(data=small_dataset, splits=SPLITS, output=run, **options))
        told = {"name": "mine", "track": track, "licence": "MIT", "model": {"name": "A large model"}}
        declared = {"training_data": said["training_data"], "budget": {"tables": "none"}}
        if track == "other_data":
            declared["other_data"] = "the answers"
        folder = write_submission(*submission_of(run, small_dataset, told | declared), tmp_path)
        return verify_submission(folder, small_dataset, regenerate=regenerated, n_regenerated=5)

    return submit


@pytest.mark.parametrize(
    ("track", "options", "reads"),
    [
        ("shifted_pass_at_1", {"name": "target"}, "target reads the answers"),
        ("test_time_training", {"name": "target"}, "target reads the answers"),
        ("search", {"name": "target"}, "target reads the answers"),
        ("shifted_pass_at_1", {"name": "lookup"}, "lookup reads the whole corpus"),
        ("shifted_pass_at_1", {"name": "retrieval", "trained_on": "support_shift/test"}, "reads support_shift/test"),
        ("shifted_pass_at_1", {"name": "random", "trained_on": "random/train"}, "reads random/train"),
    ],
)
def test_a_baseline_that_reads_more_than_the_track_allows_is_rejected(baseline, track, options, reads):
    record = baseline(track, **options)
    assert f"{reads}; submit it to other_data" in reason(record)
    assert record["headline"] is None


@pytest.mark.parametrize(
    ("track", "options"),
    [("other_data", {"name": "target"}), ("search", {"name": "lookup"}), ("shifted_pass_at_1", {"name": "retrieval"})],
)
def test_a_baseline_in_its_own_track_is_verified(baseline, track, options):
    assert baseline(track, **options)["status"] == VERIFIED
