"""How much a region of a coordinate leaks: classes of its test that also have a program outside of it.

Such a task can be solved with a form that training had. Only minimal realizations are looked at, so the share that is
published is a lower bound.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.numbered import numbered_realizations
from arith_synth.enumeration.realizations import all_realizations
from arith_synth.spaces.syntactic import syntactic_coordinates
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.axes import IntervalRegion

_CHUNK = 1 << 18


def minimal_leaks(
    atlas: Atlas, region: IntervalRegion, definition: Mapping[str, Any], classes: np.ndarray
) -> dict[str, int]:
    """Of the classes int64[n]: how many have a minimal realization outside of the interval of a syntactic coordinate.

    Returns `classes`, `leaking`, and out of how many minimal `realizations` that was found.
    """
    corpus = atlas.corpus
    realizations = all_realizations(enumerate_bank(corpus.grammar, corpus.max_size))
    n_minimal = realizations.n_minimal[classes]
    rows = np.repeat(np.arange(len(classes)), n_minimal)
    ranks = np.arange(len(rows)) - np.repeat(np.cumsum(n_minimal) - n_minimal, n_minimal)
    leaks = np.zeros(len(classes), dtype=bool)
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        codes = numbered_realizations(
            realizations, classes[chunk], ranks[start : start + _CHUNK], corpus.codes.shape[1]
        )
        coordinate = syntactic_coordinates(codes, corpus.grammar, atlas.bases.syntactic)[:, region.coordinate]
        outside = (coordinate < definition["from"]) | (coordinate >= definition["below"])
        leaks[chunk[outside]] = True
    return {"classes": len(classes), "leaking": int(leaks.sum()), "realizations": len(rows)}
