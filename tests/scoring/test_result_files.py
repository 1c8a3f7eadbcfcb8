import contextlib
import json
import os
import pickle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arith_synth.errors import MetricError
from arith_synth.files import MAX_LINE_BYTES, read_json
from arith_synth.scoring import (
    Prediction,
    TaskOutcome,
    read_outcomes,
    read_predictions,
    write_atomically,
    write_outcomes,
    write_predictions,
)

GOOD = '{"task_id": "support_shift/test/000000", "completions": ["x"], "seed": 0}\n'
SHARED_FOLDER = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(st.lists(st.lists(st.text(), min_size=1, max_size=3), min_size=1, max_size=4), st.integers(0, 9))
@SHARED_FOLDER
def test_reading_inverts_writing_for_any_text(tmp_path, answers, seed):
    predictions = [
        Prediction(task_id=f"support_shift/test/{index:06d}", completions=tuple(texts), seed=seed)
        for index, texts in enumerate(answers)
    ]
    write_predictions(tmp_path / "predictions.jsonl", predictions)
    assert read_predictions(tmp_path / "predictions.jsonl") == predictions


HOSTILE_LINES = {
    "not JSON": b"x + 1\n",
    "a list": b"[1, 2]\n",
    "a duplicate key": b'{"task_id": "a/b/1", "task_id": "a/b/2", "completions": ["x"]}\n',
    "an unknown field": b'{"task_id": "a/b/1", "completions": ["x"], "score": 1}\n',
    "no completions": b'{"task_id": "a/b/1", "completions": []}\n',
    "completions that are one text": b'{"task_id": "a/b/1", "completions": "x"}\n',
    "a completion that is a number": b'{"task_id": "a/b/1", "completions": [1]}\n',
    "a task id that is a number": b'{"task_id": 1, "completions": ["x"]}\n',
    "a seed that is a truth value": b'{"task_id": "a/b/1", "completions": ["x"], "seed": true}\n',
    "not a number": b'{"task_id": "a/b/1", "completions": ["x"], "seed": NaN}\n',
    "a million digits": b'{"task_id": "a/b/1", "completions": ["x"], "seed": ' + b"1" * 1_000_000 + b"}\n",
    "a million brackets": b'{"task_id": ' + b"[" * 1_000_000 + b"}\n",
    "a line of megabytes": b'{"task_id": "' + b"x" * MAX_LINE_BYTES + b"\n",
    "no UTF-8": b"\xff\xfe\n",
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\n",
    "a pickle": pickle.dumps({"task_id": "a/b/1"}) + b"\n",
    "an endless task id": b'{"task_id": "' + b"a" * 1000 + b'", "completions": ["x"]}\n',
    "the task of the line before": GOOD.encode(),
}


@pytest.mark.parametrize("name", HOSTILE_LINES)
def test_a_hostile_line_is_refused_by_its_number_in_one_short_line(tmp_path, name):
    path = tmp_path / "predictions.jsonl"
    path.write_bytes(GOOD.encode() + HOSTILE_LINES[name])
    with pytest.raises(MetricError, match="line 2") as caught:
        read_predictions(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300 + len(str(path))


@given(st.binary(max_size=200))
@SHARED_FOLDER
def test_any_bytes_are_read_or_refused(tmp_path, content):
    path = tmp_path / "predictions.jsonl"
    path.write_bytes(content)
    with contextlib.suppress(MetricError):  # any other error is a bug
        read_predictions(path)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["task_id", "completions", "seed", "size", "reasons", "z"]), inner, max_size=4
            )
        ),
        max_leaves=8,
    )
)
@SHARED_FOLDER
def test_any_json_is_read_or_refused(tmp_path, value):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(value) + "\n")
    for read in (read_predictions, read_outcomes):
        with contextlib.suppress(MetricError):
            read(path)


def test_blank_lines_are_skipped_and_an_empty_file_is_an_error(tmp_path):
    path = tmp_path / "predictions.jsonl"
    path.write_text("\n" + GOOD + "\n")
    assert len(read_predictions(path)) == 1
    path.write_text("\n")
    with pytest.raises(MetricError, match="no predictions"):
        read_predictions(path)
    with pytest.raises(MetricError, match="there is no file"):
        read_predictions(tmp_path / "absent.jsonl")


def outcome(**fields):
    counts = dict.fromkeys(("n_parsed", "n_consistent", "n_correct", "n_equivalent", "n_exact_match"), 1)
    return TaskOutcome(task_id="support_shift/test/000000", size=3, **{"n_completions": 2, **counts, **fields})


def test_outcomes_survive_their_file(tmp_path):
    outcomes = [outcome(n_in_region=0, size_ratio=1.5, semantic_distance=0.25, reasons={"an operand is missing": 1})]
    write_outcomes(tmp_path / "outcomes.jsonl", outcomes)
    assert read_outcomes(tmp_path / "outcomes.jsonl") == outcomes


@pytest.mark.parametrize(
    "change",
    [
        {"n_correct": 3},
        {"n_correct": -1},
        {"n_completions": 0},
        {"n_completions": 10**12},
        {"n_parsed": True},
        {"size": "3"},
        {"size": None},
        {"semantic_distance": "1e999"},
        {"reasons": {"why": "often"}},
        {"reasons": {"\u202eyhw": 1}},
        {"rules": {"x" * 1000: 1}},
        {"score": 1},
    ],
)
def test_impossible_outcomes_are_refused(tmp_path, change):
    path = tmp_path / "outcomes.jsonl"
    write_outcomes(path, [outcome()])
    row = {**json.loads(path.read_text()), **change}
    path.write_text(json.dumps(row).replace('"1e999"', "1e999"))
    with pytest.raises(MetricError, match="again|a number beyond all floats"):
        read_outcomes(path)


def test_an_interrupted_write_leaves_the_old_file_and_nothing_aside(tmp_path):
    path = tmp_path / "report.md"
    write_atomically(path, "old")

    def interrupted():
        yield "new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, interrupted())
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.md"]


def test_a_folder_that_cannot_be_written_passes_the_systems_error_on(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        write_atomically(tmp_path / "file" / "report.md", "text")


def test_duplicate_keys_are_refused_at_any_depth(tmp_path):
    (tmp_path / "run.json").write_text('{"scores": {"n": 1, "n": 2}}')
    with pytest.raises(MetricError, match="twice"):
        read_json(tmp_path / "run.json")
