"""Reading a results folder: what is bad is left out and told, in one line each."""

import json
import shutil
import subprocess
import sys

import pytest

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


def test_without_a_report_standard_error_is_told(results, folder, capsys):
    (folder / SUBMISSION_FILE).write_text("{}")
    assert read_entries(results) == []
    assert capsys.readouterr().err.startswith("left out: ")


def test_what_is_no_folder_is_passed_over(results, folder):
    (folder.parent / "README.md").write_text("hello")
    (folder.parent / ".cache").mkdir()
    assert len(told(results)[0]) == 1


def test_importing_the_room_is_light():
    code = f"import sys, arith_synth.submissions; print([m for m in {HEAVY!r} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"
