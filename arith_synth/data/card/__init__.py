"""The dataset card and the Hub's benchmark file, generated from the files of the folder that they describe."""

from arith_synth.data.card.benchmark import benchmark
from arith_synth.data.card.document import card, columns_rows, write_cards

__all__ = ["benchmark", "card", "columns_rows", "write_cards"]
