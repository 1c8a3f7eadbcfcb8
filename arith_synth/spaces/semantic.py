"""The semantic space: outputs on a fixed grid, their exact logarithm, z-scores and principal components, in integers.

No library logarithm and no fused operation takes part, so that every machine finds the same integers:
  - outputs are IEEE doubles, computed by + - * / one operation at a time; `min`, `max` and `if` compare doubles and are
    strict as they are in exact execution: an operand that is infinite or NaN, taken or not, makes them NaN;
  - the logarithm of 1 + |v| is piecewise linear, read off the double's bits (exponent plus mantissa fraction), floored
    to multiples of 2**-20 octaves, and takes v's sign;
  - an infinite output gives the bound below, with its sign: overflow, and as IEEE has it also `x / 0`, which exact
    execution calls undefined; NaN (`0 / 0`, an infinity minus another, an undefined comparison) gives 0, as zero does.
"""

import numba
import numpy as np

from arith_synth.errors import GrammarError, UsageError
from arith_synth.grammar import Grammar
from arith_synth.semantics.programs import PADDING, n_leaf_codes
from arith_synth.spaces.grid import N_GRID_POINTS, grid_points
from arith_synth.spaces.quantization import (
    COORDINATE_BOUND,
    COORDINATE_UNIT_BITS,
    N_COORDINATES,
    leading_directions,
    quantized,
)
from arith_synth.spaces.trees import checked_codes

#: An operator's number in the kernel is its place here.
_SUPPORTED = ("+", "-", "*", "/", "min", "max", "if")
#: Logarithms are in units of 2**-20 octaves and clipped to 32 octaves; products of 7 leaves stay within 28 on the grid.
LOG_UNIT_BITS = 20
LOG_BOUND = 32 << LOG_UNIT_BITS
#: Loadings carry so many bits more than a coordinate, because they multiply logarithms with the scale folded in.
_SHIFT = 33
#: Overflow is impossible: |log - mean| <= 2**26, |loading| <= 2**29 (below) and 64 = 2**6 terms stay within 2**61.
LOADING_BOUND = 1 << 29
#: Spread below which a grid point counts as constant, in log units: 1/16 octave. Gives the bound on loadings.
_SMALLEST_SPREAD = 1 << (LOG_UNIT_BITS - 4)
#: Moments are summed at 2**-8 octaves: then float64 sums over up to 2**25 programs are exact in any order.
_MOMENT_SHIFT = 12


def semantic_coordinates(codes: np.ndarray, grammar: Grammar, basis: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Integer semantic coordinates: centred logarithms of a program's grid outputs, projected on each row of the basis.

    Shapes: codes uint8[n, width], basis int32[16, 64], means int32[64] -> int32[n, 16]. One unit is `COORDINATE_UNIT`
    root mean square z-scores along a unit vector; clipped below `COORDINATE_BOUND`, that is at 32 of them.
    Raises UsageError for rows that are not programs and for a basis out of bounds.
    """
    for array, shape, bound in (
        (basis, (N_COORDINATES, N_GRID_POINTS), LOADING_BOUND),
        (means, (N_GRID_POINTS,), LOG_BOUND),
    ):
        if array.shape != shape or array.dtype != np.int32 or max(int(array.max()), -int(array.min())) > bound:
            raise UsageError("this is not a semantic basis and its means; use those of bases_of or fit_bases")
    codes = checked_codes(codes, grammar)
    coordinates = np.empty((len(codes), N_COORDINATES), dtype=np.int32)
    _project(codes, *_tables(grammar), basis.astype(np.int64), means.astype(np.int64), coordinates)
    return coordinates


def grid_logarithms(codes: np.ndarray, grammar: Grammar) -> np.ndarray:
    """Signed logarithms of 1 + |output| on the grid, in 2**-20 octaves: codes uint8[n, width] -> int32[n, 64]."""
    codes = checked_codes(codes, grammar)
    logarithms = np.empty((len(codes), N_GRID_POINTS), dtype=np.int32)
    _all_logarithms(codes, *_tables(grammar), logarithms)
    return logarithms


def fit_semantic_basis(codes: np.ndarray, grammar: Grammar) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Principal components of the z-scored logarithms, with the z-score's scale folded into the loadings.

    Shapes: codes uint8[n, width] -> basis int32[16, 64], means int32[64], shares float64[16] of the variance. The first
    component's loadings all have one sign: with the sign rule of `quantized`, it grows with large positive outputs and
    falls with large negative ones.
    """
    logarithms = grid_logarithms(codes, grammar)
    means = np.rint(logarithms.sum(axis=0, dtype=np.int64) / len(logarithms)).astype(np.int64)
    centred = ((logarithms >> _MOMENT_SHIFT) - (means >> _MOMENT_SHIFT)).astype(np.float64)
    offsets = centred.sum(axis=0) / len(centred)
    covariance = centred.T @ centred / len(centred) - np.outer(offsets, offsets)
    spreads = np.maximum(np.sqrt(np.maximum(covariance.diagonal(), 0.0)), _SMALLEST_SPREAD >> _MOMENT_SHIFT)
    directions, shares = leading_directions(covariance / np.outer(spreads, spreads))
    scale = 2.0 ** (COORDINATE_UNIT_BITS + _SHIFT - _MOMENT_SHIFT) / np.sqrt(N_GRID_POINTS)
    return quantized(directions * scale / spreads), means.astype(np.int32), shares


def _tables(grammar: Grammar) -> tuple[np.ndarray, np.ndarray]:
    """Leaf values on the grid float64[n_leaves + 1, 64] and operator numbers int64[n_symbols + 1], both by code."""
    unsupported = [symbol for symbol in grammar.operators if symbol not in _SUPPORTED]
    if unsupported:
        raise GrammarError(f"operator {unsupported[0]!r} has no meaning on doubles; add it to spaces/semantic.py")
    leaf_values = np.zeros((n_leaf_codes(grammar) + 1, N_GRID_POINTS))
    leaf_values[1 : 1 + len(grammar.variables)] = grid_points(grammar).T
    leaf_values[1 + len(grammar.variables) :] = np.array(grammar.constants, dtype=np.float64)[:, None]
    operators = np.zeros(len(grammar.symbols) + 1, dtype=np.int64)
    operators[n_leaf_codes(grammar) + 1 :] = [_SUPPORTED.index(symbol) for symbol in grammar.operators]
    return leaf_values, operators


@numba.njit(cache=True, nogil=True, error_model="numpy")  # no fastmath: nothing may be reordered or fused
def _logarithms_of(row, leaf_values, operators, stack, logarithms):
    """One program's grid logarithms, by a stack machine over reversed prefix order; stack float64[width, 64]."""
    n_points = leaf_values.shape[1]
    height = 0
    for position in range(row.shape[0] - 1, -1, -1):
        code = row[position]
        if code == PADDING:
            continue
        if code < leaf_values.shape[0]:
            stack[height] = leaf_values[code]
            height += 1
            continue
        operator = operators[code]
        if operator == 6:  # if a < b then c else d: the first operand is on top
            height -= 3
            a, b, c, d = stack[height + 2], stack[height + 1], stack[height], stack[height - 1]
            for point in range(n_points):
                is_defined = np.isfinite(a[point]) and np.isfinite(b[point])
                is_defined = is_defined and np.isfinite(c[point]) and np.isfinite(d[point])
                chosen = c[point] if a[point] < b[point] else d[point]
                d[point] = chosen if is_defined else np.nan
            continue
        height -= 1
        left, right = stack[height], stack[height - 1]
        if operator == 0:
            for point in range(n_points):
                right[point] = left[point] + right[point]
        elif operator == 1:
            for point in range(n_points):
                right[point] = left[point] - right[point]
        elif operator == 2:
            for point in range(n_points):
                right[point] = left[point] * right[point]
        elif operator == 3:
            for point in range(n_points):
                right[point] = left[point] / right[point]
        else:
            for point in range(n_points):
                is_defined = np.isfinite(left[point]) and np.isfinite(right[point])
                takes_left = left[point] < right[point] if operator == 4 else left[point] > right[point]
                right[point] = (left[point] if takes_left else right[point]) if is_defined else np.nan
    values = stack[0]
    bits = (1.0 + np.abs(values)).view(np.int64)
    for point in range(n_points):
        logarithm = min((bits[point] >> 32) - (1023 << LOG_UNIT_BITS), LOG_BOUND)
        if values[point] < 0.0:
            logarithms[point] = -logarithm
        elif values[point] > 0.0:
            logarithms[point] = logarithm
        else:  # zero, or NaN
            logarithms[point] = 0


@numba.njit(cache=True, nogil=True)
def _all_logarithms(codes, leaf_values, operators, logarithms):
    stack = np.empty((codes.shape[1], leaf_values.shape[1]))
    for program in range(codes.shape[0]):
        _logarithms_of(codes[program], leaf_values, operators, stack, logarithms[program])


@numba.njit(cache=True, nogil=True)
def _project(codes, leaf_values, operators, basis, means, coordinates):
    stack = np.empty((codes.shape[1], leaf_values.shape[1]))
    logarithms = np.empty(leaf_values.shape[1], dtype=np.int32)
    for program in range(codes.shape[0]):
        _logarithms_of(codes[program], leaf_values, operators, stack, logarithms)
        for axis in range(basis.shape[0]):
            total = np.int64(1) << (_SHIFT - 1)  # round to nearest
            for point in range(basis.shape[1]):
                total += (logarithms[point] - means[point]) * basis[axis, point]
            coordinates[program, axis] = min(max(total >> _SHIFT, 1 - COORDINATE_BOUND), COORDINATE_BOUND - 1)
