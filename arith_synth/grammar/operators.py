"""The operator table: a new operator is a new row here and a row of meanings in `semantics`."""

from dataclasses import dataclass
from typing import Literal

#: Leaves bind tighter than any infix operator; a call closes itself as a leaf does.
LEAF_PRECEDENCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One production `expression -> operator(expression, ...)`.

    `precedence`: a higher number binds tighter; infix operators associate to the left. `notation`, in infix texts:
    between its two operands (`infix`), `min(a, b)` (`call`) or `if a < b then c else d` (`conditional`).
    """

    symbol: str
    name: str
    arity: int
    precedence: int
    commutative: bool
    notation: Literal["infix", "call", "conditional"] = "infix"

    @property
    def separators(self) -> tuple[str, ...]:
        """What stands between the operands of a call or a conditional: one text fewer than there are operands."""
        if self.notation == "conditional":
            return ("<", "then", "else")
        return (",",) * (self.arity - 1) if self.notation == "call" else ()


OPERATORS: dict[str, Operator] = {
    operator.symbol: operator
    for operator in (
        Operator(symbol="+", name="sum", arity=2, precedence=1, commutative=True),
        Operator(symbol="-", name="difference", arity=2, precedence=1, commutative=False),
        Operator(symbol="*", name="product", arity=2, precedence=2, commutative=True),
        Operator(symbol="/", name="quotient", arity=2, precedence=2, commutative=False),
        Operator(symbol="min", name="minimum", arity=2, precedence=LEAF_PRECEDENCE, commutative=True, notation="call"),
        Operator(symbol="max", name="maximum", arity=2, precedence=LEAF_PRECEDENCE, commutative=True, notation="call"),
        Operator(symbol="if", name="conditional", arity=4, precedence=0, commutative=False, notation="conditional"),
    )
}

SEPARATORS = frozenset(text for operator in OPERATORS.values() for text in operator.separators)

#: Words of the notation, whichever operators a grammar has: no variable is called so.
RESERVED_WORDS = frozenset(word for word in (*OPERATORS, *SEPARATORS) if word.isidentifier())
