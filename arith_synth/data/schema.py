"""The columns of the published Parquet files, fixed by the data version: docs/schema.md describes each.

One schema serves every task config, and one the corpus.
"""

from collections.abc import Iterable
from typing import Protocol

import pyarrow as pa
from datasets import Features, List, Value

from arith_synth.errors import DatasetError

#: Dimensions of the syntactic and of the semantic space.
N_COORDINATES = 16

CORPUS_CONFIG = "corpus"
#: Its only split. Not "all": `datasets` reserves that word for the union of splits and refuses to load such a split.
CORPUS_SPLIT = "full"

_POINTS = List(List(Value("int64")))
_TEXTS = List(Value("string"))
_COORDINATES = List(Value("float32"), length=N_COORDINATES)

TASK_FEATURES = Features(
    {
        "task_id": Value("string"),
        "prompt": Value("string"),
        "completion": Value("string"),
        "program": Value("string"),
        "program_prefix": Value("string"),
        "inputs": _POINTS,
        "outputs": _TEXTS,
        "heldout_inputs": _POINTS,
        "heldout_outputs": _TEXTS,
        "size": Value("int32"),
        "depth": Value("int32"),
        "strahler": Value("int32"),
        "n_divisions": Value("int32"),
        "shape": Value("string"),
        "fingerprint": Value("string"),
        "syntactic": _COORDINATES,
        "semantic": _COORDINATES,
        "syntactic_region": Value("string"),
        "semantic_region": Value("string"),
        "syntactic_distance": Value("float32"),
        "semantic_distance": Value("float32"),
        "tree_edit_distance": Value("float32"),
    }
)

CORPUS_FEATURES = Features(
    {
        "program": Value("string"),
        "size": Value("int32"),
        "fingerprint": Value("string"),
        "depth": Value("int32"),
        "strahler": Value("int32"),
        "n_divisions": Value("int32"),
        "shape": Value("string"),
        "forced": _TEXTS,
        "used_by": _TEXTS,
        "syntactic": _COORDINATES,
        "semantic": _COORDINATES,
    }
)

#: What each column means, for the card and docs/schema.md.
COLUMN_MEANINGS = {
    "task_id": "`<config>/<split>/<6 digits>`, numbered in keyed-hash order",
    "prompt": "the task as text: names the language, then the shown examples",
    "completion": "what follows the prompt: a space and the program",
    "program": "the target program, canonical infix",
    "program_prefix": "the target program, symbols in prefix order with spaces",
    "inputs": "the shown inputs, one value a variable",
    "outputs": "the shown outputs, exact: `-7/3`, `4`",
    "heldout_inputs": "inputs for scoring, never shown to a model; null in training splits",
    "heldout_outputs": "their outputs; null in training splits",
    "size": "leaves of the target",
    "depth": "nodes on the longest path from the root; a leaf has depth 1",
    "strahler": "Strahler number; a leaf has 1",
    "n_divisions": "division nodes of the target",
    "shape": "the target's tree with leaves and operators blanked: `((..).)`",
    "fingerprint": "of the class, 32 hex digits: its values at two fixed points modulo 2^61 - 1 (`xycond`: hashes of "
    "outputs)",
    "syntactic": "coordinates of the target in the syntactic space",
    "semantic": "coordinates of the class in the semantic space",
    "syntactic_region": "`in` or `out` of what the config's shifted arm may be trained on; `in` without such a region",
    "semantic_region": "the same in the semantic space; a gap is `out` too",
    "syntactic_distance": "to the syntactically nearest program of the config's `train`; null in training splits",
    "semantic_distance": "to the semantically nearest program of the config's `train`; null in training splits",
    "tree_edit_distance": "to the nearest of the syntactically nearest programs there; null in training splits",
    "forced": "patterns into which the class is forced: every realization of up to max_size + 1 leaves has them",
    "used_by": "test splits that the class serves; training and validation splits are not listed",
}


def features_of(config: str) -> Features:
    """The columns of a config: the corpus has its own, all others share one schema."""
    return CORPUS_FEATURES if config == CORPUS_CONFIG else TASK_FEATURES


class TableLike(Protocol):
    """Rows that are read once and in batches: a `pyarrow.Table`, or what makes them while they are read."""

    @property
    def num_rows(self) -> int: ...  # noqa: D102

    @property
    def schema(self) -> pa.Schema: ...  # noqa: D102

    def to_batches(self, max_chunksize: int, /) -> Iterable[pa.RecordBatch]: ...  # noqa: D102


def conform(table: pa.Table, config: str) -> pa.Table:
    """The table with exactly the config's columns, in their order and of their types.

    Raises DatasetError when a column is missing, is one too many or cannot be cast without loss.
    """
    schema = pa.schema(features_of(config).type)
    missing = [name for name in schema.names if name not in table.column_names]
    surplus = [name for name in table.column_names if name not in schema.names]
    if missing or surplus:
        raise DatasetError(
            f"a table of config {config!r} does not fit the schema (missing: {missing}, too many: {surplus}); "
            "produce the columns of arith_synth.data.schema"
        )
    try:
        return table.select(schema.names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DatasetError(f"a table of config {config!r} does not fit the schema: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
