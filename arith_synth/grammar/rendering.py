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
    operator = OPERATORS[symbol]
    precedence = operator.precedence
    if operator.notation == "call":
        return f"{symbol}({', '.join(text for text, _ in operands)})", precedence
    if operator.notation == "conditional":
        low, high = (_within(operand, precedence + 1) for operand in operands[:2])  # comparing binds tighter
        (chosen, _), (otherwise, _) = operands[2:]  # delimited, or open to the right: never in parentheses
        return f"{symbol} {low} < {high} then {chosen} else {otherwise}", precedence
    left, right = operands
    # Operators associate to the left.
    return f"{_within(left, precedence)} {symbol} {_within(right, precedence + 1)}", precedence


def _within(operand: _Rendered, least: int) -> str:
    """The operand's text, in parentheses unless it binds at least so tightly."""
    text, precedence = operand
    return text if precedence >= least else f"({text})"
