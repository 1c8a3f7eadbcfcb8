"""`arith-synth score`: hostile or mistaken files are one line each; right answers are worth 1."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

from arith_synth.scoring import TESTS


@pytest.fixture
def right(small_dataset, tmp_path):
    """A predictions file that answers every task of support_shift/test with its target."""
    table = pq.read_table(small_dataset / "support_shift" / "test-00000-of-00001.parquet")
    rows = [
        {"task_id": task_id, "completions": [program], "seed": 0}
        for task_id, program in zip(table["task_id"].to_pylist(), table["program"].to_pylist(), strict=True)
    ]
    return write(tmp_path / "right.jsonl", rows)


def write(file, rows):
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def rows_of(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture
def all_right(small_dataset, tmp_path):
    """As `right`, for all four tests."""
    rows = []
    for split in TESTS:
        table = pq.read_table(small_dataset / "support_shift" / f"{split}-00000-of-00001.parquet")
        for task_id, program in zip(table["task_id"].to_pylist(), table["program"].to_pylist(), strict=True):
            rows.append({"task_id": task_id, "completions": [program], "seed": 0})
    return write(tmp_path / "all_right.jsonl", rows)


@pytest.fixture
def score(call, small_dataset):
    return lambda file, *options: call("score", file, "--data", small_dataset, *options)


def test_targets_as_predictions_are_all_right(score, right):
    answer = score(right, "--json")
    assert answer.status == 0, answer.err
    assert answer.err == ""
    assert answer.out.count("\n") == 1
    scores = json.loads(answer.out)
    assert scores["n"] == 40
    for name in ("execution_accuracy", "parsed", "consistent", "equivalent", "exact_match", "pass@1"):
        assert scores[name] == 1.0
    assert scores["interval_95"][1] == 1.0


def test_without_json_the_score_has_its_n_and_interval(score, right):
    lines = score(right).out.splitlines()
    assert [line.split()[:2] for line in lines if line.startswith(("tasks", "accuracy"))] == [
        ["tasks", "40"],
        ["accuracy", "100.0%"],
    ]


def test_several_splits_are_scored_at_once(score, all_right):
    for named in ("all", ",".join(TESTS)):
        scores = json.loads(score(all_right, "--splits", named, "--json").out)
        assert {split: found["n"] for split, found in scores.items()} == dict.fromkeys(TESTS, 40)


def test_a_file_that_answers_more_splits_says_how_to_score_them(score, all_right):
    line = score(all_right).complaint(2)
    assert f"--splits {','.join(TESTS)}" in line


@pytest.mark.parametrize("named", ["test,test", "", "test,", "all,test"])
def test_splits_that_are_none_or_repeated_are_a_wrong_call(score, right, named):
    assert score(right, "--splits", named).complaint(2)


def test_a_config_without_tests_has_nothing_to_score(score, right):
    line = score(right, "--config", "support_shift_control", "--splits", "all").complaint(2)
    assert "has no tests" in line


def test_wrong_answers_that_were_seen_in_training_are_counted(score, right, small_dataset, tmp_path):
    trained = pq.read_table(small_dataset / "support_shift" / "train-00000-of-00001.parquet", columns=["program"])
    rows = [row | {"completions": [trained["program"][index].as_py()]} for index, row in enumerate(rows_of(right))]
    file = write(tmp_path / "copies.jsonl", rows)
    assert json.loads(score(file, "--json").out)["copied"]["share"] == 1
    assert json.loads(score(file, "--json", "--no-copies").out)["copied"] is None


def test_prose_is_read_by_rules_and_in_strict_mode_is_no_program(score, right, tmp_path):
    rows = [row | {"completions": [f"```\n{row['completions'][0]}\n```"]} for row in rows_of(right)]
    file = write(tmp_path / "prose.jsonl", rows)
    found = json.loads(score(file, "--json").out)
    assert found["execution_accuracy"] == 1
    assert sum(found["rules"].values()) == 40
    assert json.loads(score(file, "--json", "--strict").out)["parsed"] == 0


def test_lite_leaves_out_answers_to_other_tasks_of_the_split_but_no_strangers(score, right, tmp_path, monkeypatch):
    monkeypatch.setattr("arith_synth.evaluation.grading.N_LITE", 15)
    whole, rows = json.loads(score(right, "--json").out), rows_of(right)
    for answered in (rows, rows[:15], rows[:20]):
        file = write(tmp_path / "some.jsonl", answered)
        assert json.loads(score(file, "--json", "--lite").out)["n"] == 15
    assert whole["n"] == 40
    assert score(write(tmp_path / "few.jsonl", rows[:14]), "--lite").complaint(1)
    stranger = rows[0] | {"task_id": "support_shift/test/000040"}
    assert "000040" in score(write(tmp_path / "more.jsonl", [*rows, stranger]), "--lite").complaint(1)


def test_costs_stand_beside_the_scores_when_a_control_run_is_given(score, all_right, tmp_path):
    rows = [row | {"completions": ["x +"]} if "/test_both/" in row["task_id"] else row for row in rows_of(all_right)]
    run = write(tmp_path / "run.jsonl", rows)
    scores = json.loads(score(run, "--splits", "all", "--control", all_right, "--json").out)
    assert {split: found["control"]["execution_accuracy"] for split, found in scores.items()} == dict.fromkeys(TESTS, 1)
    assert scores["test"]["control"]["cost"]["cost"] == 0
    assert scores["test"]["control"]["net_cost"] is None
    cost, net_cost = (scores["test_both"]["control"][name] for name in ("cost", "net_cost"))
    assert (cost["cost"], cost["n"], net_cost["cost"], net_cost["n"]) == (1, 40, 1, [40, 40])
    assert cost["p_value"] == 2 / 2**40
    lines = score(run, "--splits", "all", "--control", all_right).out.splitlines()
    assert any(line.startswith("net cost") and "+100.0" in line for line in lines)


def test_a_control_run_on_other_tasks_is_told(score, all_right, right):
    assert score(all_right, "--splits", "all", "--control", right).complaint(1)


def test_nonsense_as_predictions_is_all_wrong_and_no_failure(score, right, tmp_path):
    rows = [row | {"completions": ["x +"]} for row in rows_of(right)]
    scores = json.loads(score(write(tmp_path / "wrong.jsonl", rows), "--json").out)
    assert scores["execution_accuracy"] == scores["parsed"] == 0.0


def test_a_config_that_was_not_built_is_no_typo(score, right):
    line = score(right, "--config", "support_shift_depth").complaint(2)
    assert "'support_shift_depth' is not in this folder; build it too" in line
    assert "did you mean" not in line


def test_a_missing_file_is_one_line(score, tmp_path):
    assert "there is no file" in score(tmp_path / "nothing.jsonl").complaint(1)


def test_a_folder_for_a_file_is_one_line(score, tmp_path):
    assert "there is no file" in score(tmp_path).complaint(1)


@pytest.mark.parametrize("text", ["x + 1\n", "\x00\xff", "[1, 2]\n", '{"task_id": 3}\n', ""])
def test_a_file_that_holds_something_else_is_one_line(score, tmp_path, text):
    file = tmp_path / "predictions.jsonl"
    file.write_text(text)
    assert str(file) in score(file).complaint(1)


def test_a_file_that_was_cut_off_names_the_line(score, right):
    right.write_text(right.read_text()[:-9])
    assert "line 40" in score(right).complaint(1)


def test_an_unknown_task_is_named(score, right):
    rows = rows_of(right)
    rows[3]["task_id"] = "support_shift/test/999999"
    assert "'support_shift/test/999999'" in score(write(right, rows)).complaint(1)


def test_a_task_that_stands_twice_is_named_with_its_line(score, right):
    rows = rows_of(right)
    line = score(write(right, [*rows, rows[3]])).complaint(1)
    assert "line 41" in line
    assert rows[3]["task_id"] in line
    assert "twice" in line


def test_tasks_without_a_prediction_are_told(score, right):
    assert score(write(right, rows_of(right)[1:])).complaint(1)


def test_more_tries_than_completions_are_told(score, right):
    assert "pass@10 needs 10 samples a task, and there are 1" in score(right, "--k", "1,10").complaint(1)


@pytest.mark.parametrize("k", ["0", ",", "one", "1,²", "-1", "9" * 5_000])
def test_a_k_that_is_no_number_of_tries_is_a_wrong_call(score, right, k):
    assert "numbers from 1 with commas between" in score(right, f"--k={k}").complaint(2)


def test_an_unknown_split_gets_the_nearest_name(score, right):
    assert "did you mean 'test'?" in score(right, "--split", "tests").complaint(2)


def test_an_unknown_config_gets_the_nearest_name(score, right):
    assert "did you mean 'support_shift'?" in score(right, "--config", "support_shit").complaint(2)


def test_a_training_split_holds_nothing_out_and_cannot_be_scored(score, right):
    rows = [row | {"task_id": f"support_shift/train/{index:06d}"} for index, row in enumerate(rows_of(right) * 25)]
    assert "score a test split" in score(write(right, rows), "--split", "train").complaint(1)


def test_a_folder_that_is_no_dataset_is_one_line(call, right, no_dataset):
    assert "is not an arith-synth dataset" in call("score", right, "--data", no_dataset).complaint(1)


def test_a_truncated_dataset_file_is_named(call, right, small_dataset, tmp_path):
    data = shutil.copytree(small_dataset, tmp_path / "data")
    file = data / "support_shift" / "test-00000-of-00001.parquet"
    file.write_bytes(file.read_bytes()[:5_000])
    assert str(file) in call("score", right, "--data", data).complaint(1)


def test_a_report_of_nothing_is_one_line(call, tmp_path):
    assert "train and evaluate them first" in call("report", tmp_path).complaint(1)
