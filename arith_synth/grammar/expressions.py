"""Immutable expressions, stored flat in prefix order so that nothing ever recurses on their depth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from arith_synth.errors import ParseError
from arith_synth.grammar.operators import OPERATORS

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Expression:
    """A tree in prefix order: `x + 2 * y` is `("+", "x", "*", "2", "y")`.

    Raises ParseError when the symbols are not exactly one tree.
    """

    symbols: tuple[str, ...]

    def __post_init__(self) -> None:
        n_open = 1
        for symbol in self.symbols:
            if n_open == 0:
                raise ParseError(f"the prefix program goes on after its end, at {symbol!r}; remove the rest")
            n_open += (OPERATORS[symbol].arity if symbol in OPERATORS else 0) - 1
        if n_open:
            raise ParseError(f"the prefix program ends too early: {n_open} operand(s) are missing")

    def fold(self, leaf: Callable[[str], T], combine: Callable[[str, Sequence[T]], T]) -> T:
        """Evaluate bottom-up: `leaf(symbol)` at leaves, `combine(operator, operands)` above. Iterative."""
        stack: list[T] = []
        for symbol in reversed(self.symbols):
            if symbol in OPERATORS:
                arity = OPERATORS[symbol].arity
                operands = stack[: -arity - 1 : -1]
                del stack[-arity:]
                stack.append(combine(symbol, operands))
            else:
                stack.append(leaf(symbol))
        return stack[0]

    def __str__(self) -> str:
        from arith_synth.grammar.rendering import to_infix

        return to_infix(self)


def leaf_expression(symbol: str) -> Expression:
    """The expression that is one leaf."""
    return Expression((symbol,))


def compose(operator: str, *operands: Expression) -> Expression:
    """The expression with `operator` at its root."""
    return Expression((operator, *(symbol for operand in operands for symbol in operand.symbols)))
