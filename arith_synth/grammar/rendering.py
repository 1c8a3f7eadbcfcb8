"""The canonical texts of an expression: infix with minimal parentheses, and prefix."""

from collections.abc import Sequence

from arith_synth.grammar.expressions import Expression
from arith_synth.grammar.operators import LEAF_PRECEDENCE, OPERATORS

_Rendered = tuple[str, int]


def to_infix(expression: Expression) -> str:
    """ASCII, one space on each side of an operator, only the parentheses that the tree needs.

    Parsing the text gives back the same tree: `x - (y - 1)` and `x + (y + 1)` keep theirs.
    """
    text, _ = expression.fold(lambda symbol: (symbol, LEAF_PRECEDENCE), _render_operator)
    return text


def to_prefix(expression: Expression) -> str:
    """Symbols in prefix order with one space between them."""
    return " ".join(expression.symbols)


def _render_operator(symbol: str, operands: Sequence[_Rendered]) -> _Rendered:
    precedence = OPERATORS[symbol].precedence
    (left, left_precedence), (right, right_precedence) = operands
    if left_precedence < precedence:
        left = f"({left})"
    if right_precedence <= precedence:  # operators associate to the left
        right = f"({right})"
    return f"{left} {symbol} {right}", precedence
