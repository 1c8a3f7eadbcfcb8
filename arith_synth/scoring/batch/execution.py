"""Execution of one row of codes at many points, exactly, where it fits 64 bits. `modular` has what does not.

A row holds a program in prefix order; read from its end, operands come before their operator, the first one on top.
`World` tells the kernels of the points and the operators.
"""

from typing import NamedTuple

import numba
import numpy as np

from arith_synth.grammar import MAX_LEAVES
from arith_synth.semantics.batch import combine, gcd, select
from arith_synth.semantics.field import multiply_high

#: Integers are computed while a bound on them, in floats, stays below: half of 2^63 is far more than floats round by.
_MOST = float(1 << 62)
#: The first operator that selects an operand instead of computing; see `semantics.batch`.
FIRST_SELECTING = 4


class World(NamedTuple):
    """`columns` int64[n_variables, points]: values of the variables; `constants` int64[n_constants]; by operator its
    `numbers` in the kernels and `arities` int64[m]."""

    columns: np.ndarray
    constants: np.ndarray
    numbers: np.ndarray
    arities: np.ndarray


class Room(NamedTuple):
    """Room to work in, for executions at up to p points: `defined` bool[p], `most_tops`, `most_bottoms`
    float64[operands]."""

    defined: np.ndarray
    most_tops: np.ndarray
    most_bottoms: np.ndarray


def room_for(n_points: int) -> Room:
    """Room for executions at so many points."""
    return Room(
        defined=np.empty(n_points, dtype=np.bool_),
        most_tops=np.empty(MAX_LEAVES, dtype=np.float64),
        most_bottoms=np.empty(MAX_LEAVES, dtype=np.float64),
    )


@numba.njit(cache=True, nogil=True)
def fits(row, n_codes, largest, world, tops, bottoms):
    """Whether no integer of an execution can leave 64 bits when leaf i has magnitude at most largest[i], float64.

    Bounds are those of unreduced fractions, the products included by which an operator compares.
    `tops`, `bottoms`: float64, room for the bounds of the operands.
    """
    numbers, arities = world.numbers, world.arities
    n_leaves, height = len(largest), 0
    for place in range(n_codes - 1, -1, -1):
        code = row[place]
        if code <= n_leaves:
            tops[height], bottoms[height] = max(largest[code - 1], 1.0), 1.0
            height += 1
            continue
        operator = numbers[code - 1 - n_leaves]
        a, b, c, d = tops[height - 1], bottoms[height - 1], tops[height - 2], bottoms[height - 2]
        height -= arities[code - 1 - n_leaves]
        if a * d + c * b > _MOST or b * d > _MOST or a * c > _MOST:
            return False
        if operator < 2:
            top, bottom = a * d + c * b, b * d
        elif operator == 2:
            top, bottom = a * c, b * d
        elif operator == 3:
            top, bottom = a * d, b * c
        elif operator < 6:
            top, bottom = max(a, c), max(b, d)
        else:
            top, bottom = max(tops[height], tops[height + 1]), max(bottoms[height], bottoms[height + 1])
        tops[height], bottoms[height] = top, bottom
        height += 1
    return True


@numba.njit(cache=True, nogil=True)
def run_exactly(row, n_codes, world, largest, start, room, tops, bottoms):
    """Execute at the p points from column `start` on; False when an integer may leave 64 bits all the same.

    `largest` float64[n_leaves]: the magnitude of each leaf. `tops`, `bottoms` int64[operands, p]; the outputs come to
    their first rows, denominators positive, 0/0 where the program is undefined.
    """
    defined = room.defined[: tops.shape[1]]
    measures = not fits(row, n_codes, largest, world, room.most_tops, room.most_bottoms)
    return _run(row, n_codes, world, start, tops, bottoms, defined, room.most_tops, room.most_bottoms, measures)


@numba.njit(cache=True, nogil=True)
def _run(row, n_codes, world, start, tops, bottoms, defined, most_tops, most_bottoms, measures):
    """Execute one row. `measures`: bounding the integers that are there, and reducing fractions where it must be; False
    when that is not enough."""
    columns, constants, numbers, arities = world
    n_variables = len(columns)
    n_leaves, n_points, height = n_variables + len(constants), len(defined), 0
    defined[:] = True
    for place in range(n_codes - 1, -1, -1):
        code = row[place]
        result = height
        if code <= n_leaves:
            if code <= n_variables:
                for point in range(n_points):
                    tops[height, point] = columns[code - 1, start + point]
            else:
                tops[height, :] = constants[code - 1 - n_variables]
            bottoms[height, :] = 1
        else:
            if measures and not _make_fit(height, tops, bottoms, most_tops, most_bottoms):
                return False
            operator, result = numbers[code - 1 - n_leaves], height - arities[code - 1 - n_leaves]
            if operator < FIRST_SELECTING:
                first, second = (tops[height - 1], bottoms[height - 1]), (tops[height - 2], bottoms[height - 2])
                combine(operator, first, second, (tops[result], bottoms[result]), defined)
            else:
                select(operator, height, tops, bottoms, result)
        if measures:
            most_tops[result], most_bottoms[result] = _largest(tops[result]), _largest(bottoms[result])
        height = result + 1
    for point in range(n_points):
        if not defined[point]:
            tops[0, point], bottoms[0, point] = 0, 0
    return True


@numba.njit(cache=True, nogil=True)
def _make_fit(height, tops, bottoms, most_tops, most_bottoms):
    """Whether the upper two operands can be combined or compared within 64 bits, if need be once they are reduced."""
    one, other = height - 1, height - 2
    for is_reduced in range(2):
        a, b, c, d = most_tops[one], most_bottoms[one], most_tops[other], most_bottoms[other]
        if a * d + c * b <= _MOST and b * d <= _MOST and a * c <= _MOST:
            return True
        if not is_reduced:
            for operand in (one, other):
                _reduce(tops[operand], bottoms[operand])
                most_tops[operand], most_bottoms[operand] = _largest(tops[operand]), _largest(bottoms[operand])
    return False


@numba.njit(cache=True, nogil=True)
def _reduce(tops, bottoms):
    for point in range(len(tops)):
        divisor = np.int64(gcd(np.uint64(abs(tops[point])), np.uint64(bottoms[point])))
        if divisor > 1:
            tops[point], bottoms[point] = tops[point] // divisor, bottoms[point] // divisor


@numba.njit(cache=True, nogil=True)
def _largest(values):
    """The largest magnitude, at least 1."""
    largest = np.int64(1)
    for value in values:
        largest = max(largest, abs(value))
    return float(largest)


@numba.njit(inline="always")
def are_equal(a, b, c, d):
    """Whether a/b = c/d, for int64 and positive denominators: the 128-bit products ad and cb are compared."""
    if a * d != c * b or (a < 0) != (c < 0):
        return False
    left, right = np.uint64(abs(a)), np.uint64(abs(c))
    return multiply_high(left, np.uint64(d)) == multiply_high(right, np.uint64(b))  # pyright: ignore[reportCallIssue]
