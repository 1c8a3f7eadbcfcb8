"""Tasks, answers, the map's data and the comparison come from the files as they are."""

import base64
import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from leaderboard.submitted import SPLITS, WRONG

from arith_synth.data.folder import open_dataset
from arith_synth.data.parquet import CANARY
from arith_synth.errors import DatasetError, MetricError
from arith_synth.leaderboard.answers import answers_to
from arith_synth.leaderboard.comparison import comparison, differing_tasks
from arith_synth.leaderboard.curves import distance_figure
from arith_synth.leaderboard.map_data import map_data
from arith_synth.leaderboard.results import counts_of, read_results
from arith_synth.leaderboard.task_table import read_task_table
from arith_synth.leaderboard.task_view import task_view
from arith_synth.leaderboard.tasks_file import SOURCE_KEY, TASKS_FILE, write_tasks_file
from arith_synth.scoring import read_tasks

FIRST = "support_shift/test/000000"


def test_the_tasks_are_those_of_the_dataset(results, small_dataset):
    assert results.tasks.tasks("support_shift", SPLITS) == [
        task
        for split in SPLITS
        for task in sorted(read_tasks(small_dataset, "support_shift", [split]), key=lambda task: task.task_id)
    ]


def test_the_coordinates_are_the_first_two_of_the_dataset(results, small_dataset):
    table = open_dataset(small_dataset).read("support_shift", "test_both", ["task_id", "semantic"]).sort_by("task_id")
    expected = [place[:2] for place in table["semantic"].to_pylist()]
    assert results.tasks.coordinates("support_shift", "test_both", "semantic").tolist() == expected


def test_the_file_of_tasks_has_the_canary_and_is_the_same_again(results_dir, small_dataset, tmp_path):
    path = write_tasks_file(small_dataset, tmp_path, ["support_shift"])
    assert path.read_bytes() == (results_dir / TASKS_FILE).read_bytes()
    assert CANARY.encode() in path.read_bytes()


def test_a_control_has_no_tests_to_write(small_dataset, tmp_path):
    with pytest.raises(DatasetError, match="no test split"):
        write_tasks_file(small_dataset, tmp_path, ["support_shift_control"])


@pytest.mark.parametrize("damage", [lambda content: content[:-100], lambda _: b"", lambda _: b"PAR1" * 100])
def test_a_damaged_file_of_tasks_is_one_line(results_dir, tmp_path, damage):
    (tmp_path / TASKS_FILE).write_bytes(damage((results_dir / TASKS_FILE).read_bytes()))
    with pytest.raises(DatasetError, match="make it again"):
        read_task_table(tmp_path)


def with_column(name, make):
    def damage(table):
        values = [make(number, value) for number, value in enumerate(table[name].to_pylist())]
        return table.set_column(table.schema.get_field_index(name), name, pa.array(values))

    return damage


def with_source(content):
    def damage(table):
        source = json.loads(table.schema.metadata[SOURCE_KEY])
        return table.replace_schema_metadata({SOURCE_KEY: content(source)})

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        lambda table: table.take(list(range(40))[::-1]),  # counts would stand at other tasks
        lambda table: table.take([0, 0]),
        with_column("task_id", lambda number, _: number),
        with_column("task_id", lambda number, _: f"support_shift/<img src=x>/{number:06d}"),
        with_column("syntactic", lambda _, place: [float("nan"), place[1]]),
        with_column("semantic", lambda number, place: place[:1] if number == 5 else place),
        with_column("semantic", lambda number, place: None if number == 5 else place),
        with_column("semantic", lambda _, place: [*place, 1.0]),
        with_column("semantic", lambda *_: ["a", "b"]),
        with_source(lambda _: b"[" * 10**5),
        with_source(lambda _: b"[1]"),
        with_source(lambda source: json.dumps(source | {"regions": "x"}).encode()),
        with_source(lambda source: json.dumps(source | {"grammar": None}).encode()),
    ],
)
def test_a_file_of_tasks_that_somebody_has_changed_is_one_line(results_dir, tmp_path, damage):
    pq.write_table(damage(pq.read_table(results_dir / TASKS_FILE)), tmp_path / TASKS_FILE)
    with pytest.raises(DatasetError, match="make it again") as failure:
        read_task_table(tmp_path)
    assert "\n" not in str(failure.value)


def test_a_folder_without_submissions_is_no_results_folder(tmp_path):
    with pytest.raises(DatasetError, match="no results folder"):
        read_results(tmp_path)


def test_a_damaged_submission_is_left_out_and_said(results_dir, tmp_path):
    copied = shutil.copytree(results_dir, tmp_path / "results")
    (copied / "submissions" / "sampled" / "submission.json").write_text("{")
    read = read_results(copied)
    assert len(read.left_out) == 1
    assert read.entry("sampled") is None
    assert read.entry("target") is not None


def test_answers_are_found_by_task(results):
    entry = results.entry("sampled")
    target = results.tasks.task(FIRST).program
    assert answers_to(entry.folder, FIRST) == (*[WRONG] * 7, target)
    assert answers_to(entry.folder, "support_shift/test/999999") is None


def test_a_task_shows_examples_target_and_every_distinct_answer(results):
    page = task_view(results.tasks, FIRST, results.entry("sampled")).text
    task = results.tasks.task(FIRST)
    for text in (task.program, *task.outputs, *task.heldout_outputs, "7 of 8", "1 of 8", "✓ correct"):
        assert text in page
    assert "There is no task" in task_view(results.tasks, "<b>x</b>", None).text
    assert "<b>x" not in task_view(results.tasks, "<b>x</b>", None).text


def test_an_answer_cannot_turn_what_stands_beside_it(results_dir, tmp_path):
    copied = shutil.copytree(results_dir, tmp_path / "results")
    read = read_results(copied)
    entry, other = read.entry("on-test-only"), read.entry("target")
    file = entry.folder / "predictions.jsonl"
    file.write_text(file.read_text().replace('"x"', json.dumps("\u202e\u0000)1 fo 1(")))
    place = FIRST.replace("/test/", "/test_both/")
    for page in (
        task_view(read.tasks, place, entry).text,
        differing_tasks(read.tasks, entry, other, "test_both", "second").text,
    ):
        assert "<code>\\u202e\\x00)1 fo 1(</code>" in page
        assert "\u202e" not in page


def test_the_map_has_every_task_where_it_is_and_how_often_it_is_solved(results):
    data = json.loads(map_data(results.tasks, results.entry("everywhere"), list(SPLITS)))
    right = np.frombuffer(base64.b64decode(data["accuracy"]), dtype=np.uint8)
    assert data["splits"] == [[split, 40] for split in SPLITS]
    assert right.tolist() == [data["steps"], 0] * 80
    for space, drawn in data["spaces"].items():
        points = np.frombuffer(base64.b64decode(drawn["points"]), dtype="<u2").reshape(-1, 2)
        low, high = np.array(drawn["low"]), np.array(drawn["high"])
        places = np.concatenate([results.tasks.coordinates("support_shift", split, space) for split in SPLITS])
        assert np.abs(low + points / data["grid"] * (high - low) - places).max() <= (high - low).max() / data["grid"]


def test_counts_of_other_tasks_are_refused(results):
    with pytest.raises(MetricError, match="has 39"):
        counts_of(results.entry("target"), "test", 39)


def test_two_models_are_compared_task_by_task(results):
    page = comparison(results.entry("on-test-only"), results.entry("everywhere"), SPLITS).text
    assert page.count("+50.0") >= 1
    assert page.count("−50.0") >= 3
    assert "≠ 0" in page
    listed = differing_tasks(
        results.tasks, results.entry("on-test-only"), results.entry("everywhere"), "test", "first"
    ).text
    assert "A is right more often on 20 tasks of test" in listed
    assert ">000001<" in listed
    assert ">000000<" not in listed


def test_the_curves_have_a_point_for_every_fifth(results):
    scores = results.entry("everywhere").verified["scores"]
    page = distance_figure(scores).text
    n_fifths = sum(
        len(score["by_distance"][name])
        for score in scores.values()
        for name in ("syntactic_distance", "semantic_distance")
    )
    assert page.count("<title>") == n_fifths
    assert "accuracy (%)" in page
    assert "n = 40" in page
