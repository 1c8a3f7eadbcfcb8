"""What writing a size to disk begins with: all smaller classes, read back, and all their minimal realizations."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from arith_synth.enumeration.drawing import Drawing, Realizations, derivations_of, realizations_of_leaves
from arith_synth.enumeration.folders import description_of, read_values
from arith_synth.enumeration.partition import Workspace
from arith_synth.enumeration.sources import source_of
from arith_synth.grammar import Grammar


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All classes below a size, in memory: values uint64[n, 2], and their minimal realizations."""

    grammar: Grammar
    max_size: int
    values: np.ndarray
    first_of_size: tuple[int, ...]
    realizations: Realizations


def known_below(folder: Path, size: int, threads: int, entries_of_slab: int) -> Known:
    """The classes of the sealed sizes below `size`, and all their minimal realizations."""
    grammar, max_size = description_of(folder)
    by_size = [read_values(folder, smaller) for smaller in range(1, size)]
    offsets = [0, 0, *np.cumsum([len(part) for part in by_size]).tolist()]
    values = np.concatenate(by_size)
    del by_size  # as many bytes as values, and the derivations are still to come
    realizations = realizations_of_leaves(grammar, values)
    for smaller in range(2, size):
        derivations = derivations_of(source_of(grammar, smaller, values, offsets), threads)
        of_smaller = values[: offsets[smaller + 1]], offsets[: smaller + 2]
        drawing = Drawing(realizations, derivations, *of_smaller, entries_of_slab=entries_of_slab, keep_all=True)
        n_minimal = drawing.run(Workspace(), None)  # given back before the lists are joined
        realizations = drawing.with_new(n_minimal)
    return Known(
        grammar=grammar, max_size=max_size, values=values, first_of_size=tuple(offsets), realizations=realizations
    )
