"""An uploaded file is graded as everywhere, or refused in one line that says why."""

import gzip
import json
import pickle

import pytest

from arith_synth.evaluation.grading import grade, questions_of
from arith_synth.leaderboard import checking
from arith_synth.leaderboard.checking import check_upload
from arith_synth.leaderboard.wording import percent
from arith_synth.scoring import read_predictions

ROW = {"task_id": "support_shift/test/000000", "completions": ["x"]}


def check(results, path, *, lite=False, strict=False):
    return check_upload(results.tasks, path, lite=lite, strict=strict).text


@pytest.fixture
def good(results, tmp_path):
    """Answers to one split, every second one right."""
    path = tmp_path / "predictions.jsonl"
    tasks = results.tasks.tasks("support_shift", ["test_both"])
    rows = [
        {"task_id": task.task_id, "completions": [task.program if place % 2 else "x"]}
        for place, task in enumerate(tasks)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_good_file_has_the_scores_of_every_other_tool(results, small_dataset, good):
    page = check(results, good)
    graded = grade(questions_of(small_dataset, "support_shift", ["test_both"]), read_predictions(good))
    scores = graded.scores["test_both"]
    assert scores["execution_accuracy"] == 0.5
    assert "✓ Graded" in page
    for rate in (scores["execution_accuracy"], *scores["interval_95"], scores["consistent"]):
        assert percent(rate) in page


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "holds no predictions"),
        (b"not json\n", "line 1: not valid JSON"),
        (b'{"task_id": 1, "completions": ["x"]}\n', "task_id is not a text"),
        (b'{"task_id": "a", "task_id": "b", "completions": ["x"]}\n', "not valid JSON"),
        (b"[" * 1_000_000, "nested more than 100 levels deep"),
        (b"{" + b" " * (5 << 20) + b"}", "longer than"),
        (b"\x00\xff\xfe", "not valid JSON"),
        (pickle.dumps(print), "is a pickle, which is never opened"),
        (gzip.compress(b"0" * 1000, mtime=0), "is compressed with gzip"),
        (json.dumps(ROW).encode(), "39 of 40 tasks lack a prediction"),
        (json.dumps({**ROW, "task_id": "random/test/000000"}).encode(), "only support_shift can be checked"),
        (json.dumps({**ROW, "task_id": "support_shift/train/000000"}).encode(), "unknown split"),
        (json.dumps({**ROW, "task_id": "../../etc/passwd"}).encode(), "is not &lt;config&gt;/&lt;split&gt;"),
        (json.dumps({**ROW, "task_id": "<img src=x onerror=alert(1)>"}).encode(), "&lt;img src=x"),
        ((json.dumps(ROW) + "\n").encode() * 2, "stands twice"),
    ],
    ids=lambda value: value.split(":")[0] if isinstance(value, str) else "",
)
def test_a_bad_file_is_refused_with_its_reason(results, tmp_path, content, reason):
    path = tmp_path / "predictions.jsonl"
    path.write_bytes(content)
    page = check(results, path)
    assert "✗ Refused" in page
    assert reason in page
    assert "<img" not in page
    assert str(tmp_path) not in page
    assert "\n" not in page


def test_uploads_are_bounded(results, good, monkeypatch):
    monkeypatch.setattr(checking, "MAX_COMPLETIONS", 39)
    assert "at most 39 are checked here" in check(results, good)
    monkeypatch.setattr(checking, "MAX_UPLOAD_BYTES", 10)
    assert "at most 10 are checked here" in check(results, good)


def test_a_file_of_a_hostile_name_is_a_text(results, good):
    assert "<img" not in check(results, good.rename(good.with_name("<img src=x onerror=alert(1)>.jsonl")))


def test_a_file_whose_name_turns_the_direction_of_writing_is_an_escape(results, good):
    turned = good.rename(good.with_name("\u202elnosj.jsonl"))
    assert "\\u202elnosj.jsonl, support_shift" in check(results, turned)
    turned.write_bytes(b"\x80\x04N.")
    said = check(results, turned)
    assert "</b>\\u202elnosj.jsonl is a pickle" in said
    assert str(turned.parent) not in said


def test_without_tasks_nothing_is_graded(good):
    assert "no tasks.parquet" in check_upload(None, good, lite=False, strict=False).text


def test_strict_takes_completions_as_they_stand(results, good):
    good.write_text(good.read_text().replace('"x"', '"```\\nx\\n```"'))
    assert "100.0" in check(results, good)
    assert "Completions that are no program" in check(results, good, strict=True)
