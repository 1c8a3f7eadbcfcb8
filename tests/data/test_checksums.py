"""Content checksums depend on the values and on nothing else."""

import hashlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.data.checksums import content_sha256, file_sha256, parquet_content_sha256, task_ids_sha256

TEXTS = st.none() | st.text(max_size=5)
ROWS = st.lists(
    st.tuples(
        TEXTS,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(width=32, allow_nan=False),
        st.none() | st.lists(TEXTS, max_size=3),
        st.none() | st.lists(st.none() | st.lists(st.integers(-9, 9), max_size=2), max_size=3),
    ),
    max_size=8,
)
TYPES = (pa.string(), pa.int64(), pa.float32(), pa.list_(pa.string()), pa.list_(pa.list_(pa.int64())))


def table_of(rows, types=TYPES) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(types)
    return pa.table([pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], names=list("abcde"))


@given(ROWS, ROWS)
def test_two_tables_have_one_checksum_exactly_when_their_values_are_the_same(left, right):
    # Compared by repr, as the checksum tells -0.0 from 0.0.
    assert (content_sha256(table_of(left)) == content_sha256(table_of(right))) == (repr(left) == repr(right))


@given(ROWS, st.data())
def test_chunks_and_slices_do_not_matter(rows, data):
    cut = data.draw(st.integers(0, len(rows)))
    table = table_of(rows)
    padded = table_of([*rows[:1], *rows, *rows[:1]]).slice(min(len(rows), 1), len(rows))
    chunked = pa.concat_tables([table.slice(0, cut), table.slice(cut)])
    assert content_sha256(table) == content_sha256(chunked) == content_sha256(padded)


@given(ROWS)
def test_the_layout_of_texts_and_lists_does_not_matter(rows):
    large = (
        pa.large_string(),
        pa.int64(),
        pa.float32(),
        pa.large_list(pa.large_string()),
        pa.large_list(pa.list_(pa.int64())),
    )
    assert content_sha256(table_of(rows)) == content_sha256(table_of(rows, large))


def test_a_fixed_size_list_counts_as_a_list():
    values = [[1.0, 2.0], None, [3.0, 4.0]]
    fixed = pa.table({"a": pa.array(values, pa.list_(pa.float32(), 2))})
    assert content_sha256(fixed) == content_sha256(pa.table({"a": pa.array(values, pa.list_(pa.float32()))}))


def test_the_checksum_of_a_known_table_never_changes():
    table = pa.table({"a": pa.array([1, None], pa.int32()), "b": ["x", "yz"]})
    expected = hashlib.sha256()
    expected.update((2).to_bytes(8, "little"))
    for text in (b"a", b"int32"):
        expected.update(len(text).to_bytes(8, "little") + text)
    expected.update((2).to_bytes(8, "little") + bytes([1, 0]) + bytes([1, 0, 0, 0, 0, 0, 0, 0]))
    for text in (b"b", b"string"):
        expected.update(len(text).to_bytes(8, "little") + text)
    expected.update((2).to_bytes(8, "little") + bytes([1, 1]))
    expected.update((1).to_bytes(8, "little") + (2).to_bytes(8, "little") + b"xyz")
    assert content_sha256(table) == expected.hexdigest()


@pytest.mark.parametrize("options", [{"row_group_size": 2}, {"compression": "zstd"}, {"version": "1.0"}])
def test_how_a_parquet_file_is_written_does_not_matter(tmp_path, options):
    table = table_of([("x", 1, 0.5, ["a", None], [[1], None, []])] * 5)
    pq.write_table(table, tmp_path / "a.parquet", **options)
    assert parquet_content_sha256(tmp_path / "a.parquet") == content_sha256(table)


def test_a_column_without_a_defined_checksum_is_refused():
    with pytest.raises(TypeError, match="no content checksum is defined"):
        content_sha256(pa.table({"a": pa.array([True])}))


def test_task_ids_count_in_any_order():
    assert task_ids_sha256(["b", "a"]) == hashlib.sha256(b"a\nb").hexdigest()


def test_the_checksum_of_a_file_is_that_of_its_bytes(tmp_path):
    (tmp_path / "file").write_bytes(b"bytes")
    assert file_sha256(tmp_path / "file") == hashlib.sha256(b"bytes").hexdigest()
