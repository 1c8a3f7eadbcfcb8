"""Density shifts: the same support, other weights over the cells of the two spaces."""

from arith_synth.splits.density import DENSITY_CONFIGS
from dataset_builders.tables import TablesBuilder, configs


class DensityShiftBuilder(TablesBuilder):
    """`train`, `validation` and `test` follow the config's law; `test_uniform` is even over cells in all of them."""

    BUILDER_CONFIGS = configs(
        **{config.name: f"Training keeps diversity: {config.regime.name}." for config in DENSITY_CONFIGS}
    )
