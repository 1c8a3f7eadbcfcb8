"""`compare_folders`: what was changed in a copy is found, and nothing else."""

import json
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arith_synth.commands.comparing import Compare, run_compare
from arith_synth.data.comparison import compare_folders
from arith_synth.data.folder import DatasetFolder
from arith_synth.errors import UsageError


class Pair:
    """A dataset folder, and a copy whose rows can be changed."""

    def __init__(self, first: Path, second: Path) -> None:
        self.first, self.second = first, Path(shutil.copytree(first, second))

    def file(self, split: str) -> Path:
        return self.second / f"{split}-00000-of-00001.parquet"

    def table(self, split: str) -> pa.Table:
        return pq.ParquetFile(self.file(split)).read()

    def write(self, split: str, table: pa.Table) -> None:
        pq.write_table(table, self.file(split))

    def differing(self):
        return {
            split.split: split for split in compare_folders(self.first, self.second).splits if split.state != "same"
        }


@pytest.fixture
def pair(dataset: DatasetFolder, tmp_path: Path) -> Pair:
    return Pair(dataset.path, tmp_path / "copy")


def test_a_copy_is_equal(pair):
    comparison = compare_folders(pair.first, pair.second)
    assert comparison.equal
    assert len(comparison.splits) == 10


def test_the_same_rows_from_another_writer_are_the_same(pair):
    pq.write_table(pair.table("random/train"), pair.file("random/train"), compression="none", row_group_size=2)
    comparison = compare_folders(pair.first, pair.second)
    (split,) = [split for split in comparison.splits if split.split == "random/train"]
    assert (split.state, split.same_bytes) == ("same", False)
    # but the recorded checksum of the bytes fits no longer
    assert comparison.records == ([], ["random/train-00000-of-00001.parquet"])
    assert not comparison.equal


def test_changed_cells_are_counted_by_column(pair):
    rows = pair.table("random/test").to_pylist()
    rows[1]["outputs"][1] = "99"
    rows[2]["outputs"] = ["1/2"]
    rows[2]["size"] += 1
    rows[4]["semantic"][15] += 0.5
    rows[5]["heldout_inputs"] = None
    pair.write("random/test", pa.Table.from_pylist(rows, schema=pair.table("random/test").schema))
    (split,) = pair.differing().values()
    assert split.rows.changed == 4
    assert split.rows.changed_columns == {"outputs": 2, "size": 1, "semantic": 1, "heldout_inputs": 1}
    assert (split.rows.added, split.rows.removed, split.rows.reordered) == ((), (), 0)


def test_added_and_removed_tasks_are_told_from_changed_ones(pair):
    table = pair.table("random/test")
    new = table.slice(0, 1).set_column(
        table.column_names.index("fingerprint"), table.schema.field("fingerprint"), pa.array(["f" * 32])
    )
    pair.write("random/test", pa.concat_tables([table.slice(2), new]))
    (split,) = pair.differing().values()
    assert split.rows.added == ("f" * 32,)
    assert len(split.rows.removed) == 2
    assert (split.rows.changed, split.rows.reordered) == (0, 0)


def test_a_row_in_another_place_is_one_reordered_task(pair):
    table = pair.table("random/test")
    pair.write("random/test", table.take([1, 2, 3, 4, 5, 0, 6]))
    (split,) = pair.differing().values()
    assert (split.rows.reordered, split.rows.changed) == (1, 0)


def test_a_row_in_another_split_has_moved(pair):
    train, test = pair.table("random/train"), pair.table("random/test")
    pair.write("random/train", train.slice(1))
    pair.write("random/test", pa.concat_tables([test, train.slice(0, 1)]))
    differing = pair.differing()
    assert set(differing) == {"random/train", "random/test"}
    assert differing["random/train"].moved_to == {"random/test": 1}
    assert differing["random/test"].moved_from == {"random/train": 1}


def test_columns_that_come_go_or_change_their_type_are_named(pair):
    table = pair.table("random/test")
    sizes = table.column("size").cast(pa.int64())
    table = table.set_column(table.column_names.index("size"), "size", sizes)
    pair.write("random/test", table.drop_columns(["shape"]).append_column("note", pa.array(["x"] * 7)))
    rows = pair.differing()["random/test"].rows
    assert (rows.added_columns, rows.removed_columns, rows.retyped_columns) == (("note",), ("shape",), ("size",))


def test_bits_of_floats_count_and_nan_equals_itself(pair):
    table = pair.table("random/test")
    at = table.column_names.index("semantic_distance")
    here = table.set_column(at, "semantic_distance", pa.array([float("nan"), 0.0, *[1.5] * 5], pa.float32()))
    there = table.set_column(at, "semantic_distance", pa.array([float("nan"), -0.0, *[1.5] * 5], pa.float32()))
    pq.write_table(here, pair.first / "random/test-00000-of-00001.parquet")
    pair.write("random/test", there)
    assert pair.differing()["random/test"].rows.changed_columns == {"semantic_distance": 1}


def test_missing_splits_and_damaged_files_are_differences(pair):
    pair.file("random/validation").unlink()
    pair.file("random/test").write_bytes(b"PAR1")
    differing = pair.differing()
    assert differing["random/validation"].state == "only in the first"
    assert differing["random/test"].state == "unreadable"


def test_recorded_checksums_are_not_believed(pair):
    rows = pair.table("random/test").to_pylist()
    rows[0]["program"] = "y"
    pair.write("random/test", pa.Table.from_pylist(rows, schema=pair.table("random/test").schema))
    # both folders still have the same checksums.json
    assert pair.differing()["random/test"].rows.changed_columns == {"program": 1}


def test_facts_that_differ_are_named_by_their_path(pair):
    build = json.loads((pair.second / "build.json").read_text())
    build["panel"]["shown"][0] = [4, 9]
    build["regions"]["semantic"]["threshold"] = None
    del build["n_regular"]
    (pair.second / "build.json").write_text(json.dumps(build))
    comparison = compare_folders(pair.first, pair.second)
    assert comparison.facts == {
        "panel.shown": ([[4, 5], [5, 4]], [[4, 9], [5, 4]]),
        "regions.semantic.threshold": (12345, None),
        "n_regular": (700, None),
    }
    assert not comparison.equal


def test_documents_are_told_apart_and_may_differ(pair):
    (pair.second / "README.md").write_text("# another")
    (pair.second / "shift_report.json").write_text("{}")
    comparison = compare_folders(pair.first, pair.second)
    assert comparison.documents["README.md"] == "differs"
    assert comparison.documents["shift_report.json"] == "only in the second"
    assert comparison.equal


def test_a_further_file_is_a_difference(pair):
    (pair.second / "contamination.json").write_text("{}")
    comparison = compare_folders(pair.first, pair.second)
    assert comparison.other_files == {"contamination.json": "only in the second"}
    assert not comparison.equal


@pytest.mark.parametrize(("text", "says"), [("{", "is not JSON"), ("[]", "no.* JSON object"), ("[" * 100_000, "JSON")])
def test_a_folder_that_is_no_dataset_is_misuse(pair, text, says):
    (pair.second / "build.json").write_text(text)
    with pytest.raises(UsageError, match=says):
        compare_folders(pair.first, pair.second)


HOSTILE = [r'{"a": "\ud800"}', r'{"\ud800": 1}', '{"a": NaN}', '{"a": 1' + "0" * 400 + "}", '{"a": 1, "a": 2}']


@pytest.mark.parametrize("name", ["build.json", "checksums.json"])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_json_that_could_not_be_printed_is_misuse(pair, name, text):
    (pair.second / name).write_text(text)
    with pytest.raises(UsageError, match=f"{name} is not JSON") as raised:
        compare_folders(pair.first, pair.second)
    str(raised.value).encode("utf-8")


@pytest.mark.parametrize("kind", ["dangling link", "directory", "pipe"])
def test_what_is_no_file_is_unreadable(pair, kind):
    file = pair.file("random/test")
    file.unlink()
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "directory":
        file.mkdir()
    else:
        file.symlink_to("nowhere")
    (split,) = pair.differing().values()
    assert (split.split, split.state, split.reason) == ("random/test", "unreadable", f"{file.name} is no file")


@pytest.mark.parametrize("column", ["fingerprint", "size"])
def test_a_column_that_stands_there_twice_is_unreadable(pair, column):
    table = pair.table("random/test")
    pair.write("random/test", table.append_column(column, table.column(column)))
    (split,) = pair.differing().values()
    assert split.state == "unreadable"
    assert column in split.reason


def test_names_that_are_no_text_are_printed(pair, capsys):
    Path(os.fsdecode(os.fsencode(pair.second) + b"/\xff.txt")).write_text("")
    assert run_compare(Compare(first=pair.first, second=pair.second)) == 1
    assert "\\udcff.txt: only in the second" in capsys.readouterr().out
