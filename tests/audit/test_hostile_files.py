"""Files of a folder as an enemy would write them: one line or a claim that does not hold; no traceback, no waiting."""

import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from arith_synth.errors import DatasetError
from arith_synth.files import parse_json
from arith_synth.grammar import Grammar
from arith_synth.splits.audit.coordinates import frozen_bases
from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.file_claims import check_checksums
from arith_synth.splits.audit.folder import read_folder
from arith_synth.splits.audit.identity import sample_rows
from arith_synth.splits.audit.layout_claims import check_layout
from arith_synth.splits.audit.scan import scan_file
from arith_synth.splits.audit.schema_claims import check_schema

SPLIT = "random/test"
FILE = f"{SPLIT}-00000-of-00001.parquet"
DEEP = '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"
NO_JSON = [
    DEEP,
    "[" * 101 + "]" * 101,
    "NaN",
    '{"a": [-Infinity]}',
    "[1e999]",
    "1" + "0" * 25,
    "1" + "0" * 5_000,
    r'{"a": ["\ud800"]}',
    r'{"\udfff": 1}',
    '{"a": 1, "a": 2}',
    b'"\xff"',
    "{",
]


@pytest.mark.parametrize("text", NO_JSON, ids=range(len(NO_JSON)))
def test_what_is_not_plain_json_is_a_value_error(text: str | bytes):
    with pytest.raises(ValueError, match="."):
        parse_json(text)


@pytest.mark.parametrize(
    "value",
    [[], {}, None, -(10**24), "\N{GRINNING FACE}é", {"é": [1.5, True, {"b": [[]]}]}, json.loads("[" * 99 + "]" * 99)],
)
def test_plain_json_is_read_as_it_is(value: object):
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize("name", ["build.json", "checksums.json"])
@pytest.mark.parametrize("text", [DEEP, r'{"a": "\ud800"}', "[1" + "0" * 400 + "]"], ids=["deep", "surrogate", "large"])
def test_a_json_file_that_no_reader_can_bear(copy, name: str, text: str):
    (copy.path / name).write_text(text)
    with pytest.raises(DatasetError, match=f"{name} is not JSON") as raised:
        read_folder(copy.path)
    assert "\n" not in str(raised.value)
    str(raised.value).encode("utf-8")


ENTRIES = [
    ("max_size", True),
    ("max_size", 10**400),
    ("canary", "\ud800" * 20),
    ("n_classes", 10**400),
    ("grammar", {"constants": [float("inf")]}),
    ("grammar", {"constants": [1.5]}),
    ("grammar", {"constants": [True]}),
    ("grammar", {"constants": 5}),
    ("grammar", {"variables": "xy"}),
    ("grammar", {"variables": 2}),
    ("grammar", {"variables": [1, 2]}),
    ("grammar", {"operators": "+-*/"}),
    ("grammar", {"operators": [["+"]]}),
    ("grammar", {"name": "../" * 100}),
    ("grammar", {"name": ["xy3"]}),
]


@pytest.mark.parametrize(("entry", "value"), ENTRIES, ids=range(len(ENTRIES)))
def test_an_entry_of_build_json_that_describes_nothing(copy, entry: str, value):
    if isinstance(value, dict):
        value = copy.build()[entry] | value
    copy.change_build(**{entry: value})
    with pytest.raises(DatasetError, match=r"build\.json") as raised:
        read_folder(copy.path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("column", ["task_id", "size"])
def test_a_column_that_stands_there_twice(copy, column: str):
    table = copy.read(SPLIT)
    copy.write(SPLIT, table.append_column(column, table.column(column)))
    folder = read_folder(copy.path)
    schema, checksums = check_schema(folder, "schema"), check_checksums(folder, "checksums")
    assert not schema.holds
    assert f"{SPLIT} has column '{column}' 2 times" in schema.detail
    assert not checksums.holds


def put(kind: str, path: Path, elsewhere: Path) -> None:
    """A thing that is no plain file, at a path."""
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(elsewhere)
    else:
        path.symlink_to("nowhere")


@pytest.mark.parametrize("kind", ["pipe", "directory", "link", "dangling link"])
def test_a_parquet_file_that_is_no_plain_file_is_never_opened(copy, tmp_path: Path, kind: str):
    elsewhere = copy.file(SPLIT).rename(tmp_path / "elsewhere.parquet")
    put(kind, copy.file(SPLIT), elsewhere)
    folder = read_folder(copy.path)
    assert folder.unreadable == {FILE: "it is no plain file"}
    assert (folder.scans[FILE].sha256, folder.scans[FILE].error) == ("", "it is no plain file")
    for claim in (check_schema(folder, "schema"), check_checksums(folder, "checksums")):
        assert not claim.holds
        assert f"{FILE} cannot be read ('it is no plain file')" in claim.detail
    layout = check_layout(folder, "layout")
    assert not layout.holds
    assert FILE in layout.detail


def test_files_behind_a_linked_directory_are_not_opened(copy, tmp_path: Path):
    (copy.path / "random").rename(tmp_path / "random")
    (copy.path / "random").symlink_to(tmp_path / "random")
    folder = read_folder(copy.path)
    assert set(folder.unreadable.values()) == {"it is no plain file"}
    assert set(folder.unreadable) == {file for file in folder.files if file.startswith("random/")}
    assert "'random' is a link" in check_layout(folder, "layout").detail


@pytest.mark.parametrize("kind", ["pipe", "link", "dangling link"])
@pytest.mark.parametrize("name", ["notes", "random/notes", ".cache/deep/notes", "build_log.json", "contamination.json"])
def test_layout_names_everything_that_is_no_plain_file(copy, tmp_path: Path, name: str, kind: str):
    path = copy.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    put(kind, path, tmp_path)  # the link leads to a directory
    detail = check_layout(read_folder(copy.path), "layout").detail
    assert f"'{name}' is {'no plain file' if kind == 'pipe' else 'a link'}" in detail
    assert detail.startswith("1 problem: ")


def test_an_audit_does_not_wait_at_pipes(copy):
    for name in ("contamination.json", "README.md", "eval.yaml"):
        (copy.path / name).unlink()
        os.mkfifo(copy.path / name)
    failing = copy.failing()
    assert {"layout", "checksums", "contamination", "canary"} <= set(failing)


def write_bases(folder: Path, **entries: object) -> None:
    """A bases.npz for `GRAMMAR`: right, but for the entries (bytes as they are, arrays as .npy)."""
    description = json.dumps({"name": "own", "variables": ["x"], "constants": [1], "operators": ["+"]})
    right = {
        "grammar": np.frombuffer(description.encode(), dtype=np.uint8),
        "syntactic": np.zeros((16, 2 * (2 + 2 * 3 + 2 * 3**2)), dtype=np.int64),
        "semantic": np.zeros((16, 64), dtype=np.int64),
        "means": np.zeros(64, dtype=np.int64),
        "grid": np.zeros((64, 1)),
    }
    with zipfile.ZipFile(folder / "bases.npz", "w") as archive:
        for name, content in (right | entries).items():
            stream = io.BytesIO()
            if isinstance(content, np.ndarray):
                np.save(stream, content)
            archive.writestr(f"{name}.npy", content if isinstance(content, bytes) else stream.getvalue())


GRAMMAR = Grammar(name="own", variables=("x",), constants=(1,), operators=("+",))
TEXTS = [b"{", b"[" * 100_000, b'"\xff"', b"NaN", rb'"\ud800"']


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_bases_whose_grammar_is_no_json(tmp_path: Path, text: bytes):
    write_bases(tmp_path, grammar=np.frombuffer(text, dtype=np.uint8))
    assert "cannot be read" in str(frozen_bases(GRAMMAR, tmp_path))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00\x02\x00{}"], ids=range(3))
def test_bases_with_an_entry_that_is_no_array(tmp_path: Path, content: bytes):
    write_bases(tmp_path, semantic=content)
    assert "cannot be read" in str(frozen_bases(GRAMMAR, tmp_path))


@pytest.mark.parametrize("name", ["syntactic", "semantic", "means", "grid"])
def test_bases_of_another_shape_are_not_indexed(tmp_path: Path, name: str):
    write_bases(tmp_path, **{name: np.zeros((2, 2), dtype=np.int64)})
    assert "other shapes" in str(frozen_bases(GRAMMAR, tmp_path))


def test_bases_of_the_right_shape_are_taken(tmp_path: Path):
    write_bases(tmp_path)
    assert not isinstance(frozen_bases(GRAMMAR, tmp_path), str)


def test_rows_that_are_changed_change_the_sample(copy):
    before = read_folder(copy.path)
    same, key = before.rows_key(before.splits[SPLIT]), before.rows_key(before.splits["random/train"])
    copy.change("random/train", 0, prompt="Find.")
    after = read_folder(copy.path)
    assert after.rows_key(after.splits[SPLIT]) == same
    changed = after.rows_key(after.splits["random/train"])
    assert sample_rows(10_000, 50, key) != sample_rows(10_000, 50, changed)


def test_a_sample_is_drawn_by_the_rows_and_not_by_who_wrote_them(copy, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("arith_synth.splits.audit.evidence.LONG_TRAIN", 100)
    monkeypatch.setattr("arith_synth.splits.audit.evidence.N_SAMPLED", 20)

    def sample() -> list[int]:
        folder = read_folder(copy.path)
        return Evidence(folder).sample(folder.splits["random/train"]).tolist()

    before = sample()
    copy.write("random/train", copy.read("random/train").replace_schema_metadata({"a": "b"}))
    assert sample() == before
    copy.change("random/train", 0, prompt="Find.")
    assert sample() != before


def test_a_text_that_is_no_utf8_is_unreadable(copy):
    table = copy.read(SPLIT)
    broken = pa.array([b"\xff"] * len(table)).cast(pa.binary()).view(pa.string())
    copy.write(SPLIT, table.set_column(table.column_names.index("prompt"), "prompt", broken))
    assert scan_file(copy.path, FILE).error is not None
