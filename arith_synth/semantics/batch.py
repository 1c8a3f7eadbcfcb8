"""Exact execution of many programs at once: 64-bit rationals that provably cannot overflow."""

import math

import numba
import numpy as np

from arith_synth.errors import CapacityError, UsageError
from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import OPERATORS
from arith_synth.semantics.programs import PADDING, n_leaf_codes

#: Operators by their number in the kernels; those from the fourth on select an operand.
_SUPPORTED = ("+", "-", "*", "/", "min", "max", "if")


def rational_outputs(codes: np.ndarray, grammar: Grammar, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outputs of n programs at p points, as reduced fractions.

    Shapes: codes uint8[n, width], points int64[p, n_variables] -> numerators int64[n, p], denominators
    int64[n, p]. A denominator is positive, or 0 where the output is `undef` (its numerator is then 0).
    Raises CapacityError when programs of so many leaves could leave 64 bits, UsageError for points of another shape.
    """
    points = np.ascontiguousarray(points, dtype=np.int64)
    if points.ndim != 2 or points.shape[1] != len(grammar.variables):
        raise UsageError(
            f"points of shape {list(points.shape)} do not fit; pass {len(grammar.variables)} coordinates a row"
        )
    _refuse_overflow(_most_leaves(codes, grammar), grammar, points)
    leaf_values = np.empty((len(grammar.leaves), len(points)), dtype=np.int64)
    leaf_values[: len(grammar.variables)] = points.T
    leaf_values[len(grammar.variables) :] = np.array(grammar.constants, dtype=np.int64)[:, None]
    operators = operator_numbers(grammar)
    numerators = np.empty((len(codes), len(points)), dtype=np.int64)
    denominators = np.empty((len(codes), len(points)), dtype=np.int64)
    arities = np.array([OPERATORS[symbol].arity for symbol in grammar.operators], dtype=np.int64)
    _run(codes, leaf_values, operators, arities, numerators, denominators)
    return numerators, denominators


def operator_numbers(grammar: Grammar) -> np.ndarray:
    """The number in the kernels of each operator of the grammar: int64[n_operators]."""
    return np.array([_SUPPORTED.index(symbol) for symbol in grammar.operators], dtype=np.int64)


def _most_leaves(codes: np.ndarray, grammar: Grammar) -> int:
    """An upper bound of the leaves of a row."""
    if all(OPERATORS[symbol].arity == 2 for symbol in grammar.operators):
        return (codes.shape[1] + 1) // 2
    is_leaf = (codes != PADDING) & (codes <= n_leaf_codes(grammar))
    return int(is_leaf.sum(axis=1).max(initial=1))


def _refuse_overflow(n_leaves: int, grammar: Grammar, points: np.ndarray) -> None:
    """With leaves of magnitude <= m, numerator and denominator of a program of n leaves stay within (2m)^n / 2.

    By induction: a/b + c/d = (ad + cb)/bd, and 2 (2m)^i/2 (2m)^j/2 = (2m)^(i+j)/2. Unreduced values obey it too, and
    so do the products ad and cb by which fractions are compared.
    """
    largest = max(int(points.max(initial=1)), -int(points.min(initial=0)), *grammar.constants)
    if n_leaves * math.log2(2 * largest) - 1 >= 63:
        raise CapacityError(
            f"programs of {n_leaves} leaves over inputs up to {largest} may leave 64 bits; "
            "execute them one by one instead"
        )


@numba.njit(cache=True)
def gcd(a, b):
    """Greatest common divisor of uint64 numbers; divides in 32 bits, which is faster, once both fit."""
    while b > 0xFFFFFFFF:
        a, b = b, a % b
    if b == 0:
        return a
    small_a, small_b = np.uint32(b), np.uint32(a % b)
    while small_b:
        small_a, small_b = small_b, small_a % small_b
    return np.uint64(small_a)


@numba.njit(cache=True)
def combine(operator, first, second, result, defined):
    """Apply an operator of arithmetic to its operands at all points; each is a pair of int64[p].

    Where a divisor is zero the point is marked, and 0/1 stands in, which stays within 64 bits. `result` may be
    `second`.
    """
    (a, b), (c, d), (top, bottom) = first, second, result
    if operator == 0:
        for i in range(len(a)):
            top[i], bottom[i] = a[i] * d[i] + c[i] * b[i], b[i] * d[i]
    elif operator == 1:
        for i in range(len(a)):
            top[i], bottom[i] = a[i] * d[i] - c[i] * b[i], b[i] * d[i]
    elif operator == 2:
        for i in range(len(a)):
            top[i], bottom[i] = a[i] * c[i], b[i] * d[i]
    else:
        for i in range(len(a)):
            divisor = c[i]
            sign = -1 if divisor < 0 else 1
            defined[i] &= divisor != 0
            top[i] = a[i] * d[i] * sign if divisor != 0 else 0
            bottom[i] = b[i] * divisor * sign if divisor != 0 else 1


@numba.njit(cache=True)
def select(operator, height, tops, bottoms, result):
    """Write the operand that a comparison selects at each point to the row `result`, the lowest of its operands.

    Operands end below `height`. Denominators are positive, so products compare as the fractions do.
    """
    for point in range(tops.shape[1]):
        left = tops[height - 1, point] * bottoms[height - 2, point]
        right = tops[height - 2, point] * bottoms[height - 1, point]
        if operator == 4:
            selected = height - 1 if left < right else height - 2
        elif operator == 5:
            selected = height - 1 if left > right else height - 2
        else:
            selected = height - 3 if left < right else height - 4
        tops[result, point], bottoms[result, point] = tops[selected, point], bottoms[selected, point]


@numba.njit(cache=True, nogil=True)
def _run(codes, leaf_values, operators, arities, numerators, denominators):
    n_programs, width = codes.shape
    n_leaves, n_points = leaf_values.shape
    tops = np.empty((width, n_points), dtype=np.int64)
    bottoms = np.empty((width, n_points), dtype=np.int64)
    defined = np.empty(n_points, dtype=np.bool_)
    for program in range(n_programs):
        height = 0
        defined[:] = True
        for position in range(width - 1, -1, -1):
            code = codes[program, position]
            if code == PADDING:
                continue
            if code <= n_leaves:
                for point in range(n_points):
                    tops[height, point], bottoms[height, point] = leaf_values[code - 1, point], 1
                height += 1
                continue
            # The first operand lies on top, for operands are pushed from right to left.
            operator, arity = operators[code - 1 - n_leaves], arities[code - 1 - n_leaves]
            result = height - arity
            if operator < 4:
                first, second = (tops[height - 1], bottoms[height - 1]), (tops[height - 2], bottoms[height - 2])
                combine(operator, first, second, (tops[result], bottoms[result]), defined)
            else:
                select(operator, height, tops, bottoms, result)
            height = result + 1
        for point in range(n_points):
            numerator, denominator = tops[0, point], bottoms[0, point]
            if not defined[point]:
                numerator, denominator = 0, 0
            elif denominator != 1:
                magnitude = np.uint64(abs(numerator))
                divisor = gcd(magnitude, np.uint64(denominator))
                magnitude = np.int64(magnitude // divisor)
                numerator = -magnitude if numerator < 0 else magnitude
                denominator = np.int64(np.uint64(denominator) // divisor)
            numerators[program, point], denominators[program, point] = numerator, denominator
