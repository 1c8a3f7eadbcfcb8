"""The deliberately naive oracle: every tree of a grammar, one by one, with its value in some exact arithmetic.

It shares nothing with the package but the grammars themselves.
"""

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sympy import QQ
from sympy.polys.fields import field

from arith_synth.grammar import Grammar

Symbols = tuple[str, ...]
Value = Hashable

ORACLE_PRIME = 2**127 - 1


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """What leaves and operators mean. Equal programs have equal values; None stands for a division by zero."""

    leaf: Callable[[str], Any]
    combine: Callable[[str, Any, Any], Any]

    def value_of(self, symbols: Symbols) -> Any:
        """The value of one tree in prefix order."""
        stack: list[Any] = []
        for symbol in reversed(symbols):
            if symbol in "+-*/":
                left, right = stack.pop(), stack.pop()
                stack.append(None if left is None or right is None else self.combine(symbol, left, right))
            else:
                stack.append(self.leaf(symbol))
        return stack[0]


def _leaf_modulo(symbol: str) -> int:
    if symbol.isdigit():
        return int(symbol)
    return int.from_bytes(hashlib.sha256(symbol.encode()).digest()[:15], "big")


@cache
def _inverse(value: int) -> int:
    return pow(value, -1, ORACLE_PRIME)


def _combine_modulo(operator: str, left: int, right: int) -> int | None:
    if operator == "+":
        return (left + right) % ORACLE_PRIME
    if operator == "-":
        return (left - right) % ORACLE_PRIME
    if operator == "*":
        return left * right % ORACLE_PRIME
    return left * _inverse(right) % ORACLE_PRIME if right else None


#: Values at one point modulo the prime 2^127 - 1, in Python's integers.
MODULO = Arithmetic(leaf=_leaf_modulo, combine=_combine_modulo)


@cache
def rational_functions(variables: Symbols) -> Arithmetic:
    """SymPy's rational functions in lowest terms: a proof of what is equal and what is not."""
    if variables:
        domain, *generators = field(variables, QQ)
    else:
        domain, generators = QQ, []
    named = dict(zip(variables, generators, strict=True))

    def combine(operator: str, left: Any, right: Any) -> Any:
        if operator == "+":
            return left + right
        if operator == "-":
            return left - right
        if operator == "*":
            return left * right
        return left / right if right else None

    return Arithmetic(leaf=lambda symbol: named[symbol] if symbol in named else domain(int(symbol)), combine=combine)


@cache
def all_trees(arithmetic: Arithmetic, grammar: Grammar, size: int) -> list[tuple[Symbols, Value]]:
    """Every tree of this many leaves that never divides by algebraic zero, with its value."""
    if size == 1:
        return [((leaf,), arithmetic.leaf(leaf)) for leaf in grammar.leaves]
    trees = []
    for left_size in range(1, size):
        for right, right_value in all_trees(arithmetic, grammar, size - left_size):
            for operator in grammar.operators:
                for left, left_value in all_trees(arithmetic, grammar, left_size):
                    value = arithmetic.combine(operator, left_value, right_value)
                    if value is not None:
                        trees.append(((operator, *left, *right), value))
    return trees


@cache
def minimal_realizations(arithmetic: Arithmetic, grammar: Grammar, max_size: int) -> dict[Value, list[Symbols]]:
    """Every class with all of its trees of minimal size, smaller classes first."""
    classes: dict[Value, list[Symbols]] = {}
    for size in range(1, max_size + 1):
        new: dict[Value, list[Symbols]] = {}
        for tree, value in all_trees(arithmetic, grammar, size):
            if value not in classes:
                new.setdefault(value, []).append(tree)
        classes |= new
    return classes


def n_leaves(symbols: Symbols) -> int:
    """Size of a tree."""
    return sum(symbol not in "+-*/" for symbol in symbols)
