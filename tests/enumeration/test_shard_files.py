"""A shard's file: the same bytes for the same classes, and nothing that is damaged is ever read."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arith_synth.enumeration.shard_files import Classes, read_classes_file, shard_path, write_classes_file
from arith_synth.errors import DatasetError

WIDTH = 5


def some_classes(n: int, seed: int = 0) -> Classes:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 1 << 61, size=(n, 2), dtype=np.uint64)
    codes = rng.integers(0, 9, size=(n, WIDTH), dtype=np.uint8)
    n_minimal = rng.integers(1, 100, size=n, dtype=np.int64)
    return Classes(values=values[np.argsort(values[:, 0])], n_minimal=n_minimal, codes=codes, n_candidates=7 * n)


def same(one: Classes, other: Classes) -> bool:
    arrays = ("values", "n_minimal", "codes")
    return one.n_candidates == other.n_candidates and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays
    )


@pytest.fixture
def path(tmp_path):
    return shard_path(tmp_path, 3, 0, 1)


@pytest.mark.parametrize("n", [0, 1, 1000, (1 << 18) + 1])
def test_what_was_written_is_read(path, n):
    classes = some_classes(n)
    write_classes_file(path, classes)
    assert same(read_classes_file(path), classes)
    assert np.array_equal(read_classes_file(path, values_only=True).values, classes.values)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_the_same_classes_are_the_same_bytes(path, tmp_path):
    classes, twin = some_classes(1000), tmp_path / "twin"
    write_classes_file(path, classes)
    # As a view, in another order in memory.
    write_classes_file(
        twin,
        Classes(
            values=np.asfortranarray(classes.values),
            n_minimal=np.repeat(classes.n_minimal, 2)[::2],
            codes=np.asfortranarray(classes.codes),
            n_candidates=classes.n_candidates,
        ),
    )
    assert twin.read_bytes() == path.read_bytes()


def test_the_fingerprint_column_shows_the_published_fingerprint(path):
    classes = some_classes(3)
    write_classes_file(path, classes)
    shown = [value.as_py().hex() for value in pq.read_table(path).column("fingerprint")]
    assert shown == [f"{first:016x}{second:016x}" for first, second in classes.values.tolist()]


def test_a_flipped_bit_anywhere_is_found_or_changes_nothing(path):
    classes = some_classes(40)
    write_classes_file(path, classes)
    whole = path.read_bytes()
    n_found = 0
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        try:
            assert same(read_classes_file(path), classes), f"the bit at byte {place} was read as something else"
        except DatasetError:
            n_found += 1
    assert n_found > len(whole) // 2


def test_a_cut_file_is_found_wherever_it_is_cut(path):
    write_classes_file(path, some_classes(40))
    whole = path.read_bytes()
    for n_bytes in range(0, len(whole), 7):
        path.write_bytes(whole[:n_bytes])
        with pytest.raises(DatasetError, match="is damaged"):
            read_classes_file(path)


def fixed(n: int, width: int) -> pa.Array:
    return pa.array([b"x" * width] * n, pa.binary(width))


OTHERS = {
    "other columns": pa.table({"a": [1, 2, 3]}),
    "texts for fingerprints": pa.table({"fingerprint": ["a"], "n_minimal": [1], "codes": fixed(1, WIDTH)}),
    "no fingerprint": pa.table(
        {"fingerprint": pa.array([None], pa.binary(16)), "n_minimal": [1], "codes": fixed(1, 5)}
    ),
    "texts for numbers": pa.table({"fingerprint": fixed(1, 16), "n_minimal": ["1"], "codes": fixed(1, WIDTH)}),
    "numbers for programs": pa.table({"fingerprint": fixed(1, 16), "n_minimal": [1], "codes": [1]}),
    "no number of candidates": pa.table({"fingerprint": fixed(1, 16), "n_minimal": [1], "codes": fixed(1, WIDTH)}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_parquet_file_is_refused_in_one_line(path, name):
    write_classes_file(path, some_classes(1))
    metadata = {} if name == "no number of candidates" else pq.read_schema(path).metadata
    pq.write_table(OTHERS[name].replace_schema_metadata(metadata), path)
    with pytest.raises(DatasetError, match="delete it and run the same command again") as refused:
        read_classes_file(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no Parquet file at all, but long enough to be one" * 9])
def test_something_else_is_refused_in_one_line(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=re.escape(f"{path} is damaged")) as refused:
        read_classes_file(path)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_says_how_to_make_it(path):
    with pytest.raises(DatasetError, match="is missing; run the same command again"):
        read_classes_file(path)


def test_a_write_that_fails_leaves_nothing_behind(path, monkeypatch):
    write_classes_file(path, some_classes(10))
    before = path.read_bytes()

    def half(table, aside, **_):
        aside.write_bytes(b"half")
        raise OSError(28, "Error writing bytes to file")

    monkeypatch.setattr(pq, "write_table", half)
    with pytest.raises(OSError, match=re.escape(f"No space left on device: '{path}'")):
        write_classes_file(path, some_classes(10, seed=1))
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
