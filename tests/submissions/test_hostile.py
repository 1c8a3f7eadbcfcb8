"""Attacks: each is rejected with its reason, or harmless, in bounded time and memory; nothing crashes."""

import gzip
import json
import os
import pickle
import time
import tracemalloc

import pytest
from submissions.conftest import SAID
from submissions.reasons import reason

from arith_synth.errors import MetricError
from arith_synth.scoring import Prediction, read_predictions, write_predictions
from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.submissions.entries import (
    MAX_SUBMISSION_BYTES,
    SELF_REPORTED,
    SUBMISSION_FILE,
    VERIFICATION_FILE,
    read_entries,
)
from arith_synth.submissions.making import submission_of, write_submission
from arith_synth.submissions.verification import verify_submission

#: Generous on a busy machine; the honest submission takes a tenth.
MAX_S = 20.0
MAX_BYTES = 400 << 20


@pytest.fixture
def verify(folder, small_dataset):
    """Verify the folder as it stands, within bounds."""

    def bounded():
        tracemalloc.start()
        started = time.monotonic()
        try:
            record = verify_submission(folder, small_dataset)
            assert tracemalloc.get_traced_memory()[1] < MAX_BYTES
        finally:
            tracemalloc.stop()
        assert time.monotonic() - started < MAX_S
        return record

    return bounded


@pytest.fixture
def replace_line(folder):
    """Put other bytes in place of the first line of predictions.jsonl."""

    def replace(content: bytes) -> None:
        lines = (folder / PREDICTIONS_FILE).read_bytes().splitlines(keepends=True)
        (folder / PREDICTIONS_FILE).write_bytes(b"".join([content + b"\n", *lines[1:]]))

    return replace


LINES = {
    "five megabytes": (b'{"task_id": "' + b"a" * (5 << 20) + b'"}', "line 1: longer than"),
    "nested a million deep": (b"[" * 1_000_000, "nested"),
    "objects nested 400,000 deep": (b'{"a":' * 400_000, "nested"),
    "a million digits": (b'{"task_id": "a", "completions": ["x"], "seed": 1' + b"0" * 1_000_000 + b"}", "line 1: "),
    "duplicate keys": (b'{"task_id": "a", "task_id": "b", "completions": ["x"]}', "a key stands twice"),
    "NaN": (b'{"task_id": "a", "completions": ["x"], "seed": NaN}', "NaN is not JSON"),
    "a tag of YAML": (b"!!python/object/apply:os.system ['touch /tmp/x']", "line 1: not valid JSON"),
    "a pickle": (pickle.dumps({"task_id": "a"}), "is a pickle, which is never opened"),
    "a gzip bomb": (gzip.compress(b"0" * (50 << 20)), "is compressed with gzip"),
    "UTF-16": ('{"task_id": "a"}'.encode("utf-16"), "is in UTF-16"),
    "a list": (b"[]", "line 1: a JSON list"),
    "one string": (b'{"task_id": "support_shift/test/000000", "completions": "x"}', "completions is not a list"),
    "no completion": (b'{"task_id": "support_shift/test/000000", "completions": []}', "completions is not a list"),
    "half a million completions": (
        b'{"task_id": "support_shift/test/000000", "completions": [' + b'"",' * 500_000 + b'""]}',
        "completions is not a list of 1 to",
    ),
    "an unknown field": (b'{"task_id": "support_shift/test/000000", "completions": ["x"], "correct": 1}', "unknown"),
}


@pytest.mark.parametrize("attack", LINES)
def test_a_hostile_line_is_rejected_with_its_place(verify, replace_line, attack):
    line, expected = LINES[attack]
    replace_line(line)
    found = reason(verify())
    assert expected in found
    assert len(found) < 600
    assert found.isprintable()


TEXTS = {
    "NUL": "x\x00 + 1",
    "a bidi override": "\u202ex + 1\u202c",
    "HTML": "<script>alert(1)</script>",
    "nested 8,000 deep": "(" * 8_000 + "x" + ")" * 8_000,
    "16,000 digits": "9" * 16_000,
    "signs": "-" * 16_000 + "x",
    "exploding numerators": "*".join(["(x * x * 3 - y / 3)"] * 10),
    "a tower of quotients": "/".join(["(x * 3 / y)"] * 16),
    "a lone surrogate": "\ud800",
    "a code fence without end": "```" * 5_000,
    "one answer line after another": "answer: x\n" * 1_600,
    "LaTeX without end": "\\frac{" * 2_600,
    "powers": "x**9**9**9**9",
}


@pytest.mark.parametrize("attack", TEXTS)
def test_a_hostile_completion_is_scored_like_any_other(folder, small_dataset, run_dir, tmp_path, attack):
    honest = read_predictions(folder / PREDICTIONS_FILE)
    hostile = tmp_path / "run"
    hostile.mkdir()
    record = json.loads((run_dir / "run.json").read_text()) | {"config": {"strict": True}}
    (hostile / "run.json").write_text(json.dumps(record))
    write_predictions(
        hostile / PREDICTIONS_FILE,
        [Prediction(task_id=one.task_id, completions=(TEXTS[attack],), seed=one.seed) for one in honest],
    )
    started = time.monotonic()
    made = write_submission(*submission_of(hostile, small_dataset, SAID), tmp_path / "again")
    result = verify_submission(made, small_dataset)
    assert time.monotonic() - started < MAX_S
    assert result["status"] == SELF_REPORTED


DOCUMENTS = {
    "nothing": (b"", "is not JSON"),
    "nested a million deep": (b"[" * 200_000, "nested more than"),
    "too long": (b" " * (MAX_SUBMISSION_BYTES + 1), "has more than"),
    "a million digits": (b'{"schema_version": 1' + b"0" * 100_000 + b"}", "is not JSON"),
    "beyond all floats": (b'{"temperature": 1e999}', "is not JSON"),
    "duplicate keys": (b'{"name": "a", "name": "b"}', "a key stands twice"),
    "a list": (b"[]", "is not of type"),
    "a tag of YAML": (b"!!python/object:os.system {}", "is not JSON"),
    "a pickle": (pickle.dumps({}), "is not JSON"),
    "a gzip bomb": (gzip.compress(b"0" * (50 << 20)), "is not JSON"),
    "a crowd": (b'{"k": [' + b"{}," * 80_000 + b"{}]}", "80001 members"),
}


@pytest.mark.parametrize("attack", DOCUMENTS)
def test_a_hostile_document_is_rejected(verify, folder, attack):
    content, expected = DOCUMENTS[attack]
    (folder / SUBMISSION_FILE).write_bytes(content)
    assert expected in reason(verify())


@pytest.mark.parametrize("name", ["evil\x00", "a\u202eb", "two\nlines", "\ud800"])
def test_a_name_that_cannot_be_printed_is_rejected(verified, said, name):
    said["model"]["name"] = name
    found = reason(verified())
    assert "cannot be printed" in found or "is not JSON" in found
    assert found.isprintable()


def test_html_in_a_models_name_is_kept_as_data(verified, said, folder):
    said["model"]["name"] = "<img src=x onerror=alert(1)>"
    assert verified()["status"] == SELF_REPORTED
    [entry] = read_entries(folder.parent.parent, report=pytest.fail)
    assert entry.model_name == "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/b", ".", "..", "A", "", "a\n", "x" * 65, "~root", "-rf"])
def test_a_name_is_no_path(verified, said, name):
    said["name"] = name
    reason(verified())


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "http://plain.org", "https://a b", "file:///etc/passwd", "https://a\u202e"]
)
def test_links_are_https(verified, said, link):
    said["links"] = [link]
    reason(verified())


@pytest.mark.parametrize("name", ["weights.pkl", "predictions.jsonl.gz", "code.py", ".hidden", "model.safetensors"])
def test_a_file_that_should_not_be_there_is_rejected(verify, folder, name):
    (folder / name).write_bytes(pickle.dumps(1))
    assert f"'{name}' does not belong into it" in reason(verify())


def test_a_folder_in_the_folder_is_rejected(verify, folder):
    (folder / "more").mkdir()
    assert "'more' does not belong into it" in reason(verify())


@pytest.mark.parametrize("name", [SUBMISSION_FILE, PREDICTIONS_FILE])
def test_a_link_out_of_the_folder_is_not_followed(verify, folder, tmp_path, name):
    (folder / name).rename(tmp_path / "outside")
    (folder / name).symlink_to(tmp_path / "outside")
    assert f"{name} is no plain file" in reason(verify())


def test_a_record_that_is_a_link_is_not_written_through(verify, folder, tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (folder / VERIFICATION_FILE).symlink_to(outside)
    assert "verification.json is no plain file" in reason(verify())
    assert outside.read_text() == "mine"
    assert not (folder / VERIFICATION_FILE).is_symlink()


def test_a_pipe_is_not_waited_for(verify, folder):
    (folder / PREDICTIONS_FILE).unlink()
    os.mkfifo(folder / PREDICTIONS_FILE)
    assert "predictions.jsonl is no plain file" in reason(verify())


def test_a_record_that_is_a_folder_is_one_line(verify, folder):
    (folder / VERIFICATION_FILE).mkdir()
    with pytest.raises(MetricError, match="is a folder; remove it"):
        verify()


def test_a_file_beyond_the_limit_is_not_read(verify, folder):
    with (folder / PREDICTIONS_FILE).open("r+b") as file:
        file.truncate(2 << 30)  # a hole: no disk is taken
    assert "at most 67108864 are read" in reason(verify())


def test_a_file_of_many_short_lines_is_not_read_to_its_end(verify, folder):
    (folder / PREDICTIONS_FILE).write_bytes(b'{"task_id":"a","completions":["x"]}\n' * 500_000)
    assert "more than 160 lines" in reason(verify())
