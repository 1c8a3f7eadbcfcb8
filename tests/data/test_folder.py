"""Opening a dataset folder: every kind of damage is one line that says what to do."""

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arith_synth.data.folder import open_dataset, verify
from arith_synth.errors import DatasetError, UnknownNameError

TEST_FILE = "random/test-00000-of-00001.parquet"


def edit_json(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_split_reads_back_as_it_was_built(dataset, tables):
    assert dataset.read("random", "test").equals(tables("random")["test"])


def test_some_columns_can_be_read(dataset):
    assert dataset.read("random", "test", ["task_id", "size"]).column_names == ["task_id", "size"]


def test_configs_are_listed_in_the_order_of_publication(dataset):
    assert list(dataset.configs) == ["support_shift", "random", "corpus"]


def test_a_split_does_not_take_the_files_of_a_longer_name(dataset):
    assert [path.name for path in dataset.files("support_shift", "test")] == ["test-00000-of-00001.parquet"]


def test_an_unknown_config_is_refused_with_the_nearest(dataset):
    with pytest.raises(UnknownNameError, match="unknown config 'randm'; did you mean 'random'"):
        dataset.read("randm", "test")


@pytest.mark.parametrize("config", ["support_shift_control", "input_shift"])
def test_a_config_that_was_not_built_is_no_typo(dataset, config):
    with pytest.raises(UnknownNameError) as caught:
        dataset.read(config, "train")
    assert str(caught.value) == (
        f"config {config!r} is not in this folder; build it too, into another folder: arith-synth build … --configs "
        f"support_shift random corpus {config} --out …"
    )


def test_an_unknown_split_is_refused_with_the_nearest(dataset):
    with pytest.raises(UnknownNameError, match="unknown split 'tset'; did you mean 'test'"):
        dataset.read("random", "tset")


def test_no_folder_is_no_dataset(tmp_path):
    with pytest.raises(DatasetError, match="there is no dataset at .*; make one with: arith-synth build"):
        open_dataset(tmp_path / "nothing")


def test_a_folder_that_is_no_dataset(tmp_path):
    with pytest.raises(DatasetError, match="is not an arith-synth dataset"):
        open_dataset(tmp_path)


def test_a_file_is_no_dataset(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="is not an arith-synth dataset"):
        open_dataset(tmp_path / "file")


def test_another_data_version(dataset):
    edit_json(dataset.path / "build.json", data_version="0.9.0")
    with pytest.raises(DatasetError, match="has data version 0.9.0, and this arith-synth reads"):
        open_dataset(dataset.path)


@pytest.mark.parametrize("name", ["build.json", "checksums.json"])
@pytest.mark.parametrize("content", [b'{"data_version": ', b"[]", b"{}", b"\xff\xfe"])
def test_a_broken_json_file(dataset, name, content):
    (dataset.path / name).write_bytes(content)
    with pytest.raises(DatasetError, match=f"{name} is damaged"):
        open_dataset(dataset.path)


@pytest.mark.parametrize("n_bytes", [0, 3, 2000, -1])
def test_a_truncated_parquet_file(dataset, n_bytes):
    path = dataset.path / TEST_FILE
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(DatasetError, match="truncated or is no Parquet file; restore it"):
        open_dataset(dataset.path)


def test_a_missing_parquet_file(dataset):
    (dataset.path / TEST_FILE).unlink()
    with pytest.raises(DatasetError, match="the file is missing"):
        open_dataset(dataset.path)


def test_a_file_that_disappears_after_opening(dataset):
    (dataset.path / TEST_FILE).unlink()
    with pytest.raises(DatasetError, match="the file is missing"):
        dataset.read("random", "test")


def test_rows_that_were_removed(dataset):
    path = dataset.path / TEST_FILE
    pq.write_table(pq.read_table(path).slice(1), path)
    with pytest.raises(DatasetError, match="it has 6 rows, and checksums.json says 7"):
        open_dataset(dataset.path)


def test_a_changed_value_is_found_by_verifying(dataset):
    path = dataset.path / TEST_FILE
    table = pq.read_table(path)
    programs = pa.array(["y", *table["program"].to_pylist()[1:]])
    pq.write_table(table.set_column(table.column_names.index("program"), "program", programs), path)
    with pytest.raises(DatasetError, match="its content is not what checksums.json says"):
        verify(open_dataset(dataset.path))


@pytest.mark.parametrize("card", ["README.md", "eval.yaml"])
def test_a_changed_or_missing_card_is_found_by_verifying(dataset, card):
    (dataset.path / card).write_text("another card")
    with pytest.raises(DatasetError, match="its content is not what checksums.json says"):
        verify(open_dataset(dataset.path))
    (dataset.path / card).unlink()
    with pytest.raises(DatasetError, match="the file is missing"):
        verify(open_dataset(dataset.path))


def test_a_corrupt_page_is_an_error_when_read(dataset):
    path = dataset.path / TEST_FILE
    content = bytearray(path.read_bytes())
    content[100:1100] = bytes(1000)
    path.write_bytes(content)
    with pytest.raises(DatasetError, match="truncated or corrupt"):
        open_dataset(dataset.path).read("random", "test")


def test_a_copy_of_the_folder_is_as_good(dataset, tmp_path):
    copy = shutil.copytree(dataset.path, tmp_path / "copy")
    verify(open_dataset(copy))


def test_every_message_is_one_line(dataset):
    (dataset.path / TEST_FILE).write_bytes(b"PAR1")
    with pytest.raises(DatasetError) as caught:
        open_dataset(dataset.path)
    assert "\n" not in str(caught.value)
