"""Exact, partial execution: rationals in, a rational or `undef` out.

`undef` is a value of the language: a division by zero anywhere in a program makes its output `undef`. So does
`undef` in the branch that a conditional does not take. There are no floats, no overflow and no NaN here.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from arith_synth.errors import ParseError
from arith_synth.grammar import Expression, Grammar
from arith_synth.semantics.meanings import MEANINGS

#: The text of an undefined output.
UNDEF = "undef"

_VALUE = re.compile(r"-?[0-9]{1,400}(?:/[0-9]{1,400})?", re.ASCII)


def execute(expression: Expression, point: Mapping[str, int | Fraction]) -> Fraction | None:
    """The program's exact output at a point, or None where it is undefined."""

    def leaf(symbol: str) -> Fraction | None:
        return Fraction(point[symbol]) if symbol in point else Fraction(int(symbol))

    return expression.fold(leaf, apply_exactly)


def apply_exactly(operator: str, operands: Sequence[Fraction | None]) -> Fraction | None:
    """An operator's exact output, None where an operand or the output itself is undefined."""
    for operand in operands:  # `None in operands` would compare each fraction with None, which is slow
        if operand is None:
            return None
    return MEANINGS[operator].exact(*operands)


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
