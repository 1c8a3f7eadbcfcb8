"""The corpus: one target program for every class up to the largest size."""

from dataset_builders.tables import TablesBuilder, configs


class CorpusBuilder(TablesBuilder):
    """Split `full`, ordered by size and fingerprint. It holds every answer of every test."""

    BUILDER_CONFIGS = configs(corpus="Every class of the grammar, with its target program. Not for training.")
