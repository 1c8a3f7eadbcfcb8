"""Checksums of content, which outlive the writer: the same table gives the same sum from any pyarrow and row grouping.

Needs numpy, pyarrow and hashlib only: the audit, which trusts nothing else, reads it too.

The content of a Parquet file is hashed column by column, in the order of the schema. A column gives its name and its
values; values give, in this order and little-endian,

- the type (`_type_name`: a string and a large string are one, so are lists of any layout), the length as uint64,
  and one byte a value, 1 where it is valid and 0 where it is null;
- numbers: the values, with zero where they are null (floats by their bits, so -0.0 and 0.0 differ);
- texts: the lengths in bytes as int64 (0 where null), then all bytes joined;
- lists: the lengths as int64 (0 where null), then the values of all lists joined, by the same rules.

Texts give their UTF-8 length as uint64 first wherever they stand alone (column names, type names).
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_READ_BYTES = 1 << 20


def content_sha256(table: pa.Table) -> str:
    """SHA-256 of the columns' names, types and values, 64 hex digits; schema metadata does not count."""
    return _sha256_of_columns(table.column_names, table.column)


def parquet_content_sha256(path: Path) -> str:
    """`content_sha256` of a Parquet file, one column in memory at a time.

    Raises OSError or pyarrow.ArrowInvalid when it cannot be read.
    """
    with pq.ParquetFile(path) as file:
        return _sha256_of_columns(file.schema_arrow.names, lambda name: file.read(columns=[name]).column(name))


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hex digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def task_ids_sha256(task_ids: Iterable[str]) -> str:
    """SHA-256 of the sorted task ids with a newline between them: the same for any order of rows."""
    return hashlib.sha256("\n".join(sorted(task_ids)).encode("utf-8")).hexdigest()


def _sha256_of_columns(names: Sequence[str], column_of: Callable[[str], pa.ChunkedArray]) -> str:
    digest = hashlib.sha256()
    digest.update(len(names).to_bytes(8, "little"))
    for name in names:
        _update_text(digest, name)
        column = column_of(name)
        _update_values(digest, column.chunks, column.type)
    return digest.hexdigest()


def _update_values(digest: Any, chunks: Sequence[pa.Array], kind: pa.DataType) -> None:
    """Hash the values of all chunks as if they were joined."""
    _update_text(digest, _type_name(kind))
    digest.update(sum(map(len, chunks)).to_bytes(8, "little"))
    for values in chunks:
        digest.update(pc.cast(values.is_valid(), pa.uint8()).to_numpy(zero_copy_only=False))
    if _is_text(kind):
        texts = [_without_nulls(values.cast(pa.large_string()), "") for values in chunks]
        for values in texts:
            digest.update(np.diff(_offsets(values)))
        for values in texts:
            first, last = int(_offsets(values)[0]), int(_offsets(values)[-1])
            if last > first:
                digest.update(memoryview(values.buffers()[2])[first:last])
    elif _is_list(kind):
        for values in chunks:
            lengths = pc.cast(_without_nulls(pc.list_value_length(values), 0), pa.int64())
            digest.update(_little_endian(lengths))
        _update_values(digest, [values.flatten() for values in chunks], kind.value_type)
    else:
        zero = pa.scalar(0, pa.uint8()).cast(kind)
        for values in chunks:
            digest.update(_little_endian(_without_nulls(values, zero)))


def _without_nulls(values: pa.Array, instead: Any) -> pa.Array:
    return pc.fill_null(values, instead) if values.null_count else values


def _offsets(texts: pa.Array) -> np.ndarray:
    """Where each large string begins and the last one ends: int64[n + 1]."""
    if not len(texts):
        return np.zeros(1, dtype="<i8")
    return np.frombuffer(texts.buffers()[1], dtype="<i8")[texts.offset : texts.offset + len(texts) + 1]


def _little_endian(numbers: pa.Array) -> np.ndarray:
    values = numbers.to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"), copy=False))


def _type_name(kind: pa.DataType) -> str:
    """A name of the type that does not depend on its layout. Raises TypeError for a type that no schema here has."""
    if _is_text(kind):
        return "string"
    if _is_list(kind):
        return f"list<{_type_name(kind.value_type)}>"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return str(kind)
    raise TypeError(f"no content checksum is defined for a column of type {kind}")


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def _update_text(digest: Any, text: str) -> None:
    encoded = text.encode("utf-8")
    digest.update(len(encoded).to_bytes(8, "little"))
    digest.update(encoded)
