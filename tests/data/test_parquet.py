"""Published files: the same rows give the same bytes, with the canary and the features inside."""

import json

import pyarrow.parquet as pq
import pytest

from arith_synth import DATA_VERSION
from arith_synth.data import parquet
from arith_synth.data.parquet import CANARY, rewrite_split
from arith_synth.data.schema import CORPUS_FEATURES


@pytest.fixture
def prepared(tmp_path, tables):
    def write(n_rows: int, **options):
        path = tmp_path / f"prepared-{len(options)}.parquet"
        pq.write_table(tables("corpus", n_rows)["full"], path, **options)
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
    (second,) = rewrite_split(prepared(9, row_group_size=2, compression="gzip"), other, "corpus", "full")
    assert first.read_bytes() == second.read_bytes()


def test_long_splits_are_cut_into_numbered_files(tmp_path, prepared, small_files):
    paths = rewrite_split(prepared(9), tmp_path, "corpus", "full")
    assert [path.name for path in paths] == [f"full-0000{index}-of-00003.parquet" for index in range(3)]


def test_cutting_keeps_every_row_in_order(tmp_path, prepared, tables, small_files):
    paths = rewrite_split(prepared(9, row_group_size=3), tmp_path, "corpus", "full")
    programs = [program for path in paths for program in pq.read_table(path)["program"].to_pylist()]
    assert programs == tables("corpus", 9)["full"]["program"].to_pylist()


def test_a_split_without_rows_has_one_file(tmp_path, prepared):
    (path,) = rewrite_split(prepared(0), tmp_path, "corpus", "full")
    assert pq.read_metadata(path).num_rows == 0


def test_files_carry_canary_data_version_and_features(tmp_path, prepared):
    (path,) = rewrite_split(prepared(1), tmp_path, "corpus", "full")
    metadata = pq.read_schema(path).metadata
    assert metadata[b"arith_synth.canary"].decode() == CANARY
    assert metadata[b"arith_synth.data_version"].decode() == DATA_VERSION
    assert list(json.loads(metadata[b"huggingface"])["info"]["features"]) == list(CORPUS_FEATURES)
