"""Algebraic identity by evaluation: two residues at fixed random points of a large prime field.

Two programs of at most n leaves are quotients of polynomials of degree at most n; their difference has a
numerator of degree at most 2n, which vanishes at a random point of the field with probability at most
2n / p when it is not zero modulo p (Schwartz 1980, Zippel 1979). Two independent points square that. A difference that
is not zero is not zero modulo p as long as its integers stay below p: `semantics.heights` checks this for a grammar
and a size. A single program of many large factors may go beyond: `x * 8 * 8 * ...` has the fingerprint of `x` after 61
doublings.
"""

from collections.abc import Sequence
from functools import cache

from arith_synth.grammar import Expression, Grammar
from arith_synth.seeding import keyed_hash
from arith_synth.semantics.meanings import MEANINGS, PRIME

N_POINTS = 2


@cache
def field_points(grammar: Grammar) -> tuple[dict[str, int], ...]:
    """The two field points: a residue for each variable, a function of the variable's name alone."""
    return tuple(
        {name: keyed_hash("fingerprint", index, name, bits=128) % (PRIME - 1) + 1 for name in grammar.variables}
        for index in range(N_POINTS)
    )


def algebraic_residues_of(expression: Expression, grammar: Grammar) -> tuple[int, int] | None:
    """The program's values at the two field points, or None when a division is by (algebraic) zero.

    Every operator of the program must have a modular meaning.
    """
    residues = [_residue(expression, point) for point in field_points(grammar)]
    if residues[0] is None or residues[1] is None:
        return None
    return residues[0], residues[1]


def collision_bound(n_classes: int, max_size: int) -> float:
    """Upper bound of the probability that any two classes of a corpus share a fingerprint.

    Number of pairs x (2 max_size / p)^2 (union bound over pairs; see the module's text).
    """
    n_pairs = n_classes * (n_classes - 1) // 2
    return n_pairs * (2 * max_size / PRIME) ** N_POINTS


def _residue(expression: Expression, point: dict[str, int]) -> int | None:
    def leaf(symbol: str) -> int | None:
        return point[symbol] if symbol in point else int(symbol) % PRIME

    def combine(operator: str, operands: Sequence[int | None]) -> int | None:
        for operand in operands:
            if operand is None:
                return None
        modular = MEANINGS[operator].modular
        assert modular is not None
        return modular(*operands)

    return expression.fold(leaf, combine)
