import multiprocessing
import os
import time

import numpy as np
import pytest

from arith_synth.errors import UsageError
from arith_synth.training.data.cache import MANIFEST_FILE, Entry, cache_root, cached


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("ARITH_SYNTH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Maker:
    """Makes an entry and counts how often."""

    def __init__(self, n=1000):
        self.n, self.n_made = n, 0

    def __call__(self):
        self.n_made += 1
        return Entry(arrays={"numbers": np.arange(self.n), "empty": np.zeros((0, 3))}, facts={"n": self.n})


def folders(root):
    return sorted(path for path in root.iterdir() if path.is_dir())


def test_an_entry_is_made_once_and_then_read():
    make = Maker()
    for _ in range(3):
        entry = cached("test", {"a": 1}, make)
        assert entry.arrays["numbers"].tolist() == list(range(1000))
        assert entry.arrays["empty"].shape == (0, 3)
        assert entry.facts == {"n": 1000}
    assert make.n_made == 1


def test_what_a_process_writes_to_an_array_stays_with_it():
    cached("test", {}, Maker()).arrays["numbers"][0] = 99
    assert cached("test", {}, Maker()).arrays["numbers"][0] == 0


def test_another_key_or_kind_is_another_entry():
    assert cached("test", {"a": 1}, Maker(1)).facts == {"n": 1}
    assert cached("test", {"a": 2}, Maker(2)).facts == {"n": 2}
    assert cached("other", {"a": 1}, Maker(3)).facts == {"n": 3}


def truncate(folder):
    path = folder / "numbers.npy"
    os.truncate(path, path.stat().st_size - 8)


def zero_a_block(folder):
    """What a crash may leave: a file of the right length, and no data in it."""
    with (folder / "numbers.npy").open("r+b") as file:
        file.seek(-800, os.SEEK_END)
        file.write(bytes(800))


def lose_an_array(folder):
    (folder / "numbers.npy").unlink()


def lose_the_manifest(folder):
    (folder / MANIFEST_FILE).unlink()


def break_the_manifest(folder):
    (folder / MANIFEST_FILE).write_text("[1, {")


def change_the_key(folder):
    path = folder / MANIFEST_FILE
    path.write_text(path.read_text().replace("test", "tset"))


def put_another_array(folder):
    path = folder / "numbers.npy"
    size = path.stat().st_size
    np.save(path, np.arange(1000, dtype=np.float64))
    assert path.stat().st_size == size


@pytest.mark.parametrize(
    "damage",
    [truncate, zero_a_block, lose_an_array, lose_the_manifest, break_the_manifest, change_the_key, put_another_array],
)
def test_a_damaged_entry_is_made_again(root, damage):
    cached("test", {}, Maker())
    damage(folders(root)[0])
    make = Maker()
    assert cached("test", {}, make).arrays["numbers"].dtype == np.int64
    assert make.n_made == 1
    assert len(folders(root)) == 1
    assert cached("test", {}, make).arrays["numbers"].tolist() == list(range(1000))
    assert make.n_made == 1


def test_what_a_killed_process_has_left_is_removed(root):
    cached("test", {}, Maker())
    name = folders(root)[0].name
    lose_the_manifest(root / name)
    (root / f"{name}.partial-1").mkdir()
    cached("test", {}, Maker())
    assert [folder.name for folder in folders(root)] == [name]


def make_slowly(count_file):
    def make():
        with count_file.open("a") as file:
            file.write("made\n")
        time.sleep(0.5)
        return Entry(arrays={"numbers": np.arange(10)})

    return cached("test", {}, make).arrays["numbers"].sum()


def test_two_processes_that_want_one_entry_make_it_once(tmp_path):
    with multiprocessing.get_context("fork" if os.name == "posix" else "spawn").Pool(2) as pool:
        sums = pool.map(make_slowly, [tmp_path / "count"] * 2)
    assert sums == [45, 45]
    assert (tmp_path / "count").read_text() == "made\n"


def test_beyond_the_limit_the_least_recently_used_entries_go(root, monkeypatch):
    monkeypatch.setenv("ARITH_SYNTH_CACHE_GB", "0.00002")  # 20 kB: two entries of 8 kB
    for number in range(3):
        cached("test", {"number": number}, Maker())
        for age, folder in enumerate(folders(root)):
            os.utime(folder / MANIFEST_FILE, (age, age))
        (folders(root)[0] / MANIFEST_FILE).touch()  # just used
    assert len(folders(root)) == 2


def test_the_entry_just_made_stays_even_when_it_is_too_large(root, monkeypatch):
    monkeypatch.setenv("ARITH_SYNTH_CACHE_GB", "0")
    for number in range(2):
        assert cached("test", {"number": number}, Maker()).facts == {"n": 1000}
        assert len(folders(root)) == 1


@pytest.mark.parametrize("text", ["lots", "-1", "nan"])
def test_a_limit_that_is_no_number_is_named(monkeypatch, text):
    monkeypatch.setenv("ARITH_SYNTH_CACHE_GB", text)
    with pytest.raises(UsageError, match="ARITH_SYNTH_CACHE_GB"):
        cached("test", {}, Maker())


def test_where_no_folder_can_be_made_arrays_stay_in_memory(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ARITH_SYNTH_CACHE", str(tmp_path / "file" / "cache"))
    make = Maker()
    assert cached("test", {}, make).arrays["numbers"].sum() == 499500
    assert make.n_made == 1


def test_what_making_raises_is_raised():
    def make():
        raise UsageError("no")

    with pytest.raises(UsageError, match="no"):
        cached("test", {}, make)


def test_the_cache_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.delenv("ARITH_SYNTH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_root() == tmp_path / "arith-synth"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_root().parts[-2:] == (".cache", "arith-synth")
