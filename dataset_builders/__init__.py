"""`datasets` builders that make the published Parquet files, one family of configs per file.

They run when the dataset is built; who loads it reads Parquet and needs none of this. A builder gets the function
that makes a config's tables, so it can be tried on tables made by hand:

    builder = builder_for("random")(config_name="random", build_tables=tables_of, cache_dir=folder)
    builder.download_and_prepare(file_format="parquet")
"""

from arith_synth.names import check_name
from dataset_builders.corpus import CorpusBuilder
from dataset_builders.density_shift import DensityShiftBuilder
from dataset_builders.input_shift import InputShiftBuilder
from dataset_builders.random import RandomBuilder
from dataset_builders.support_axes import SupportAxisBuilder, region_builder
from dataset_builders.support_shift import SupportShiftBuilder
from dataset_builders.tables import TablesBuilder

__all__ = [
    "BUILDERS",
    "CorpusBuilder",
    "DensityShiftBuilder",
    "InputShiftBuilder",
    "RandomBuilder",
    "SupportAxisBuilder",
    "SupportShiftBuilder",
    "TablesBuilder",
    "builder_for",
]

#: The builder of each named config.
BUILDERS: dict[str, type[TablesBuilder]] = {
    config.name: builder
    for builder in (
        SupportShiftBuilder,
        SupportAxisBuilder,
        DensityShiftBuilder,
        InputShiftBuilder,
        RandomBuilder,
        CorpusBuilder,
    )
    for config in builder.BUILDER_CONFIGS
}


def builder_for(config: str) -> type[TablesBuilder]:
    """The builder of a config, also of a user's region; UnknownNameError with the nearest name when there is none."""
    if config not in BUILDERS:
        builder = region_builder(config)
        if builder is not None:
            return builder
    check_name("config", config, BUILDERS)
    return BUILDERS[config]
