"""The baseline: train, validation and test follow one law."""

from dataset_builders.tables import TablesBuilder, configs


class RandomBuilder(TablesBuilder):
    """Splits `train`, `validation`, `test`, disjoint in classes and alike in everything else."""

    BUILDER_CONFIGS = configs(random="Nothing differs between training and test: the baseline.")
