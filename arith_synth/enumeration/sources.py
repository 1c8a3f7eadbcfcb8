"""Which candidates a grammar has: in a field, or by their outputs."""

from collections.abc import Sequence

import numpy as np

from arith_synth.enumeration.field_source import FieldSource
from arith_synth.enumeration.observed_source import ObservedSource
from arith_synth.enumeration.shards import Source
from arith_synth.grammar import Grammar
from arith_synth.semantics.meanings import identity_of


def source_of(grammar: Grammar, size: int, values: np.ndarray, first_of_size: Sequence[int]) -> Source:
    """The candidates of `size` over classes of residues uint64[n, 2].

    Raises CapacityError when outputs of a grammar of observational identity may leave 61 bits.
    """
    if identity_of(grammar) == "algebraic":
        return FieldSource(grammar, size, values, first_of_size)
    return ObservedSource(grammar, size, values, first_of_size)
