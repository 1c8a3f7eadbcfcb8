"""The operator table: a new operator is a new row here and a row of meanings in `semantics`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One production `expression -> operator(expression, ...)`.

    `precedence`: a higher number binds tighter; infix operators associate to the left.
    """

    symbol: str
    name: str
    arity: int
    precedence: int
    commutative: bool


OPERATORS: dict[str, Operator] = {
    operator.symbol: operator
    for operator in (
        Operator(symbol="+", name="sum", arity=2, precedence=1, commutative=True),
        Operator(symbol="-", name="difference", arity=2, precedence=1, commutative=False),
        Operator(symbol="*", name="product", arity=2, precedence=2, commutative=True),
        Operator(symbol="/", name="quotient", arity=2, precedence=2, commutative=False),
    )
}

#: Leaves bind tighter than any operator.
LEAF_PRECEDENCE = 100
