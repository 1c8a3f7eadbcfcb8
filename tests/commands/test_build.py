"""`arith-synth build` called wrongly, or where it cannot write: one line, and nothing that was there is touched."""

import json
import shutil
import threading

import pytest

from arith_synth.data.build import build_dataset
from arith_synth.data.folder import open_dataset, verify
from arith_synth.grammar import grammar_named
from arith_synth.splits.sizes import SplitSizes

#: A build of a second: one config.
SMALL = ("build", "--max-size", "4", "--configs", "random", "--train-tasks", "100", "--test-tasks", "10")


def bytes_under(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def final_names(place):
    """What stands in a folder under a name that a user would take for finished."""
    return sorted(path.name for path in place.iterdir() if ".partial-" not in path.name)


def test_json_is_one_object_with_the_numbers_of_tasks(call, tmp_path):
    answer = call(*SMALL, "--out", tmp_path / "data", "--json")
    assert answer.status == 0, answer.err
    assert answer.lines == []
    assert json.loads(answer.out)["configs"] == {"random": {"train": 100, "validation": 10, "test": 10}}
    verify(open_dataset(tmp_path / "data"))


def test_a_dataset_that_is_there_is_used_again(call, tmp_path):
    first = call(*SMALL, "--out", tmp_path / "data")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "data").rglob("*")}
    again = call(*SMALL, "--out", tmp_path / "data")
    assert again.status == 0
    assert again.out == first.out
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "data").rglob("*")} == before


def test_an_unknown_config_is_a_wrong_call_that_gets_the_nearest_name(call, tmp_path):
    line = call("build", "--configs", "suport_shift", "--out", tmp_path / "data").complaint(2)
    assert "did you mean 'support_shift'?" in line
    assert final_names(tmp_path) == []


def test_an_unknown_grammar_is_a_wrong_call(call, tmp_path):
    assert "'nope'" in call("build", "--grammar", "nope", "--out", tmp_path / "data").complaint(2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("flag", ["--train-tasks", "--test-tasks"])
def test_no_tasks_at_all_is_a_wrong_call(call, tmp_path, flag):
    assert "ask for 1 or more" in call("build", flag, "0", "--out", tmp_path / "data").complaint(2)


def test_more_tasks_than_classes_fail_and_say_how_many_there_are(call, tmp_path):
    line = call(*SMALL[:-1], "100000", "--out", tmp_path / "data").complaint(1)
    assert "ask for fewer tasks (--train-tasks, --test-tasks) or a larger --max-size" in line
    assert final_names(tmp_path) == []


def test_a_file_in_the_place_of_the_folder_is_kept(call, tmp_path):
    file = tmp_path / "data"
    file.write_text("mine")
    assert "choose another --out" in call(*SMALL, "--out", file).complaint(1)
    assert file.read_text() == "mine"


def test_a_file_above_the_place_of_the_folder_is_one_line(call, tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    assert str(file) in call(*SMALL, "--out", file / "data").complaint(1)
    assert file.read_text() == "mine"


def test_a_folder_that_is_no_dataset_is_kept(call, no_dataset):
    before = bytes_under(no_dataset)
    line = call(*SMALL, "--out", no_dataset).complaint(1)
    assert "not an arith-synth dataset; choose another --out, or remove it" in line
    assert bytes_under(no_dataset) == before


def test_a_dataset_of_another_request_is_kept(call, small_dataset):
    before = bytes_under(small_dataset)
    line = call(*SMALL, "--out", small_dataset).complaint(1)
    assert "is another dataset" in line
    assert "choose another --out" in line
    assert bytes_under(small_dataset) == before


def test_a_truncated_file_of_the_dataset_is_named(call, small_dataset, tmp_path):
    out = shutil.copytree(small_dataset, tmp_path / "data")
    file = out / "random" / "train-00000-of-00001.parquet"
    file.write_bytes(file.read_bytes()[:5_000])
    line = call("build", "--max-size", "4", "--train-tasks", "1000", "--test-tasks", "40", "--out", out).complaint(1)
    assert str(file) in line
    assert "truncated" in line


@pytest.mark.parametrize("n_bytes", [200, 20_000])
def test_a_full_disk_is_one_line_and_the_next_build_goes_on(call, tmp_path, disk_of, n_bytes):
    with disk_of(n_bytes):
        line = call(*SMALL, "--out", tmp_path / "data").complaint(1)
    assert "File too large" in line
    assert final_names(tmp_path) == []
    assert call(*SMALL, "--out", tmp_path / "data").status == 0
    assert final_names(tmp_path) == ["data"]
    verify(open_dataset(tmp_path / "data"))


def test_a_full_file_system_is_one_line_and_no_final_name(call, tmpfs):
    place = tmpfs("size=32k")
    assert "No space left on device" in call(*SMALL, "--out", place / "data").complaint(1)
    assert final_names(place) == []


def test_a_read_only_file_system_is_one_line(call, tmpfs):
    place = tmpfs("size=1m,ro")
    assert "Read-only file system" in call(*SMALL, "--out", place / "data").complaint(1)


def test_a_place_where_no_file_can_be_made_is_not_taken_for_a_build_under_way(call):
    line = call(*SMALL, "--out", "/proc/nope").complaint(1)
    assert "under way" not in line
    assert "/proc" in line


def test_a_second_build_into_the_same_folder_is_one_line(call, tmp_path):
    """The first one holds still while it tells of its progress."""
    out = tmp_path / "data"
    under_way, over = threading.Event(), threading.Event()

    def hold(*_):
        under_way.set()
        over.wait(60)

    sizes = SplitSizes(train=100, validation=10, test=10)
    first = threading.Thread(
        target=build_dataset, args=(grammar_named("xy3"), 4, out, ["random"], sizes, hold), daemon=True
    )
    first.start()
    try:
        assert under_way.wait(60)
        line = call(*SMALL, "--out", out).complaint(1)
    finally:
        over.set()
        first.join()
    assert "another build into" in line
    assert "wait for it" in line
    verify(open_dataset(out))


def test_a_grammar_that_tells_classes_apart_by_outputs_has_some_of_the_configs(call, tmp_path):
    xycond = ("build", "--grammar", "xycond", "--max-size", "3", "--train-tasks", "100", "--test-tasks", "10")
    line = call(*xycond, "--configs", "density_shift_joint", "--out", tmp_path / "data").complaint(2)
    assert "grammar xycond has no config density_shift_joint" in line
    assert not (tmp_path / "data").exists()
    answer = call(*xycond, "--configs", "random", "--out", tmp_path / "data", "--json")
    assert json.loads(answer.out)["configs"] == {"random": {"train": 100, "validation": 10, "test": 10}}
