"""What all builders share: each split is an Arrow table, made and written in batches."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import datasets
import pyarrow as pa

from arith_synth import DATA_VERSION
from arith_synth.data.schema import TableLike, conform, features_of

#: The tables of a config by split name, in the order in which the splits are published.
BuildTables = Callable[[str], Mapping[str, TableLike]]

_ROWS_PER_BATCH = 10_000


def configs(**descriptions: str) -> list[datasets.BuilderConfig]:
    """Builder configs of the current data version, by name."""
    return [
        datasets.BuilderConfig(name=name, version=datasets.Version(DATA_VERSION), description=text)
        for name, text in descriptions.items()
    ]


class TablesBuilder(datasets.ArrowBasedBuilder):
    """A builder whose splits are the tables that `build_tables(config name)` returns, read batch by batch.

    Each batch is made when the builder prepares its files, and checked against the schema of the config:
    `download_and_prepare` raises DatasetGenerationError, caused by our DatasetError, when one does not fit.
    """

    def __init__(self, *, build_tables: BuildTables, **options: Any) -> None:
        super().__init__(**options)
        self._build_tables = build_tables

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(
            description=self.config.description or "",
            features=features_of(self.config.name),
            license="apache-2.0",
        )

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        tables = self._build_tables(self.config.name)
        for table in tables.values():
            conform(table.schema.empty_table(), self.config.name)
        return [datasets.SplitGenerator(name=split, gen_kwargs={"table": table}) for split, table in tables.items()]

    def _generate_tables(self, table: TableLike) -> Iterator[tuple[Any, pa.Table]]:
        for index, batch in enumerate(table.to_batches(_ROWS_PER_BATCH)):
            yield index, conform(pa.Table.from_batches([batch]), self.config.name)
