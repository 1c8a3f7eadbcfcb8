"""The `datasets` builders write what they are given, and nothing that does not fit the schema."""

import datasets
import pytest

from arith_synth import DATA_VERSION
from arith_synth.errors import DatasetError, UnknownNameError
from dataset_builders import BUILDERS, builder_for


def builder_of(config, build_tables, folder):
    return builder_for(config)(config_name=config, build_tables=build_tables, cache_dir=str(folder))


@pytest.mark.parametrize("config", ["support_shift", "random", "corpus"])
def test_a_builder_gives_back_its_tables(config, tables, tmp_path):
    builder = builder_of(config, tables, tmp_path)
    builder.download_and_prepare()
    loaded = builder.as_dataset()
    assert {split: rows.with_format(None).to_list() for split, rows in loaded.items()} == {
        split: table.to_pylist() for split, table in tables(config).items()
    }


class Counted:
    """A table whose batches are made while it is read; `made` tells how many were."""

    def __init__(self, table):
        self.table, self.num_rows, self.schema, self.made = table, table.num_rows, table.schema, 0

    def to_batches(self, max_chunksize):
        for start in range(self.num_rows):
            self.made += 1
            yield self.table.slice(start, 1).to_batches()[0]


def test_a_stream_makes_no_batch_before_it_is_read(tables, tmp_path):
    split = Counted(tables("random")["test"])
    stream = builder_of("random", lambda _: {"test": split}, tmp_path).as_streaming_dataset(split="test")
    rows = iter(stream)
    assert next(rows) == split.table.to_pylist()[0]
    assert split.made < split.num_rows


def test_batches_that_are_made_while_they_are_read_give_the_same_rows(tables, tmp_path):
    split = Counted(tables("random")["test"])
    builder = builder_of("random", lambda _: {"test": split}, tmp_path)
    builder.download_and_prepare()
    assert builder.as_dataset(split="test").to_list() == split.table.to_pylist()
    assert split.made == split.num_rows


def test_a_builder_streams_its_tables(tables, tmp_path):
    stream = builder_of("random", tables, tmp_path).as_streaming_dataset(split="test")
    assert list(stream) == tables("random")["test"].to_pylist()


def test_configs_have_the_data_version():
    versions = {str(config.version) for builder in BUILDERS.values() for config in builder.BUILDER_CONFIGS}
    assert versions == {DATA_VERSION}


def test_a_table_that_does_not_fit_stops_the_build(tables, tmp_path):
    builder = builder_of("random", lambda _: tables("corpus"), tmp_path)
    with pytest.raises(DatasetError, match="does not fit the schema"):
        builder.download_and_prepare(file_format="parquet")


def test_an_unknown_config_has_no_builder():
    with pytest.raises(UnknownNameError, match="did you mean 'random'"):
        builder_for("randon")


def test_no_split_has_the_name_that_datasets_reserves(tables, tmp_path):
    builder = builder_of("corpus", lambda config: {"all": tables(config)["full"]}, tmp_path)
    with pytest.raises(ValueError, match="special split keyword"):
        builder.download_and_prepare()


def test_builders_are_arrow_based():
    assert all(issubclass(builder, datasets.ArrowBasedBuilder) for builder in BUILDERS.values())
