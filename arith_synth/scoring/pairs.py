"""Exact outputs of one program at many points, as pairs of integers.

The same values as `semantics.execute`, which a test holds it to, but one pass over the program for all points and
no greatest common divisor: a scorer only has to compare fractions, and a/b = c/d when ad = cb. A program of 32
leaves multiplies at most 32 leaf values into each integer, so their length is bounded.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from arith_synth.grammar import Expression, Grammar
from arith_synth.semantics.execution import parse_value

#: Numerators int[p] and denominators int[p], or None for denominators that are all one. `undef` is 0/0.
Pairs = tuple[list[int], list[int] | None]


def leaf_pairs(grammar: Grammar, points: Sequence[Sequence[int]]) -> dict[str, Pairs]:
    """The values of every leaf of the grammar at points int[p][n_variables]."""
    leaves: dict[str, Pairs] = {str(constant): ([constant] * len(points), None) for constant in grammar.constants}
    for index, variable in enumerate(grammar.variables):
        leaves[variable] = ([point[index] for point in points], None)
    return leaves


def output_pairs(expression: Expression, leaves: Mapping[str, Pairs]) -> Pairs:
    """The program's outputs at the points that `leaves` was made for."""
    return expression.fold(leaves.__getitem__, lambda operator, operands: _MEANINGS[operator](*operands))


@lru_cache(maxsize=1 << 16)
def value_pair(text: str) -> tuple[int, int]:
    """The pair of an output text, 0/0 for `undef`. Raises ParseError for a text that is no output."""
    value = parse_value(text)
    return (0, 0) if value is None else (value.numerator, value.denominator)


def n_agreeing(outputs: Pairs, expected: Sequence[str], start: int = 0) -> int:
    """How many outputs from `start` on are right before the first wrong one; `expected` texts begin at `start`."""
    numerators, denominators = outputs
    for offset, text in enumerate(expected):
        numerator, denominator = value_pair(text)
        own = 1 if denominators is None else denominators[start + offset]
        # The second test keeps 0/0, which cross-multiplication takes for equal to anything, apart.
        if numerators[start + offset] * denominator != numerator * own or (own == 0) != (denominator == 0):
            return offset
    return len(expected)


def behaviour_of(outputs: Pairs, n: int) -> tuple[tuple[int, int], ...]:
    """The first n outputs as reduced fractions with positive denominators, `undef` as (0, 0): equal when they are."""
    numerators, denominators = outputs
    if denominators is None:
        return tuple((numerator, 1) for numerator in numerators[:n])
    return tuple(_reduced(*pair) for pair in zip(numerators[:n], denominators[:n], strict=True))


def _reduced(numerator: int, denominator: int) -> tuple[int, int]:
    divisor = math.gcd(numerator, denominator) or 1
    sign = -divisor if denominator < 0 else divisor
    return (numerator // sign, denominator // sign) if denominator else (0, 0)


# In each rule 0/0 stays 0/0: every product with it is zero, and a quotient sets its numerator to zero itself.


def _sum(left: Pairs, right: Pairs) -> Pairs:
    (a, b), (c, d) = left, right
    if b is None:
        if d is None:
            return [p + r for p, r in zip(a, c, strict=True)], None
        return [p * s + r for p, r, s in zip(a, c, d, strict=True)], d
    if d is None:
        return [p + r * q for p, q, r in zip(a, b, c, strict=True)], b
    return [p * s + r * q for p, q, r, s in zip(a, b, c, d, strict=True)], _products(b, d)


def _difference(left: Pairs, right: Pairs) -> Pairs:
    return _sum(left, ([-r for r in right[0]], right[1]))


def _product(left: Pairs, right: Pairs) -> Pairs:
    (a, b), (c, d) = left, right
    if b is None or d is None:
        return _products(a, c), d if b is None else b
    return _products(a, c), _products(b, d)


def _quotient(left: Pairs, right: Pairs) -> Pairs:
    (a, b), (c, d) = left, right
    if d is None:
        numerators = [p if r else 0 for p, r in zip(a, c, strict=True)]
    else:
        numerators = [p * s if r else 0 for p, r, s in zip(a, c, d, strict=True)]
    return numerators, c if b is None else _products(b, c)


def _minimum(left: Pairs, right: Pairs) -> Pairs:
    return _selected(left, right, left, right)


def _maximum(left: Pairs, right: Pairs) -> Pairs:
    return _selected(left, right, right, left)


def _selected(low: Pairs, high: Pairs, chosen: Pairs, otherwise: Pairs) -> Pairs:
    """`chosen` where low < high, else `otherwise`; 0/0 where any of the four is."""
    outputs = [
        (0, 0) if 0 in (q, s, d, f) else ((c, d) if _is_less(p, q, r, s) else (e, f))
        for (p, q), (r, s), (c, d), (e, f) in zip(*map(_listed, (low, high, chosen, otherwise)), strict=True)
    ]
    return [numerator for numerator, _ in outputs], [denominator for _, denominator in outputs]


def _is_less(p: int, q: int, r: int, s: int) -> bool:
    """Whether p/q < r/s; denominators may be negative."""
    return p * s < r * q if (q > 0) == (s > 0) else p * s > r * q


def _listed(operand: Pairs) -> list[tuple[int, int]]:
    numerators, denominators = operand
    return list(zip(numerators, denominators or [1] * len(numerators), strict=True))


def _products(left: list[int], right: list[int]) -> list[int]:
    return [p * r for p, r in zip(left, right, strict=True)]


_MEANINGS: dict[str, Callable[..., Pairs]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "min": _minimum,
    "max": _maximum,
    "if": _selected,
}
