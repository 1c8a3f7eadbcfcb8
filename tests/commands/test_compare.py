"""`arith-synth compare` on the command line; what it finds is tested in `tests/data`."""

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq


def test_a_dataset_equals_its_copy(call, small_dataset, tmp_path):
    copy = shutil.copytree(small_dataset, tmp_path / "copy")
    answer = call("compare", small_dataset, copy)
    assert answer.status == 0
    assert answer.out.splitlines()[-1] == "equal"


def test_a_difference_is_a_line_and_exit_status_1(call, small_dataset, tmp_path):
    copy = shutil.copytree(small_dataset, tmp_path / "copy")
    file = copy / "random" / "test-00000-of-00001.parquet"
    table = pq.ParquetFile(file).read()
    pq.write_table(pa.concat_tables([table.slice(1), table.slice(0, 1)]), file)
    answer = call("compare", small_dataset, copy)
    assert answer.status == 1
    assert answer.lines == []
    assert "random/test: 1 reordered" in answer.out
    assert "checksums.json of the second does not fit its file random/test-00000-of-00001.parquet" in answer.out


def test_json_is_one_object(call, small_dataset, tmp_path):
    copy = shutil.copytree(small_dataset, tmp_path / "copy")
    (copy / "random" / "test-00000-of-00001.parquet").unlink()
    answer = call("compare", small_dataset, copy, "--json")
    assert answer.status == 1
    assert answer.out.count("\n") == 1
    comparison = json.loads(answer.out)
    assert comparison["equal"] is False
    assert comparison["splits"]["random/test"]["state"] == "only in the first"


def test_a_folder_that_is_no_dataset_is_misuse(call, small_dataset, no_dataset, tmp_path):
    assert "has no build.json" in call("compare", small_dataset, no_dataset).complaint(2)
    assert "is not a folder" in call("compare", tmp_path / "nothing", small_dataset).complaint(2)
