"""Integer measures of an expression tree."""

from collections.abc import Sequence

from arith_synth.grammar.expressions import Expression
from arith_synth.grammar.operators import OPERATORS


def size(expression: Expression) -> int:
    """Number of leaves."""
    return sum(symbol not in OPERATORS for symbol in expression.symbols)


def depth(expression: Expression) -> int:
    """Number of nodes on the longest path from the root; a leaf has depth 1."""
    return expression.fold(lambda _: 1, lambda _, operands: 1 + max(operands))


def strahler_number(expression: Expression) -> int:
    """Strahler (Ershov, register) number: a leaf has 1; a node has the largest number among its children,
    plus one when two or more children reach it."""
    return expression.fold(lambda _: 1, _strahler_step)


def n_divisions(expression: Expression) -> int:
    """Number of division nodes."""
    return expression.symbols.count("/")


def shape(expression: Expression) -> str:
    """The tree with leaves and operators blanked: `(x + 1) * y` has shape `((..).)`."""
    return expression.fold(lambda _: ".", lambda _, operands: "(" + "".join(operands) + ")")


def _strahler_step(_: str, operands: Sequence[int]) -> int:
    largest = max(operands)
    return largest + (operands.count(largest) >= 2)
