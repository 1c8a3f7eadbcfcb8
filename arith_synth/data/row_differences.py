"""How the rows of a split differ between two folders: which classes came and went, what was moved, what was changed.

Rows are paired by fingerprint; of several rows of one class the first is paired with the first. One column at a time is
read, so that the corpus of a large max_size fits.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

KEY = "fingerprint"


@dataclass(frozen=True, kw_only=True)
class RowDifferences:
    """What became of the rows of one split.

    `added`, `removed`: fingerprints that only the second or the first folder has. `reordered`: how few of the rows that
    both have would have to be moved to bring them into the same order. `changed`: rows that both have and that differ
    in some column; `changed_columns`: in how many by column. `added_columns`, `removed_columns`, `retyped_columns`:
    names.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reordered: int = 0
    changed: int = 0
    changed_columns: dict[str, int]
    added_columns: tuple[str, ...] = ()
    removed_columns: tuple[str, ...] = ()
    retyped_columns: tuple[str, ...] = ()


def row_differences(first: Sequence[Path], second: Sequence[Path]) -> RowDifferences:
    """Compare the rows of two lists of Parquet files. Raises OSError or pyarrow.ArrowException for unreadable files."""
    schemas = [pq.read_schema(files[0]) for files in (first, second)]
    types = [dict(zip(schema.names, schema.types, strict=True)) for schema in schemas]
    shared = [name for name in schemas[0].names if name in types[1]]
    comparable = [name for name in shared if types[0][name] == types[1][name]]
    old, new = (_keys(files, KEY in shared) for files in (first, second))
    place = {key: row for row, key in enumerate(new)}
    pairs = [(row, place[key]) for row, key in enumerate(old) if key in place]
    rows = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    differs_anywhere = np.zeros(len(rows), dtype=bool)
    changed_columns: dict[str, int] = {}
    for name in comparable:
        columns = [_column(files, name).take(pa.array(rows[:, side])) for side, files in enumerate((first, second))]
        differs = _differs(*columns)
        differs_anywhere |= differs
        if differs.any():
            changed_columns[name] = int(differs.sum())
    known = set(old)
    return RowDifferences(
        added=tuple(fingerprint for fingerprint, n in new if (fingerprint, n) not in known),
        removed=tuple(fingerprint for fingerprint, n in old if (fingerprint, n) not in place),
        reordered=len(rows) - _longest_run_in_order(rows[:, 1]),
        changed=int(differs_anywhere.sum()),
        changed_columns=changed_columns,
        added_columns=tuple(name for name in schemas[1].names if name not in types[0]),
        removed_columns=tuple(name for name in schemas[0].names if name not in types[1]),
        retyped_columns=tuple(name for name in shared if name not in comparable),
    )


def _keys(files: Sequence[Path], has_key: bool) -> list[tuple[str, int]]:
    """Each row's fingerprint and how many rows before it have the same; without fingerprints rows go by their place."""
    if not has_key:
        return [("", row) for row in range(sum(pq.read_metadata(path).num_rows for path in files))]
    seen: Counter[str] = Counter()
    keys = []
    for value in _column(files, KEY).to_pylist():
        text = str(value)
        keys.append((text, seen[text]))
        seen[text] += 1
    return keys


def _column(files: Sequence[Path], name: str) -> pa.Array:
    tables = [pq.ParquetFile(path).read(columns=[name]).replace_schema_metadata(None) for path in files]
    return pa.concat_tables(tables).column(name).combine_chunks()


def _differs(first: pa.Array, second: pa.Array) -> np.ndarray:
    """Whether the values of two arrays of one type and length differ, row by row: bool[n]. Floats differ by bits."""
    first, second = (_joined(values) for values in (first, second))
    differs = _mask(first.is_valid()) != _mask(second.is_valid())
    kind = first.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        lengths = [_numbers(pc.list_value_length(values)) for values in (first, second)]
        differs |= lengths[0] != lengths[1]
        alike = np.flatnonzero(~differs)
        inner = _differs(*(values.take(pa.array(alike)).flatten() for values in (first, second)))
        row_of = np.repeat(alike, lengths[0][alike])
        differs[row_of[inner]] = True
        return differs
    if pa.types.is_floating(kind):
        bits = pa.int64() if kind == pa.float64() else pa.int32() if kind == pa.float32() else pa.int16()
        first, second = (values.view(bits) for values in (first, second))
    return differs | _mask(pc.fill_null(pc.not_equal(first, second), False))


def _joined(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _mask(values: pa.Array) -> np.ndarray:
    return values.to_numpy(zero_copy_only=False).astype(bool)


def _numbers(values: pa.Array) -> np.ndarray:
    return pc.fill_null(values, 0).to_numpy(zero_copy_only=False).astype(np.int64)


def _longest_run_in_order(places: np.ndarray) -> int:
    """The length of the longest increasing subsequence: what can stay where it is."""
    ends: list[int] = []
    for place in places.tolist():
        at = bisect_left(ends, place)
        if at == len(ends):
            ends.append(place)
        else:
            ends[at] = place
    return len(ends)
