"""Reading a results folder: what is bad is left out and told, in one line each."""

import json
import shutil
import subprocess
import sys

import pytest

from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.submissions.entries import SUBMISSION_FILE, VERIFICATION_FILE, read_entries

HEAVY = ("torch", "transformers", "datasets", "huggingface_hub", "pyarrow", "numba", "jsonschema", "gradio")


@pytest.fixture
def results(folder, verified):
    verified()
    return folder.parent.parent


def told(results):
    lines = []
    return read_entries(results, report=lines.append), lines


def test_a_folder_without_submissions_has_no_entries(tmp_path):
    assert told(tmp_path) == ([], [])


def test_entries_come_by_name(results, folder):
    for name in ("zeta", "alpha"):
        copy = shutil.copytree(folder, folder.parent / name)
        said = json.loads((copy / SUBMISSION_FILE).read_text())
        (copy / SUBMISSION_FILE).write_text(json.dumps(said | {"name": name}))
    entries, lines = told(results)
    assert [entry.name for entry in entries] == ["alpha", "random", "zeta"]
    assert [entry.status for entry in entries] == [None, "self-reported", None]
    assert lines == []


def test_a_folder_with_another_name_is_left_out_and_told(results, folder):
    folder.rename(folder.parent / "renamed")
    entries, [line] = told(results)
    assert entries == []
    assert line.startswith("left out: ")
    assert "has another name" in line


def change(file, **members):
    file.write_text(json.dumps(json.loads(file.read_text()) | members))


@pytest.mark.parametrize(
    "members",
    [
        {"schema_version": 2},
        {"status": "excellent"},
        {"scores": None},
        {"n_correct": {"test": [1]}},
        {"n_correct": {split: ["<b>"] for split in ("test", "test_semantic", "test_syntactic", "test_both")}},
        {"n_correct": {split: [2] * 40 for split in ("test", "test_semantic", "test_syntactic", "test_both")}},
        {"worst_split": {"split": "train", "value": 1, "interval_95": [0, 1]}},
        {"mean": {"value": "1", "interval_95": [0, 1]}},
        {"mean": {"value": True, "interval_95": [0, 1]}},
        {"headline": {split: {"value": 1} for split in ("test", "test_semantic", "test_syntactic", "test_both")}},
        {"headline_out_of": "1"},
    ],
)
def test_a_record_that_nobody_can_rank_by_is_left_out_and_told(results, folder, members):
    change(folder / VERIFICATION_FILE, **members)
    entries, [line] = told(results)
    assert entries == []
    assert "run arith-synth verify-submission" in line


def with_scores(**members):
    """A damage to the scores of one split, as a function of the record."""

    def damage(record):
        record["scores"]["test"] |= members

    return damage


def with_value(record):
    record["headline"]["test"]["value"] += 0.5


def with_n(record):
    record["headline"]["test"]["n"] = 39


def with_interval(record):
    record["mean"]["interval_95"] = [0.9, 1.0]


def with_worst(record):
    other = max(record["headline"], key=lambda split: (record["headline"][split]["value"], split))
    assert other != record["worst_split"]["split"]
    record["worst_split"] = {"split": other, **record["headline"][other]}


BIN = {"from": 0.0, "to": 1.0, "n": 40, "execution_accuracy": 0.5, "interval_95": [0.0, 1.0]}


@pytest.mark.parametrize(
    "damage",
    [
        with_value,
        with_n,
        with_interval,
        with_worst,
        with_scores(consistent=None),
        with_scores(n="<b>"),
        with_scores(copied={"share": 0.5}),
        with_scores(copied=[1]),
        with_scores(by_distance=None),
        with_scores(by_distance={"syntactic_distance": 7}),
        with_scores(by_distance={"syntactic_distance": [BIN | {"to": 1e308}]}),
        with_scores(by_distance={"syntactic_distance": [BIN | {"from": -1.0}]}),
        with_scores(by_distance={"syntactic_distance": [BIN | {"interval_95": None}]}),
        lambda record: record["scores"].update(test=None),
        lambda record: record["n_correct"].update(test=[0]),
    ],
)
def test_a_record_that_would_take_the_page_down_or_contradicts_itself_is_left_out(results, folder, damage):
    record = json.loads((folder / VERIFICATION_FILE).read_text())
    damage(record)
    (folder / VERIFICATION_FILE).write_text(json.dumps(record))
    entries, [line] = told(results)
    assert entries == []
    assert "run arith-synth verify-submission" in line


@pytest.mark.parametrize("text", ['{"status": 1, "status": 2}', "NaN", "[" * 10**6, "1" * 10**6, "", "\x00", '{"a": '])
def test_a_record_that_is_no_plain_json_is_left_out(results, folder, text):
    (folder / VERIFICATION_FILE).write_text(text)
    entries, [line] = told(results)
    assert entries == []
    assert "is no verification" in line


@pytest.mark.parametrize("change_file", ["changed", "absent", "link"])
def test_answers_that_were_exchanged_after_verification_have_no_scores(results, folder, tmp_path, change_file):
    file = folder / PREDICTIONS_FILE
    content = file.read_text()
    file.unlink()
    if change_file == "changed":
        file.write_text(content.replace('"x', '"y', 1) + " ")
    elif change_file == "link":
        (tmp_path / "elsewhere").write_text(content)
        file.symlink_to(tmp_path / "elsewhere")
    [entry], lines = told(results)
    assert (entry.status, lines) == (None, [])


def test_without_a_report_standard_error_is_told(results, folder, capsys):
    (folder / SUBMISSION_FILE).write_text("{}")
    assert read_entries(results) == []
    assert capsys.readouterr().err.startswith("left out: ")


def test_a_folders_name_is_told_in_one_line_that_no_terminal_obeys(results, folder):
    (folder.parent / "a\n\x1b[31m\u202eb").mkdir()
    entries, [line] = told(results)
    assert len(entries) == 1
    assert line.isprintable()


def test_what_is_no_folder_is_passed_over(results, folder):
    (folder.parent / "README.md").write_text("hello")
    (folder.parent / ".cache").mkdir()
    assert len(told(results)[0]) == 1


def test_importing_the_room_is_light():
    code = f"import sys, arith_synth.submissions; print([m for m in {HEAVY!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"
