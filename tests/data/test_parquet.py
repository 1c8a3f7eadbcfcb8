"""Published files: the same rows give the same bytes, with the canary and the features inside."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arith_synth import DATA_VERSION
from arith_synth.data import parquet
from arith_synth.data.parquet import CANARY, rewrite_split
from arith_synth.data.schema import CORPUS_FEATURES


@pytest.fixture
def prepared(tmp_path, tables):
    def write(n_rows: int, rows_per_batch: int = 1_000):
        """What a builder leaves: an Arrow stream."""
        table = tables("corpus", n_rows)["full"]
        path = tmp_path / f"prepared-{rows_per_batch}.arrow"
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
            stream.write_table(table, max_chunksize=rows_per_batch)
        return path

    return write


@pytest.fixture
def small_files(monkeypatch):
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 2)
    monkeypatch.setattr(parquet, "ROWS_PER_FILE", 4)


def test_bytes_do_not_depend_on_how_the_rows_were_prepared(tmp_path, prepared):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    (first,) = rewrite_split(prepared(9), one, "corpus", "full")
    (second,) = rewrite_split(prepared(9, rows_per_batch=2), other, "corpus", "full")
    assert first.read_bytes() == second.read_bytes()


def test_long_splits_are_cut_into_numbered_files(tmp_path, prepared, small_files):
    paths = rewrite_split(prepared(9), tmp_path, "corpus", "full")
    assert [path.name for path in paths] == [f"full-0000{index}-of-00003.parquet" for index in range(3)]


@pytest.mark.parametrize("rows_per_batch", [1, 2, 3, 5, 9])
def test_cutting_keeps_every_row_in_order(tmp_path, prepared, tables, small_files, rows_per_batch):
    paths = rewrite_split(prepared(9, rows_per_batch), tmp_path, "corpus", "full")
    programs = [program for path in paths for program in pq.read_table(path)["program"].to_pylist()]
    assert programs == tables("corpus", 9)["full"]["program"].to_pylist()


@pytest.mark.parametrize("rows_per_batch", [1, 3, 9])
def test_every_row_group_is_full_but_the_last(tmp_path, prepared, small_files, rows_per_batch):
    paths = rewrite_split(prepared(9, rows_per_batch), tmp_path, "corpus", "full")
    groups = [metadata.row_group(index).num_rows for metadata in map(pq.read_metadata, paths)
              for index in range(metadata.num_row_groups)]  # fmt: skip
    assert groups == [2, 2, 2, 2, 1]


def test_every_row_is_counted_once(tmp_path, prepared, small_files):
    counted = []
    rewrite_split(prepared(9), tmp_path, "corpus", "full", counted.append)
    assert sum(counted) == 9


def test_a_split_without_rows_has_one_file(tmp_path, prepared):
    (path,) = rewrite_split(prepared(0), tmp_path, "corpus", "full")
    assert pq.read_metadata(path).num_rows == 0


def test_files_carry_canary_data_version_and_features(tmp_path, prepared):
    (path,) = rewrite_split(prepared(1), tmp_path, "corpus", "full")
    metadata = pq.read_schema(path).metadata
    assert metadata[b"arith_synth.canary"].decode() == CANARY
    assert metadata[b"arith_synth.data_version"].decode() == DATA_VERSION
    assert list(json.loads(metadata[b"huggingface"])["info"]["features"]) == list(CORPUS_FEATURES)
