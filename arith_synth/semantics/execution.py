"""Exact, partial execution: rationals in, a rational or `undef` out.

`undef` is a value of the language: a division by zero anywhere in a program makes its output `undef`. There
are no floats, no overflow and no NaN here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from arith_synth.errors import ParseError
from arith_synth.grammar import Expression, Grammar

#: The text of an undefined output.
UNDEF = "undef"

_VALUE = re.compile(r"-?[0-9]{1,400}(?:/[0-9]{1,400})?", re.ASCII)


def _quotient(dividend: Fraction, divisor: Fraction) -> Fraction | None:
    return dividend / divisor if divisor else None


#: Exact meaning of each operator on defined operands; None stands for `undef`.
EXACT_MEANINGS: dict[str, Callable[[Fraction, Fraction], Fraction | None]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _quotient,
}


def execute(expression: Expression, point: Mapping[str, int | Fraction]) -> Fraction | None:
    """The program's exact output at a point, or None where it is undefined."""

    def leaf(symbol: str) -> Fraction | None:
        return Fraction(point[symbol]) if symbol in point else Fraction(int(symbol))

    def combine(operator: str, operands: Sequence[Fraction | None]) -> Fraction | None:
        left, right = operands
        if left is None or right is None:
            return None
        return EXACT_MEANINGS[operator](left, right)

    return expression.fold(leaf, combine)


def outputs_of(expression: Expression, grammar: Grammar, points: Sequence[Sequence[int]]) -> list[str]:
    """Exact output texts at points int[n][n_variables], one value a variable in the grammar's order."""
    return [format_value(execute(expression, dict(zip(grammar.variables, point, strict=True)))) for point in points]


def format_value(value: Fraction | None) -> str:
    """`-7/3`, `4` or `undef`."""
    return UNDEF if value is None else str(value)


def parse_value(text: str) -> Fraction | None:
    """The value of an output text; None for `undef`. Raises ParseError for anything else."""
    if text == UNDEF:
        return None
    if not _VALUE.fullmatch(text):
        raise ParseError(f"{text[:40]!r} is not an output; write an integer, a fraction like -7/3, or {UNDEF}")
    numerator, _, denominator = text.partition("/")
    if denominator and int(denominator) == 0:
        raise ParseError(f"{text[:40]!r} has denominator zero; write {UNDEF}")
    return Fraction(int(numerator), int(denominator or 1))
