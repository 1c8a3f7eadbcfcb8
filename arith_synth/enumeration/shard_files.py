"""A shard on disk: one Parquet file of classes in order of fingerprint, the same bytes for the same classes.

Columns: `fingerprint` (16 bytes, the two residues big-endian: its hexadecimal digits are the published fingerprint),
`n_minimal` int64 (minimal realizations), `codes` (the target program in prefix order, a byte a symbol, padded with 0;
symbol i of the grammar, counted from 1, has code i). Pages carry checksums, as does the number of candidates beside
them; they are verified when they are read.
"""

import os
import socket
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from arith_synth.errors import DatasetError

_FINGERPRINT_BYTES = 16
_ROWS_PER_GROUP = 1 << 18
_N_CANDIDATES = b"arith_synth.n_candidates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """Classes of one size, out of n_candidates: values uint64[n, 2], n_minimal int64[n], codes uint8[n, width]."""

    values: np.ndarray
    n_minimal: np.ndarray
    codes: np.ndarray
    n_candidates: int


def size_folder(folder: Path, size: int) -> Path:
    """Where the shards of a size are."""
    return folder / f"size_{size}"


def shard_path(folder: Path, size: int, shard: int, n_shards: int) -> Path:
    """The file of one shard."""
    return size_folder(folder, size) / f"classes-{shard:05d}-of-{n_shards:05d}.parquet"


def write_classes_file(path: Path, classes: Classes) -> None:
    """Write aside, then rename. Memory: the rows once more. OSError when the disk is full or read-only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(
        {
            "fingerprint": _fixed_binary(classes.values.astype(">u8", order="C").view(np.uint8)),
            "n_minimal": pa.array(classes.n_minimal),
            "codes": _fixed_binary(classes.codes),
        }
    ).replace_schema_metadata({_N_CANDIDATES: _with_checksum(classes.n_candidates)})
    # Ranks on several machines may write into one folder, so a process number alone is no name of one's own.
    aside = path.with_name(f".{path.name}.{socket.gethostname()}.{os.getpid()}.tmp")
    try:
        pq.write_table(
            table,
            aside,
            version="2.6",
            data_page_version="1.0",
            compression={"fingerprint": "NONE", "n_minimal": "LZ4", "codes": "LZ4"},  # pyright: ignore[reportArgumentType]
            use_dictionary=False,
            write_statistics=False,
            write_page_checksum=True,
            row_group_size=_ROWS_PER_GROUP,
        )
        aside.replace(path)
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        # Arrow says neither which file nor, in a word, what is wrong.
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
    finally:
        aside.unlink(missing_ok=True)


def read_classes_file(path: Path, *, values_only: bool = False) -> Classes:
    """A shard's classes; codes and numbers of realizations are left out (no rows) with `values_only`.

    Raises DatasetError for a file that is missing, damaged or something else.
    """
    columns = ["fingerprint"] if values_only else ["fingerprint", "n_minimal", "codes"]
    try:
        table = pq.read_table(path, columns=columns, page_checksum_verification=True)
        n_candidates = _checked((table.schema.metadata or {})[_N_CANDIDATES])
        values = _bytes_of(table.column("fingerprint"), _FINGERPRINT_BYTES).view(">u8").astype(np.uint64)
        if values_only:
            n_minimal, codes = np.zeros(0, dtype=np.int64), np.zeros((0, 1), dtype=np.uint8)
        else:
            n_minimal = _numbers_of(table.column("n_minimal"))
            codes = _bytes_of(table.column("codes"), table.schema.field("codes").type.byte_width)
    except FileNotFoundError:
        raise DatasetError(f"{path} is missing; run the same command again to make it") from None
    except (OSError, pa.ArrowException, LookupError, ValueError, AttributeError) as error:
        reason = " ".join(str(error).split())[:120]
        raise DatasetError(f"{path} is damaged ({reason}); delete it and run the same command again") from error
    return Classes(values=values, n_minimal=n_minimal, codes=codes, n_candidates=n_candidates)


def n_candidates_of(path: Path) -> int:
    """The number of candidates that a shard was made from; 0 for a file that does not say."""
    try:
        return _checked((pq.read_schema(path).metadata or {})[_N_CANDIDATES])
    except (OSError, pa.ArrowException, LookupError, ValueError):
        return 0  # whoever reads its classes is told what is wrong with it


def _with_checksum(number: int) -> bytes:
    text = b"%d" % number
    return b"%s %08x" % (text, zlib.crc32(text))


def _checked(text: bytes) -> int:
    number = int(text.split()[0])
    if _with_checksum(number) != text:
        raise ValueError("the number of candidates does not match its checksum")
    return number


def _fixed_binary(rows: np.ndarray) -> pa.Array:
    """uint8[n, width] as fixed-size binary values."""
    rows = np.ascontiguousarray(rows)
    return pa.Array.from_buffers(pa.binary(rows.shape[1]), len(rows), [None, pa.py_buffer(rows)])


def _numbers_of(column: pa.ChunkedArray) -> np.ndarray:
    if column.type != pa.int64() or column.null_count:
        raise ValueError(f"column of type {column.type}")
    return column.to_numpy()


def _bytes_of(column: pa.ChunkedArray, width: int) -> np.ndarray:
    """Fixed-size binary values as uint8[n, width]."""
    if column.type != pa.binary(width) or column.null_count:
        raise ValueError(f"column of type {column.type}")
    parts = [
        np.frombuffer(chunk.buffers()[1], dtype=np.uint8)[chunk.offset * width : (chunk.offset + len(chunk)) * width]
        for chunk in column.chunks
        if len(chunk)
    ]
    return np.concatenate([np.zeros(0, dtype=np.uint8), *parts]).reshape(-1, width)
