"""Execution modulo p = 2^61 - 1, and fractions as residues: residues that differ are of different numbers."""

import numba
import numpy as np

from arith_synth.scoring.batch.execution import FIRST_SELECTING
from arith_synth.semantics.field import add_mod, multiply_mod, subtract_mod
from arith_synth.semantics.fingerprints import PRIME

_P = np.uint64(PRIME)


@numba.njit(cache=True, nogil=True)
def run_modulo(row, n_codes, world, start, tops, bottoms):
    """Execute modulo p at the points from column `start` on: outputs as pairs of residues, in the first rows.

    `tops`, `bottoms` uint64[operands, points]. False when an operator compares, or a divisor has the residue 0, which
    may or may not be zero; when True, the program is defined at all of these points and no denominator's residue is 0.
    """
    columns, constants, numbers, _ = world
    n_variables = len(columns)
    n_leaves, n_points, height = n_variables + len(constants), tops.shape[1], 0
    for place in range(n_codes - 1, -1, -1):
        code = row[place]
        if code <= n_leaves:
            for point in range(n_points):
                leaf = columns[code - 1, start + point] if code <= n_variables else constants[code - 1 - n_variables]
                tops[height, point], bottoms[height, point] = residue_of(leaf), np.uint64(1)
            height += 1
            continue
        operator = numbers[code - 1 - n_leaves]
        if operator >= FIRST_SELECTING:
            return False
        first, second = height - 1, height - 2
        for point in range(n_points):
            a, b, c, d = tops[first, point], bottoms[first, point], tops[second, point], bottoms[second, point]
            if operator == 2:
                top, bottom = multiply_mod(a, c), multiply_mod(b, d)
            elif operator == 3:
                if c == np.uint64(0):
                    return False
                top, bottom = multiply_mod(a, d), multiply_mod(b, c)
            else:
                left, right = multiply_mod(a, d), multiply_mod(c, b)
                top = add_mod(left, right) if operator == 0 else subtract_mod(left, right)
                bottom = multiply_mod(b, d)
            tops[second, point], bottoms[second, point] = top, bottom
        height -= 1
    return True


@numba.njit(inline="always")
def residue_of(value):
    """An int64 modulo p."""
    return np.uint64(value % np.int64(PRIME))


@numba.njit(cache=True, nogil=True)
def to_residues(tops, bottoms, undefined, residues, under):
    """Fractions int64[p] as pairs of residues uint64[p], `undefined` over 1 for 0/0.

    False when p divides a denominator, whose fraction may then have a residue or not.
    """
    for point in range(len(tops)):
        if bottoms[point] == 0:
            residues[point], under[point] = undefined, np.uint64(1)
            continue
        residues[point], under[point] = residue_of(tops[point]), residue_of(bottoms[point])
        if under[point] == np.uint64(0):
            return False
    return True


@numba.njit(cache=True, nogil=True)
def divide_all(tops, bottoms, prefix):
    """Write top / bottom modulo p to `tops`, uint64[n], with one exponentiation in all; no bottom is 0.

    `prefix` uint64[n] is room to work in.
    """
    n, running = len(tops), np.uint64(1)
    for index in range(n):
        prefix[index] = running
        if bottoms[index] != np.uint64(1):
            running = multiply_mod(running, bottoms[index])
    if running == np.uint64(1):
        inverse = running
    else:
        inverse, base, exponent = np.uint64(1), running, _P - np.uint64(2)
        while exponent:
            if exponent & np.uint64(1):
                inverse = multiply_mod(inverse, base)
            base = multiply_mod(base, base)
            exponent >>= np.uint64(1)
    for index in range(n - 1, -1, -1):
        if bottoms[index] != np.uint64(1):
            tops[index] = multiply_mod(tops[index], multiply_mod(inverse, prefix[index]))
            inverse = multiply_mod(inverse, bottoms[index])
