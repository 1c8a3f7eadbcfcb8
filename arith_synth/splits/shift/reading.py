"""What the shift report knows of a split: some columns of its published files, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from arith_synth.errors import DatasetError

SPACES = ("syntactic", "semantic")
#: Published distances to the config's `train`; null in training splits.
DISTANCES = ("syntactic_distance", "semantic_distance", "tree_edit_distance")
_COLUMNS = (*SPACES, *DISTANCES, "size", "program_prefix", "fingerprint")
_HEX_DIGITS = 32
_REBUILD = "rebuild the folder: arith-synth build"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PublishedSplit:
    """The rows of a split, in file order.

    `coordinates`: by space, float32[n, 16]; `distances`: by column, float32[n], and no entry where they are null;
    `sizes` int64[n]; `operators` int64[n, k], how often each operator of the grammar stands in the target program;
    `fingerprints` uint64[n, 2].
    """

    config: str
    name: str
    coordinates: dict[str, np.ndarray]
    distances: dict[str, np.ndarray]
    sizes: np.ndarray
    operators: np.ndarray
    fingerprints: np.ndarray

    @property
    def path(self) -> str:
        """`config/split`."""
        return f"{self.config}/{self.name}"

    def __len__(self) -> int:
        return len(self.sizes)


def split_files(folder: Path, config: str, split: str) -> list[Path]:
    """The Parquet files of a split in order, found by their names; none where the folder has no such split."""
    return sorted((folder / config).glob(f"{split}-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9].parquet"))


def read_split(folder: Path, config: str, split: str, operators: Sequence[str]) -> PublishedSplit:
    """Read a split of tasks. Raises DatasetError, one line, when a file is missing, damaged or not of our schema."""
    place = f"{folder}: {config}/{split}"
    files = split_files(folder, config, split)
    if not files:
        raise DatasetError(f"{place} has no Parquet file; {_REBUILD}")
    try:
        tables = [pq.ParquetFile(path).read(columns=list(_COLUMNS)).replace_schema_metadata(None) for path in files]
        table = pa.concat_tables(tables).combine_chunks()
        if not len(table):
            raise ValueError("it has no rows")
        columns = {name: _joined(table.column(name)) for name in _COLUMNS}
        distances = {name: columns[name] for name in DISTANCES if not columns[name].null_count}
        return PublishedSplit(
            config=config,
            name=split,
            coordinates={space: _matrix(columns[space]) for space in SPACES},
            distances={name: _numbers(values).astype(np.float32) for name, values in distances.items()},
            sizes=_numbers(columns["size"]).astype(np.int64),
            operators=_operator_counts(columns["program_prefix"], operators),
            fingerprints=_fingerprints(columns["fingerprint"]),
        )
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise DatasetError(f"{place} cannot be read ({' '.join(str(error).split())[:200]}); {_REBUILD}") from error


def _joined(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _numbers(values: pa.Array) -> np.ndarray:
    if values.null_count:
        raise ValueError("a value is null")
    return values.to_numpy(zero_copy_only=False)


def _matrix(values: pa.Array) -> np.ndarray:
    flat = _numbers(values.flatten())
    matrix = flat.reshape(len(values), -1)
    if values.null_count or matrix.dtype.kind != "f" or not np.isfinite(matrix).all():
        raise ValueError("coordinates must be finite floats")
    return matrix


def _operator_counts(prefixes: pa.Array, operators: Sequence[str]) -> np.ndarray:
    """How often each operator stands in each program in prefix notation: int64[n, k]."""
    symbols = pc.split_pattern(prefixes, " ")
    rows = np.repeat(np.arange(len(prefixes)), _numbers(pc.list_value_length(symbols)))
    of_symbol = _numbers(pc.fill_null(pc.index_in(symbols.flatten(), value_set=pa.array(operators, pa.string())), -1))
    n_operators = len(operators)
    known = of_symbol >= 0
    flat = np.bincount(rows[known] * n_operators + of_symbol[known], minlength=len(prefixes) * n_operators)
    return flat.reshape(len(prefixes), n_operators)


def _fingerprints(texts: pa.Array) -> np.ndarray:
    """32 hex digits each -> uint64[n, 2]."""
    if texts.null_count or pc.min_max(pc.binary_length(texts)).as_py() != {"min": _HEX_DIGITS, "max": _HEX_DIGITS}:
        raise ValueError(f"a fingerprint does not have {_HEX_DIGITS} hex digits")
    joined = bytes.fromhex("".join(texts.to_pylist()))
    return np.frombuffer(joined, dtype=">u8").reshape(-1, 2).astype(np.uint64)
