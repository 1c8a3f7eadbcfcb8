"""Writing Parquet so that the same rows give the same bytes: every writer option is pinned here."""

import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from arith_synth import DATA_VERSION
from arith_synth.data.schema import features_of

#: Rows of one row group: what a streaming reader fetches at once (a few MB).
ROWS_PER_GROUP = 10_000
#: Rows of one file; a multiple of ROWS_PER_GROUP. A longer split is cut into several files.
ROWS_PER_FILE = 500_000

#: Stands in every card and Parquet file. Whoever filters a training corpus can look for it; a model that recites it
#: has read the answers.
CANARY = "arith-synth:canary:5f6b8a0e-2c1d-4e93-9a57-d81c30f7b264: the answers of a benchmark; not for training"

#: Columns whose values come from a short list, and are stored as numbers of its entries. Looking for a list in columns
#: that have none costs time and, where the attempt is given up late, bytes.
_FEW_VALUES = [
    "inputs.list.element.list.element",
    "heldout_inputs.list.element.list.element",
    "size",
    "depth",
    "strahler",
    "n_divisions",
    "shape",
    "syntactic_region",
    "semantic_region",
    "tree_edit_distance",
    "forced.list.element",
    "used_by.list.element",
]

_DATA_VERSION_KEY = b"arith_synth.data_version"
_CANARY_KEY = b"arith_synth.canary"


def published_schema(config: str) -> pa.Schema:
    """The config's Arrow schema with the metadata that every file has: features, data version, canary."""
    schema = features_of(config).arrow_schema
    return schema.with_metadata(
        {
            **(schema.metadata or {}),
            _DATA_VERSION_KEY: DATA_VERSION.encode(),
            _CANARY_KEY: CANARY.encode(),
        }
    )


def rewrite_split(
    source: Path, folder: Path, config: str, split: str, count: Callable[[int], None] | None = None
) -> list[Path]:
    """Write a prepared Arrow stream as `<split>-<i>-of-<n>.parquet` files in `folder`, with pinned options.

    Reads and writes one row group at a time, and calls `count` with its number of rows. Returns the files in order; a
    split without rows has one file.
    """
    schema = published_schema(config)
    with pa.memory_map(str(source)) as prepared:
        n_rows = sum(batch.num_rows for batch in pa.ipc.open_stream(prepared))
        prepared.seek(0)
        n_files = max(1, math.ceil(n_rows / ROWS_PER_FILE))
        paths = [folder / f"{split}-{index:05d}-of-{n_files:05d}.parquet" for index in range(n_files)]
        groups = _groups(pa.ipc.open_stream(prepared))
        for path in paths:
            with _writer(path, schema) as writer:
                for _ in range(ROWS_PER_FILE // ROWS_PER_GROUP):
                    group = next(groups, None)
                    if group is None:
                        break
                    writer.write_table(group.cast(schema), row_group_size=ROWS_PER_GROUP)
                    if count is not None:
                        count(group.num_rows)
    return paths


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows in tables of exactly ROWS_PER_GROUP, but for the last."""
    waiting: list[pa.RecordBatch] = []
    n_waiting = 0
    for batch in batches:
        while n_waiting + batch.num_rows >= ROWS_PER_GROUP:
            n_missing = ROWS_PER_GROUP - n_waiting
            yield pa.Table.from_batches([*waiting, batch.slice(0, n_missing)])
            waiting, n_waiting, batch = [], 0, batch.slice(n_missing)
        if batch.num_rows:
            waiting.append(batch)
            n_waiting += batch.num_rows
    if waiting:
        yield pa.Table.from_batches(waiting)


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path,
        schema,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=3,
        use_dictionary=_FEW_VALUES,  # pyright: ignore[reportArgumentType]  (the stubs know no list of columns)
        write_statistics=True,
        store_schema=True,
    )
