"""One pass over a Parquet file: its checksums, and what the schema claim asks of its columns."""

import stat
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from arith_synth.data.checksums import content_sha256, file_sha256

#: What is said of a link, a pipe, a directory where a file should be: it is never opened.
NOT_PLAIN = "it is no plain file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column holds. `has_null`: in any value or item of a list; `is_null`: every value is.

    `lengths`: the smallest and largest length of its lists, a pair for each level of nesting; none where no list is.
    """

    has_null: bool
    is_null: bool
    lengths: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A file read whole. `sha256`: of its bytes. `error`: what kept it from being read; then the rest is empty.

    `content_sha256` is None, and `no_content` says why, for a file with a column that has no checksum.
    """

    sha256: str
    error: str | None = None
    n_rows: int = 0
    content_sha256: str | None = None
    no_content: str = ""
    columns: dict[str, Column] = field(default_factory=dict)


def is_plain_file(folder: Path, file: str) -> bool:
    """Whether a path within a folder is a file of its own there: no pipe, no directory, no link, and behind no link."""
    path = folder / file
    try:
        return stat.S_ISREG(path.lstat().st_mode) and not any(
            parent.is_symlink() for parent in path.parents if parent.is_relative_to(folder) and parent != folder
        )
    except OSError:
        return False


def scan_file(folder: Path, file_name: str) -> Scan:
    """Read one Parquet file of a folder; what kept it from being read stands in the scan."""
    path = folder / file_name
    if not is_plain_file(folder, file_name):
        return Scan(sha256="", error=NOT_PLAIN)
    try:
        sha256 = file_sha256(path)
    except OSError as error:
        return Scan(sha256="", error=str(error))
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(use_threads=False).combine_chunks()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        return Scan(sha256=sha256, error=str(error))
    content, no_content = None, ""
    try:
        content = content_sha256(table)
    except (pa.ArrowException, TypeError, KeyError) as error:  # a type that no schema here has; a column that is twice
        no_content = str(error)
    return Scan(
        sha256=sha256,
        n_rows=table.num_rows,
        content_sha256=content,
        no_content=no_content,
        columns={name: _column(_joined(table.column(i))) for i, name in enumerate(table.column_names)},
    )


def is_list(kind: pa.DataType) -> bool:
    """Whether values of a type are lists, of a fixed length or not."""
    return pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind)


def _column(values: pa.Array) -> Column:
    is_null = values.null_count == len(values)
    has_null, lengths = False, []
    while True:
        has_null = has_null or values.null_count > 0
        if not is_list(values.type):
            return Column(has_null=has_null, is_null=is_null, lengths=tuple(lengths))
        extremes = pc.min_max(pc.list_value_length(values)).as_py() if len(values) > values.null_count else None
        if extremes is not None:
            lengths.append((extremes["min"], extremes["max"]))
        values = values.flatten()


def _joined(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], type=column.type)
