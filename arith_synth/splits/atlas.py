"""The atlas: a corpus with the coordinates, measures and eligibility of every class. Splits are functions of it."""

from dataclasses import dataclass

import numpy as np

from arith_synth.enumeration.corpus import Corpus
from arith_synth.progress import Progress
from arith_synth.spaces.bases import Bases
from arith_synth.spaces.measures import program_measures
from arith_synth.splits.well_posed import posedness_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """Everything that a split may depend on, one row a class in corpus order.

    Shapes: syntactic, semantic int32[n, 16] (integer coordinates); regular, eligible bool[n] (eligible: regular and
    well posed); examples_needed uint8[n] (see `well_posed`); measures: name -> int array[n] (size, depth, strahler,
    n_divisions of the target).
    """

    corpus: Corpus
    bases: Bases
    syntactic: np.ndarray
    semantic: np.ndarray
    regular: np.ndarray
    eligible: np.ndarray
    examples_needed: np.ndarray
    measures: dict[str, np.ndarray]


def build_atlas(corpus: Corpus, bases: Bases, progress: Progress | None = None) -> Atlas:
    """Compute coordinates, measures and eligibility of every class."""
    posedness = posedness_of(corpus, progress=progress)
    if progress is not None:
        progress("computing coordinates", 0, 1)
    syntactic, semantic = bases.coordinates(corpus.codes)
    atlas = Atlas(
        corpus=corpus,
        bases=bases,
        syntactic=syntactic,
        semantic=semantic,
        regular=posedness.regular,
        eligible=posedness.well_posed,
        examples_needed=posedness.examples_needed,
        measures=program_measures(corpus.codes, corpus.grammar),
    )
    if progress is not None:
        progress("computing coordinates", 1, 1)
    return atlas
