"""How large the integers in programs of a size can get: below p, two different programs have different residues.

A program of n leaves is a quotient of two integer polynomials. Its height is the sum of the magnitudes of the
coefficients of the larger; sums and products of polynomials have at most the sums and products of these. The
difference of two programs has a numerator of height at most 2 x numerator x denominator. As long as that is below p, a
numerator that is not zero is not zero modulo p either, and Schwartz and Zippel's bound holds.
"""

from arith_synth.errors import CapacityError
from arith_synth.grammar import Grammar
from arith_synth.semantics.meanings import PRIME, identity_of


def heights(grammar: Grammar, size: int) -> tuple[int, int]:
    """Upper bounds of the heights of numerators and denominators of programs of up to `size` leaves."""
    numerators, denominators = [0, max(1, *grammar.constants, 1)], [0, 1]
    for n in range(2, size + 1):
        numerator, denominator = numerators[-1], denominators[-1]
        for i in range(1, n):
            a, b, c, d = numerators[i], denominators[i], numerators[n - i], denominators[n - i]
            for symbol in grammar.operators:
                top, bottom = {"+": (a * d + b * c, b * d), "-": (a * d + b * c, b * d), "*": (a * c, b * d)}.get(
                    symbol, (a * d, b * c)
                )
                numerator, denominator = max(numerator, top), max(denominator, bottom)
        numerators.append(numerator)
        denominators.append(denominator)
    return numerators[size], denominators[size]


def check_heights(grammar: Grammar, max_size: int) -> None:
    """CapacityError when integers in programs of an algebraic grammar may reach p, so that residues may lie.

    Grammars of observational identity have a check of their own.
    """
    if identity_of(grammar) != "algebraic":
        return
    numerator, denominator = heights(grammar, max_size)
    if 2 * numerator * denominator >= PRIME:
        raise CapacityError(
            f"integers in programs of {max_size} leaves of grammar {grammar.name} may exceed 2^61, so that their "
            "values modulo 2^61 - 1 do not tell them apart; lower --max-size or choose smaller constants"
        )
