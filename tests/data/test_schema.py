"""The published columns: changing one is a new data version."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from arith_synth.data.card import columns_rows
from arith_synth.data.schema import COLUMN_MEANINGS, CORPUS_FEATURES, TASK_FEATURES, conform
from arith_synth.errors import DatasetError, UnknownNameError
from arith_synth.names import check_name

TASK_COLUMNS = """\
task_id: string
prompt: string
completion: string
program: string
program_prefix: string
inputs: list<item: list<item: int64>>
outputs: list<item: string>
heldout_inputs: list<item: list<item: int64>>
heldout_outputs: list<item: string>
size: int32
depth: int32
strahler: int32
n_divisions: int32
shape: string
fingerprint: string
syntactic: fixed_size_list<item: float>[16]
semantic: fixed_size_list<item: float>[16]
syntactic_region: string
semantic_region: string
syntactic_distance: float
semantic_distance: float
tree_edit_distance: float"""

CORPUS_COLUMNS = """\
program: string
size: int32
fingerprint: string
depth: int32
strahler: int32
n_divisions: int32
shape: string
forced: list<item: string>
used_by: list<item: string>
syntactic: fixed_size_list<item: float>[16]
semantic: fixed_size_list<item: float>[16]"""


def arrow_columns(features) -> str:
    lines = (f"{field.name}: {field.type}" for field in pa.schema(features.type))
    return re.sub(r"element: ", "item: ", "\n".join(lines))


def test_task_columns_are_those_of_the_data_version():
    assert arrow_columns(TASK_FEATURES) == TASK_COLUMNS


def test_corpus_columns_are_those_of_the_data_version():
    assert arrow_columns(CORPUS_FEATURES) == CORPUS_COLUMNS


def test_every_column_has_a_meaning_and_every_meaning_a_column():
    assert set(COLUMN_MEANINGS) == set(TASK_FEATURES) | set(CORPUS_FEATURES)


@pytest.mark.parametrize("features", [TASK_FEATURES, CORPUS_FEATURES])
def test_the_schema_page_describes_every_column_as_the_card_does(features):
    page = (Path(__file__).parents[2] / "docs" / "schema.md").read_text(encoding="utf-8")
    assert "\n".join(columns_rows(list(features))) in page


def test_conforming_orders_and_casts_columns(tables):
    table = tables("corpus")["full"]
    shuffled = table.select(table.column_names[::-1]).set_column(9, "size", table["size"].cast(pa.int64()))
    assert conform(shuffled, "corpus").equals(table)


def test_a_missing_column_is_named(tables):
    with pytest.raises(DatasetError, match="missing: \\['shape'\\]"):
        conform(tables("corpus")["full"].drop_columns(["shape"]), "corpus")


def test_a_value_that_does_not_fit_its_type_is_an_error(tables):
    table = tables("corpus")["full"]
    too_large = pa.array([2**40] * table.num_rows)
    with pytest.raises(DatasetError, match="does not fit the schema"):
        conform(table.set_column(1, "size", too_large), "corpus")


def test_an_unknown_name_gets_the_nearest_one():
    with pytest.raises(UnknownNameError, match="unknown config 'suport_shift'; did you mean 'support_shift'\\?"):
        check_name("config", "suport_shift", ["random", "support_shift"])
