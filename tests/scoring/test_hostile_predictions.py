"""One attack a test: what a predictions file may be made of, and what comes of it; docs/security.md has it in words."""

import bz2
import gzip
import json
import lzma
import os
import pickle
import time
import tracemalloc
import zipfile

import pytest
from strategies import XY3

from arith_synth.errors import MetricError
from arith_synth.files import (
    MAX_DOCUMENT_BYTES,
    MAX_FILE_BYTES,
    MAX_LINE_BYTES,
    MAX_LINES,
    parse_object,
    printable,
    read_json,
)
from arith_synth.scoring import Prediction, outcomes_of, read_predictions, write_predictions
from arith_synth.scoring.predictions import MAX_COMPLETIONS_IN_FILE

GOOD = b'{"task_id": "support_shift/test/000000", "completions": ["x"], "seed": 0}\n'
#: Generous: what is refused is refused in milliseconds.
MAX_SECONDS = 10.0
MAX_MEMORY_BYTES = 256 << 20


def refusal(path, read=read_predictions):
    """The message with which a file is refused, after checks of its form and of the time it took."""
    started = time.perf_counter()
    with pytest.raises(MetricError) as caught:
        read(path)
    assert time.perf_counter() - started < MAX_SECONDS
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 300 + len(printable(str(path)))
    return message


def written(tmp_path, content):
    path = tmp_path / "predictions.jsonl"
    path.write_bytes(content)
    return path


def test_a_gzip_bomb_is_not_unpacked(tmp_path):
    bomb = gzip.compress(gzip.compress(b"\0" * 100_000_000))
    assert "is compressed with gzip; give the JSON itself" in refusal(written(tmp_path, bomb))


@pytest.mark.parametrize(
    ("pack", "name"),
    [(bz2.compress, "bzip2"), (lzma.compress, "xz"), (lambda content: b"\x28\xb5\x2f\xfd" + content, "zstd")],
)
def test_other_compressed_files_are_not_unpacked(tmp_path, pack, name):
    assert f"compressed with {name}" in refusal(written(tmp_path, pack(GOOD)))


def test_an_archive_is_not_opened(tmp_path):
    with zipfile.ZipFile(tmp_path / "predictions.jsonl", "w") as archive:
        archive.writestr("../../escaped.jsonl", GOOD)
    assert "is a zip archive" in refusal(tmp_path / "predictions.jsonl")


class _Bait:
    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return (os.mkdir, (self.trace,))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_not_loaded(tmp_path, protocol):
    trace = tmp_path / "it ran"
    message = refusal(written(tmp_path, pickle.dumps(_Bait(str(trace)), protocol)))
    assert "pickle" in message or "not valid JSON" in message
    assert not trace.exists()


def test_yaml_is_not_read(tmp_path):
    trace = tmp_path / "it ran"
    content = f'!!python/object/apply:os.mkdir ["{trace}"]\n- task_id: x\n'
    assert "line 1: not valid JSON" in refusal(written(tmp_path, content.encode()))
    assert not trace.exists()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8-sig"])
def test_other_encodings_are_named(tmp_path, encoding):
    mark = "" if encoding == "utf-8-sig" else "\ufeff"
    message = refusal(written(tmp_path, (mark + GOOD.decode()).encode(encoding)))
    assert "UTF-16" in message or "byte order mark" in message


@pytest.mark.parametrize("n_levels", [200, 10**6])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_is_refused_however_deep(tmp_path, n_levels, opening, closing):
    n_levels = min(n_levels, (MAX_LINE_BYTES - 100) // len(opening + closing))
    content = b'{"task_id": "a/b/1", "completions": %s1%s}\n' % (opening * n_levels, closing * n_levels)
    assert "nested more than 100 levels deep" in refusal(written(tmp_path, content))


def test_a_million_digits_are_not_converted(tmp_path):
    content = b'{"task_id": "a/b/1", "completions": ["x"], "seed": ' + b"9" * 10**6 + b"}\n"
    assert "an integer of more than 25 digits" in refusal(written(tmp_path, content))


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_none_are_refused(tmp_path, number):
    content = f'{{"task_id": "a/b/1", "completions": ["x"], "seed": {number}}}\n'
    assert "line 1: not valid JSON" in refusal(written(tmp_path, content.encode()))


def test_a_number_of_a_million_digits_after_the_point_is_no_seed(tmp_path):
    content = b'{"task_id": "a/b/1", "completions": ["x"], "seed": 0.' + b"9" * 10**6 + b"}\n"
    assert "seed is not an integer" in refusal(written(tmp_path, content))


def test_a_line_of_megabytes_is_refused_before_it_is_parsed(tmp_path):
    content = GOOD + b'{"task_id": "' + b"x" * (4 * MAX_LINE_BYTES)
    assert f"line 2: longer than {MAX_LINE_BYTES} bytes" in refusal(written(tmp_path, content))


def test_a_line_of_a_million_lists_is_no_answer(tmp_path):
    content = b'{"task_id": "a/b/1", "completions": [' + b"[]," * 10**6 + b"1]}\n"
    assert "completions is not a list of 1 to 10000 texts" in refusal(written(tmp_path, content))


@pytest.mark.slow  # tracing is
@pytest.mark.parametrize("filling", [b"[],", b"{},", b'"",', b"1,", b"[", b"x"], ids=ascii)
def test_one_line_takes_bounded_memory(tmp_path, filling):
    path = written(tmp_path, b'{"task_id": [' + filling * ((MAX_LINE_BYTES - 100) // len(filling)) + b"1]}\n")
    tracemalloc.start()
    try:
        with pytest.raises(MetricError):
            read_predictions(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MAX_MEMORY_BYTES


def test_a_line_of_distinct_and_of_equal_keys_is_refused(tmp_path):
    keys = b",".join(b'"%d":1' % index for index in range(200_000))
    assert "unknown field" in refusal(written(tmp_path, b"{" + keys + b"}\n"))
    assert "a key stands twice" in refusal(written(tmp_path, b'{"task_id": "a/b/1",' + keys + b"," + keys + b"}\n"))
    inner = b'{"task_id": "a/b/1", "completions": [{"a": 1, "a": 2}]}\n'
    assert "a key stands twice" in refusal(written(tmp_path, inner))


def test_a_file_of_too_many_lines_is_refused(tmp_path):
    assert f"more than {MAX_LINES} lines" in refusal(written(tmp_path, b"\n" * (MAX_LINES + 1)))


def test_a_file_of_too_many_bytes_is_refused_by_its_size(tmp_path):
    path = written(tmp_path, b"")
    os.truncate(path, MAX_FILE_BYTES + 1)  # a hole: it takes no place on the disk
    assert f"at most {MAX_FILE_BYTES} are read" in refusal(path)
    os.truncate(path, MAX_DOCUMENT_BYTES + 1)
    assert f"at most {MAX_DOCUMENT_BYTES} are read" in refusal(path, read_json)


@pytest.mark.slow
def test_a_file_of_too_many_completions_is_refused(tmp_path):
    path = tmp_path / "predictions.jsonl"
    completions = ",".join(['""'] * 10_000)
    with path.open("w") as file:
        for index in range(MAX_COMPLETIONS_IN_FILE // 10_000 + 1):
            file.write(f'{{"task_id": "a/b/{index}", "completions": [{completions}]}}\n')
    with pytest.raises(MetricError, match=f"line 1001: more than {MAX_COMPLETIONS_IN_FILE} completions"):
        read_predictions(path)


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    os.symlink("/dev/zero", tmp_path / "zeros")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "zeros", "folder", "absent"):
        assert "there is no file" in refusal(tmp_path / name)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\n", "\u202e", "\u2066", "\ud800", "\u2028"], ids=ascii)
def test_messages_show_no_control_or_bidi_character_of_a_file(tmp_path, character):
    for row in (
        {"task_id": f"a{character}b", "completions": [1]},
        {"task_id": "a/b/1", "completions": ["x"], f"x{character}": 1},
        {"task_id": "a/b/1", "completions": ["x"], "seed": character},
    ):
        refusal(written(tmp_path, json.dumps(row).encode()))
    twice = json.dumps({"task_id": f"a{character}b", "completions": ["x"]}).encode()
    assert "stands twice" in refusal(written(tmp_path, twice + b"\n" + twice))


@pytest.mark.parametrize("character", ["\x1b", "\n", "\u202e"], ids=ascii)
def test_messages_show_no_control_or_bidi_character_of_a_path(tmp_path, character):
    path = tmp_path / f"predictions{character}.jsonl"
    assert "there is no file" in refusal(path)
    for content in (b"", b"{}\n", b"x\n", gzip.compress(GOOD)):
        path.write_bytes(content)
        refusal(path)


def test_an_escape_of_what_is_not_printed_can_be_read():
    assert printable("x\u202e\n\ud800é − ") == "x\\u202e\\n\\ud800é − "


def test_a_text_may_hold_what_a_message_may_not():
    row = parse_object('{"a": "\\u0000\\u202e\\ud800"}', "here")
    assert row == {"a": "\x00\u202e\ud800"}


#: Texts that are no program; every task is scored all the same.
HOSTILE_COMPLETIONS = [
    "x\x00",
    "\u202ex + 1",
    "\ud800",
    "(" * 10**6,
    "9" * 10**6,
    "x" * 10**6,
    "**" * 10**5,
    "`" * 10_000,
    "<think>" * 1_000,
    "\\frac{" * 2_000,
    "<script>alert(1)</script>",
    "__import__('os').mkdir('it ran')",
    "```python\nimport os; os.mkdir('it ran')\n```",
    "def f(x, y):\n    return __import__('os').mkdir('it ran')",
    '{"answer": 1e999}',
    "| | |\n| --- |",
]


def test_completions_of_any_content_are_only_wrong_and_the_others_count(tmp_path, make_task, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tasks = [make_task("x + 1", 0), make_task("x * y", 1)]
    write_predictions(
        tmp_path / "predictions.jsonl",
        [
            Prediction(task_id=tasks[0].task_id, completions=(*HOSTILE_COMPLETIONS, "x + 1")),
            Prediction(task_id=tasks[1].task_id, completions=("x * y",)),
        ],
    )
    started = time.perf_counter()
    first, second = outcomes_of(tasks, read_predictions(tmp_path / "predictions.jsonl"), XY3)
    assert time.perf_counter() - started < MAX_SECONDS
    assert (first.n_completions, first.n_parsed, first.n_correct) == (len(HOSTILE_COMPLETIONS) + 1, 1, 1)
    assert second.n_correct == 1
    assert sum(first.reasons.values()) == len(HOSTILE_COMPLETIONS)
    assert all(reason.isprintable() and len(reason) < 200 for reason in first.reasons)
    assert os.listdir(tmp_path) == ["predictions.jsonl"]


def test_a_program_made_to_explode_numerators_is_executed_at_once(make_task):
    task = make_task("x + 1")
    tower = "1"
    for _ in range(10):
        tower = f"x/({tower}+y/3)"
    completions = (
        "*".join("x" * 32),
        "/".join("x" * 32),
        "*".join(["(x+y/3)"] * 10),
        tower,
        "+".join(f"{n}/(x+y)" for n in (1, 2, 3) * 2) + "+1/(x-y/3)/(y-x/3)",
    )
    started = time.perf_counter()
    (outcome,) = outcomes_of([task], [Prediction(task_id=task.task_id, completions=completions)], XY3)
    assert time.perf_counter() - started < MAX_SECONDS
    assert outcome.n_parsed == len(completions)
    assert outcome.n_correct == 0
