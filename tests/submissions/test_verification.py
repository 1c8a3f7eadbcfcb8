"""What the receiving side accepts, what it rejects, and with which reason."""

import json

import pytest
from submissions.reasons import reason

from arith_synth.errors import UsageError
from arith_synth.scoring import read_grammar, read_tasks, score_predictions
from arith_synth.scoring.predictions import PREDICTIONS_FILE, read_predictions
from arith_synth.submissions.entries import SELF_REPORTED, SUBMISSION_FILE, VERIFICATION_FILE, read_entries
from arith_synth.submissions.verification import verify_submission


def test_an_honest_submission_is_accepted_and_its_record_written(verified, folder):
    record = verified()
    assert record["status"] == SELF_REPORTED
    assert all(check["holds"] for check in record["checks"])
    assert json.loads((folder / VERIFICATION_FILE).read_text()) == json.loads(json.dumps(record))


def test_the_recorded_scores_are_those_of_the_scorer(verified, folder, said, small_dataset):
    record = verified()
    grammar = read_grammar(small_dataset)
    tasks = read_tasks(small_dataset, "support_shift", said["splits"])
    scores = score_predictions(tasks, read_predictions(folder / PREDICTIONS_FILE), grammar)
    for split, values in scores.items():
        assert record["headline"][split]["value"] == values["execution_accuracy"]
        assert record["headline"][split]["interval_95"] == list(values["interval_95"])
        assert sum(record["n_correct"][split]) == round(values["execution_accuracy"] * values["n"])


def test_the_record_makes_an_entry(verified, folder):
    record = verified()
    [entry] = read_entries(folder.parent.parent, report=pytest.fail)
    assert entry.verified == json.loads(json.dumps(record))


def test_a_record_of_another_submission_counts_for_nothing(verified, folder, said):
    verified()
    said["model"]["name"] = "Somebody else's"
    (folder / SUBMISSION_FILE).write_text(json.dumps(said))
    [entry] = read_entries(folder.parent.parent, report=pytest.fail)
    assert entry.verification is None


def test_a_record_that_the_submitter_brings_is_rewritten(verified, folder, said):
    (folder / VERIFICATION_FILE).write_text(json.dumps({"status": "verified"}))
    said["scores"]["test"]["execution_accuracy"] = 1.0
    verified()
    assert json.loads((folder / VERIFICATION_FILE).read_text())["status"] == "rejected"


def test_a_missing_task_is_rejected(verified, rows):
    del rows[3]
    assert f"'{'support_shift/test/000003'}' is not answered" in reason(verified())


def test_an_unknown_task_is_rejected(verified, rows):
    rows[3]["task_id"] = "support_shift/test/999999"
    assert "there is no task 'support_shift/test/999999'" in reason(verified())


def test_a_training_task_is_rejected(verified, rows):
    rows[3]["task_id"] = "support_shift/train/000003"
    assert "there is no task" in reason(verified())


def test_a_repeated_task_is_rejected(verified, rows):
    rows[3] = rows[2]
    assert "stands twice" in reason(verified())


def test_one_line_more_than_tasks_is_rejected_before_it_is_read(verified, rows):
    rows.append({"task_id": "a", "completions": "no list"})
    assert "more than 160 lines" in reason(verified())


def test_another_data_version_is_rejected(verified, said):
    said["data"]["version"] = "1.0.0"
    assert "version is 1.0.0, and that of the dataset is" in reason(verified())


@pytest.mark.parametrize(("name", "value"), [("grammar", "xycond"), ("max_size", 6)])
def test_other_tasks_are_rejected(verified, said, name, value):
    said["data"][name] = value
    assert f"{name} is {value}, and that of the dataset is" in reason(verified())


def test_another_checksum_is_rejected(verified, said):
    said["data"]["checksums"]["test"] = "0" * 64
    assert "the tasks of test have other content" in reason(verified())


def test_only_the_easy_splits_are_rejected(verified, said, rows):
    said["splits"] = ["test"]
    said["scores"] = {"test": said["scores"]["test"]}
    said["data"]["checksums"] = {"test": said["data"]["checksums"]["test"]}
    rows[:] = [row for row in rows if "/test/" in row["task_id"]]
    assert "it answers test, and the tests of support_shift are test, test_semantic" in reason(verified())


def test_the_order_of_splits_which_settles_ties_is_not_the_submitters(verified, said):
    said["splits"] = said["splits"][::-1]
    assert "keep to the dataset's order" in reason(verified())


def test_a_config_that_nobody_has_is_rejected(verified, said):
    said["config"] = "my_config"
    assert "no dataset has a config my_config" in reason(verified())


def test_a_config_that_this_dataset_lacks_is_no_fault_of_the_submitter(verified, said):
    said["config"] = "input_shift"
    with pytest.raises(UsageError, match="this cannot be verified with"):
        verified()


def test_fewer_samples_than_the_k_claimed_are_rejected(verified, said):
    said["k"] = [1, 10]
    assert "pass@10 is claimed of 1 samples" in reason(verified())


def test_a_pass_at_k_that_k_does_not_list_is_rejected(verified, said):
    said["scores"]["test"]["pass@2"] = 0.5
    assert "test has pass@2, and k does not list it" in reason(verified())


def test_unequal_numbers_of_samples_are_rejected(verified, rows):
    rows[5]["completions"] *= 2
    assert "has 2" in reason(verified())


def test_fewer_samples_than_stated_are_rejected(verified, said):
    said["n_samples"] = 2
    said["budget"]["samples_per_task"] = 2
    assert "every task has 2 completion(s)" in reason(verified())


def test_another_sampling_seed_is_rejected(verified, rows):
    rows[5]["seed"] = 1
    assert "has another seed" in reason(verified())


def test_an_answer_beyond_the_limits_is_rejected(verified, rows):
    rows[5]["completions"] = ["x" * 20_000]
    assert "has one of 20000" in reason(verified())


CLAIMS = [
    ("execution_accuracy", 1.0),
    ("interval_95", [0.5, 0.75]),
    ("parsed", 0.5),
    ("n", 41),
    ("n_solved", 40),
    ("size_ratio", 999.0),
    ("first_consistent", 1.0),
    ("pass@1", 0.999),
]


@pytest.mark.parametrize(("name", "value"), CLAIMS)
def test_a_score_that_does_not_follow_is_rejected(verified, said, name, value):
    said["scores"]["test_both"][name] = value
    assert f"test_both: {name} is claimed as {value}, and the predictions give" in reason(verified())


def test_the_smallest_difference_is_one(verified, said):
    import math

    accuracy = said["scores"]["test"]["execution_accuracy"]
    said["scores"]["test"]["execution_accuracy"] = math.nextafter(accuracy, 1.0)
    assert "test: execution_accuracy is claimed as" in reason(verified())


def test_an_interval_that_does_not_follow_is_rejected(verified, said):
    said["scores"]["test"]["intervals_95"]["parsed"][0] -= 0.001
    assert "test: intervals_95 of parsed is claimed as" in reason(verified())


def test_one_changed_completion_is_found_out_by_the_scores(verified, rows):
    changed = next(row for row in rows if row["completions"] != ["("])
    changed["completions"] = ["("]
    assert "parsed is claimed as 1.0" in reason(verified())


def test_the_name_is_that_of_the_folder(verified, said):
    said["name"] = "another"
    assert "it is called another and lies in random" in reason(verified())


def test_a_folder_that_is_none_is_misuse(tmp_path, small_dataset):
    with pytest.raises(UsageError, match="there is no folder"):
        verify_submission(tmp_path / "nothing", small_dataset)


def test_the_record_does_not_say_where_the_folder_lies(verified, rows, folder):
    rows[5] = {"task_id": 1}
    assert str(folder.parent) not in json.dumps(verified())
