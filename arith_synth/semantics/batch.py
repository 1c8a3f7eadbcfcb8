"""Exact execution of many programs at once: 64-bit rationals that provably cannot overflow."""

import math

import numba
import numpy as np

from arith_synth.errors import CapacityError, UsageError
from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import OPERATORS
from arith_synth.semantics.programs import PADDING, n_leaf_codes

#: Operators by their number in the kernel.
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
    operators = np.array([_SUPPORTED.index(symbol) for symbol in grammar.operators], dtype=np.int64)
    numerators = np.empty((len(codes), len(points)), dtype=np.int64)
    denominators = np.empty((len(codes), len(points)), dtype=np.int64)
    arities = np.array([OPERATORS[symbol].arity for symbol in grammar.operators], dtype=np.int64)
    _run(codes, leaf_values, operators, arities, numerators, denominators)
    return numerators, denominators


def output_texts(numerators: np.ndarray, denominators: np.ndarray) -> list[str]:
    """The canonical texts of reduced fractions int64[n], int64[n] (denominator 1: integer, 0: undef)."""
    return [
        str(numerator) if denominator == 1 else f"{numerator}/{denominator}" if denominator else "undef"
        for numerator, denominator in zip(numerators.tolist(), denominators.tolist(), strict=True)
    ]


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
def _gcd(a, b):
    while b:
        a, b = b, a % b
    return a


@numba.njit(cache=True)
def _selected(operator, height, left, right):
    """Place in the stack of the operand that a comparison selects; denominators are positive, so it is left : right."""
    if operator == 4:
        return height if left < right else height - 1
    if operator == 5:
        return height if left > right else height - 1
    return height - 2 if left < right else height - 3


@numba.njit(cache=True, nogil=True)
def _run(codes, leaf_values, operators, arities, numerators, denominators):
    n_programs, width = codes.shape
    n_leaves, n_points = leaf_values.shape
    top_numerators = np.empty(width, dtype=np.int64)
    top_denominators = np.empty(width, dtype=np.int64)
    for program in range(n_programs):
        length = width
        while codes[program, length - 1] == PADDING:
            length -= 1
        for point in range(n_points):
            height = 0
            defined = True
            for position in range(length - 1, -1, -1):
                code = codes[program, position] - 1
                if code < n_leaves:
                    top_numerators[height] = leaf_values[code, point]
                    top_denominators[height] = 1
                    height += 1
                    continue
                # The first operand lies on top, for operands are pushed from right to left.
                height -= 1
                a, b = top_numerators[height], top_denominators[height]
                c, d = top_numerators[height - 1], top_denominators[height - 1]
                operator = operators[code - n_leaves]
                if operator == 0:
                    numerator, denominator = a * d + c * b, b * d
                elif operator == 1:
                    numerator, denominator = a * d - c * b, b * d
                elif operator == 2:
                    numerator, denominator = a * c, b * d
                elif operator == 3:
                    if c == 0:
                        defined = False
                        break
                    numerator, denominator = a * d, b * c
                    if denominator < 0:
                        numerator, denominator = -numerator, -denominator
                else:
                    selected = _selected(operator, height, a * d, c * b)
                    numerator, denominator = top_numerators[selected], top_denominators[selected]
                    height -= arities[code - n_leaves] - 2  # operands beyond the second
                top_numerators[height - 1] = numerator
                top_denominators[height - 1] = denominator
            if not defined:
                numerators[program, point] = 0
                denominators[program, point] = 0
                continue
            divisor = _gcd(abs(top_numerators[0]), top_denominators[0])
            numerators[program, point] = top_numerators[0] // divisor
            denominators[program, point] = top_denominators[0] // divisor
