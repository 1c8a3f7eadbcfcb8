"""The Croissant metadata: valid for the reader of MLCommons, which finds the rows by it and by nothing else."""

import json

import pytest

from arith_synth.data.croissant import croissant
from arith_synth.data.folder import CROISSANT_FILE
from arith_synth.data.schema import features_of

# mlcroissant 1.1 on rdflib 7 and pandas 3
pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword:Warning"),
]


@pytest.fixture
def described(dataset):
    """A dataset folder with its metadata."""
    text = croissant(dataset.build, dataset.checksums)
    (dataset.path / CROISSANT_FILE).write_text(text, encoding="utf-8")
    return dataset


@pytest.fixture
def read(described):
    import mlcroissant

    return mlcroissant.Dataset(str(described.path / CROISSANT_FILE))


def test_it_is_valid_under_mlcroissant(read):
    assert read.metadata.issues.errors == set()
    # A date would be of the build, and two builds of the same data give the same bytes.
    assert all("datePublished" in warning for warning in read.metadata.issues.warnings)


def test_there_is_a_record_set_for_each_config(read, described):
    assert [record_set.id for record_set in read.metadata.record_sets] == list(described.configs)


@pytest.mark.parametrize("config", ["support_shift", "corpus"])
def test_its_fields_are_the_columns_and_the_split(read, config):
    (record_set,) = (record_set for record_set in read.metadata.record_sets if record_set.id == config)
    assert [field.name for field in record_set.fields] == ["split", *features_of(config)]


def test_every_file_stands_in_it_with_its_sha256(read, described):
    found = {node.content_url: node.sha256 for node in read.metadata.distribution if getattr(node, "sha256", None)}
    assert found == {name: entry["sha256"] for name, entry in described.checksums["files"].items()}


def test_mlcroissant_reads_the_rows_of_all_splits_by_it(read, described):
    records = list(read.records("support_shift"))
    found = sorted((row["support_shift/split"].decode(), row["support_shift/task_id"].decode()) for row in records)
    assert found == sorted(
        (split, task_id)
        for split in described.configs["support_shift"]
        for task_id in described.read("support_shift", split, ["task_id"]).column("task_id").to_pylist()
    )


def test_mlcroissant_reads_lists_and_lists_of_lists(read, described):
    rows = {row["support_shift/task_id"].decode(): row for row in read.records("support_shift")}
    for expected in described.read("support_shift", "test").to_pylist():
        row = rows[expected["task_id"]]
        assert [[int(value) for value in point] for point in row["support_shift/inputs"]] == expected["inputs"]
        assert [float(value) for value in row["support_shift/semantic"]] == expected["semantic"]


def test_it_is_the_same_for_the_same_dataset(dataset):
    again = json.loads(json.dumps(dataset.build)), json.loads(json.dumps(dataset.checksums))
    assert croissant(dataset.build, dataset.checksums) == croissant(*again)
