"""What each operator means: exactly on rationals, and on residues modulo a prime where that is defined.

Operands are always defined: `undef` in any operand, also in the branch that a conditional does not take, makes the
output `undef` (None here) before a meaning is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from arith_synth.grammar import Grammar

#: The Mersenne prime 2^61 - 1: residues fit 64 bits, and reduction is shifts and additions.
PRIME = (1 << 61) - 1

Identity = Literal["algebraic", "observational"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """An operator's value, or None where it is undefined.

    `modular` is None for an operator that no arithmetic of residues can follow, because it compares.
    """

    exact: Callable[..., Fraction | None]
    modular: Callable[..., int | None] | None


def _quotient(dividend: Fraction, divisor: Fraction) -> Fraction | None:
    return dividend / divisor if divisor else None


def _quotient_of_residues(dividend: int, divisor: int) -> int | None:
    return dividend * pow(divisor, -1, PRIME) % PRIME if divisor else None


MEANINGS: dict[str, Meaning] = {
    "+": Meaning(exact=lambda left, right: left + right, modular=lambda left, right: (left + right) % PRIME),
    "-": Meaning(exact=lambda left, right: left - right, modular=lambda left, right: (left - right) % PRIME),
    "*": Meaning(exact=lambda left, right: left * right, modular=lambda left, right: left * right % PRIME),
    "/": Meaning(exact=_quotient, modular=_quotient_of_residues),
    "min": Meaning(exact=min, modular=None),
    "max": Meaning(exact=max, modular=None),
    "if": Meaning(
        exact=lambda low, high, chosen, otherwise: chosen if low < high else otherwise,
        modular=None,
    ),
}


def identity_of(grammar: Grammar) -> Identity:
    """How programs of a grammar are told apart: `algebraic` (by values at points of a large field), or
    `observational` (by exact outputs on fixed inputs) when some operator has no modular meaning."""
    is_algebraic = all(MEANINGS[symbol].modular is not None for symbol in grammar.operators)
    return "algebraic" if is_algebraic else "observational"
