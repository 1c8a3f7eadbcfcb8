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
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_READ_BYTES = 1 << 20


def content_sha256(table: pa.Table) -> str:
    """SHA-256 of the columns' names, types and values, 64 hex digits; schema metadata does not count."""
    digest = hashlib.sha256()
    digest.update(table.num_columns.to_bytes(8, "little"))
    for name in table.column_names:
        _update_text(digest, name)
        _update_values(digest, _joined(table.column(name)))
    return digest.hexdigest()


def parquet_content_sha256(path: Path) -> str:
    """`content_sha256` of a Parquet file. Raises OSError or pyarrow.ArrowInvalid when it cannot be read."""
    with pq.ParquetFile(path) as file:
        return content_sha256(file.read())


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


def _update_values(digest: Any, values: pa.Array) -> None:
    _update_text(digest, _type_name(values.type))
    digest.update(len(values).to_bytes(8, "little"))
    digest.update(pc.cast(values.is_valid(), pa.uint8()).to_numpy(zero_copy_only=False).tobytes())
    if _is_text(values.type):
        texts = pc.fill_null(values.cast(pa.large_string()), "")
        _, offsets_buffer, data_buffer = texts.buffers()
        offsets = np.frombuffer(offsets_buffer, dtype="<i8")[texts.offset : texts.offset + len(texts) + 1]
        digest.update(np.diff(offsets).astype("<i8").tobytes())
        if data_buffer is not None and len(texts):
            digest.update(memoryview(data_buffer)[int(offsets[0]) : int(offsets[-1])])
    elif _is_list(values.type):
        lengths = pc.fill_null(pc.list_value_length(values), 0)
        digest.update(lengths.to_numpy(zero_copy_only=False).astype("<i8").tobytes())
        _update_values(digest, values.flatten())
    else:
        zero = pa.scalar(0, pa.uint8()).cast(values.type)
        numbers = pc.fill_null(values, zero).to_numpy(zero_copy_only=False)
        digest.update(numbers.astype(numbers.dtype.newbyteorder("<"), copy=False).tobytes())


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


def _joined(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], type=column.type)


def _update_text(digest: Any, text: str) -> None:
    encoded = text.encode("utf-8")
    digest.update(len(encoded).to_bytes(8, "little"))
    digest.update(encoded)
