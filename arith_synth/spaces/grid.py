"""The fixed grid of inputs on which the semantic space looks at programs."""

from functools import cache

import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.seeding import keyed_hash

N_GRID_POINTS = 64
# Inputs have both signs and magnitudes from 4 to 16, as the panel's have. On a positive grid the first component
# explains more (two thirds from 1 to 16, against a quarter), but sums and differences of variables are then seldom
# large where products of sums are, and the semantic region would depend on the syntactic one: 11 % of the classes of
# size 5 that are forced into Strahler number 3 or more lie in it, against 19 % of the others. On this grid it is 17 %
# against 21 %, and the first component is still output magnitude with sign, its loadings nearly equal. The choice was
# made on the corpus alone, before any model was trained.
_SMALLEST_EXPONENT = 2
_N_OCTAVES = 2
#: A value's place in its stratum is an odd multiple of 2**-10, so that no value is a small integer.
_PLACE_BITS = 10


@cache
def grid_points(grammar: Grammar) -> np.ndarray:
    """64 generic dyadic inputs, float64[64, n_variables], the same on every machine.

    Two variables: 8 x 8 values; three: 4 x 4 x 4; otherwise a Latin hypercube of 64 points. A variable's values depend
    on its name alone, one in each stratum of the range. Read-only.
    """
    n_variables = len(grammar.variables)
    n_values = {2: 8, 3: 4}.get(n_variables, N_GRID_POINTS)
    axes = [_axis_values(name, n_values) for name in grammar.variables]
    if n_values < N_GRID_POINTS:
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(N_GRID_POINTS, n_variables)
    else:
        shuffled = [axis[_keyed_permutation(name)] for name, axis in zip(grammar.variables, axes, strict=True)]
        points = np.array(shuffled).T.reshape(N_GRID_POINTS, n_variables)
    points = np.ascontiguousarray(points)
    points.setflags(write=False)
    return points


def _axis_values(variable: str, n_values: int) -> np.ndarray:
    """For each sign one dyadic magnitude in each of n_values / 2 strata, equal in (piecewise-linear) octaves."""
    n_strata = n_values // 2
    values = np.empty(n_values)
    for index in range(n_values):
        place = keyed_hash("semantic grid", variable, n_values, index) % (1 << _PLACE_BITS) | 1
        octaves = _N_OCTAVES * (index % n_strata + place / (1 << _PLACE_BITS)) / n_strata  # exact: a power of two
        exponent = int(octaves)
        magnitude = (1.0 + (octaves - exponent)) * (1 << (_SMALLEST_EXPONENT + exponent))
        values[index] = magnitude if index < n_strata else -magnitude
    return values


def _keyed_permutation(variable: str) -> list[int]:
    return sorted(range(N_GRID_POINTS), key=lambda stratum: keyed_hash("semantic grid order", variable, stratum))
