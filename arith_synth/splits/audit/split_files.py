"""The rows of a split in its Parquet files.

Columns are read when they are asked for and not kept: all of them together need not fit into memory.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """The rows of one split, in file order. `files`: its Parquet files in that order, all of one `schema`."""

    config: str
    name: str
    files: tuple[Path, ...]
    schema: pa.Schema
    n_rows: int

    @property
    def path(self) -> str:
        """`config/split`."""
        return f"{self.config}/{self.name}"

    @property
    def is_train(self) -> bool:
        """Whether it is a training set: these show no held-out example."""
        return self.name.startswith("train")

    def column(self, name: str) -> pa.Array:
        """A column in one piece, read anew. Raises pyarrow.ArrowException or OSError when a file is damaged."""
        chunks: list[pa.Array] = []
        for file in self.files:
            chunks += read_parquet(file, [name]).column(name).chunks
        return chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks) if chunks else self._nothing(name)

    def numbers(self, name: str) -> np.ndarray:
        """A column of numbers without nulls."""
        return self.column(name).to_numpy(zero_copy_only=False)

    def row(self, index: int) -> str:
        """What names a row in a message: its task id, or its place in the corpus."""
        if "task_id" in self.schema.names:
            return f"{self.path} row {index} ({self.column('task_id')[index].as_py()})"
        return f"{self.path} row {index}"

    def _nothing(self, name: str) -> pa.Array:
        return pa.array([], type=self.schema.field(name).type)


def read_parquet(file: Path, columns: list[str] | None = None) -> pa.Table:
    """Some or all columns of a Parquet file, each in one piece. Raises pyarrow.ArrowException or OSError."""
    with pq.ParquetFile(file, pre_buffer=False) as opened:
        return opened.read(columns=columns, use_threads=False).combine_chunks()
