"""Rows of a published table that are made while they are read, so that no table is ever whole in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

#: Rows of a batch unless the reader asks for others.
ROWS_PER_BATCH = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """`num_rows` rows; `make(start, end)` gives those numbered start..end - 1, the same at every call.

    `schema` and `to_batches` are as in `pyarrow.Table`, in whose place it can be read.
    """

    num_rows: int
    make: Callable[[int, int], pa.RecordBatch]

    @property
    def schema(self) -> pa.Schema:
        """The columns and their types."""
        return self.make(0, 0).schema

    def to_batches(self, max_chunksize: int = ROWS_PER_BATCH) -> Iterator[pa.RecordBatch]:
        """All rows in order."""
        for start in range(0, self.num_rows, max_chunksize):
            yield self.make(start, min(start + max_chunksize, self.num_rows))

    def to_table(self) -> pa.Table:
        """All rows at once."""
        return pa.Table.from_batches(self.to_batches(), schema=self.schema)
