"""The panel's definition, written down a second time: the points on which all tasks of a grammar are executed."""

import itertools
from fractions import Fraction
from functools import cache

from arith_synth.grammar import Expression, Grammar
from arith_synth.splits.audit.execution import value_at
from arith_synth.splits.audit.identity import keyed_hash

N_SHOWN = 16
N_HELDOUT = 32
#: Enough for two panels: the second is that of new inputs.
_N_WANTED = 2 * (N_SHOWN + N_HELDOUT)
_LARGEST_BOX = 64

Point = tuple[int, ...]


@cache
def derived_panel(grammar: Grammar) -> tuple[tuple[Point, ...], tuple[Point, ...]] | None:
    """Shown and held-out points by the definition; None when the grammar has no panel.

    The points of the smallest box |coordinate| <= b that has enough of them in generic position, where no class of at
    most two leaves vanishes but the zero class, in the order of their keyed hashes.
    """
    if not grammar.variables:
        return None
    programs = _small_programs(grammar)
    for box in range(1, _LARGEST_BOX + 1):
        cube = itertools.product(range(-box, box + 1), repeat=len(grammar.variables))
        generic = [point for point in cube if not any(_at(program, grammar, point) == 0 for program in programs)]
        if len(generic) >= _N_WANTED:
            generic.sort(key=lambda point: (keyed_hash("panel", *point), point))
            return tuple(generic[:N_SHOWN]), tuple(generic[N_SHOWN : N_SHOWN + N_HELDOUT])
    return None


def _small_programs(grammar: Grammar) -> list[Expression]:
    """Leaves and operations on two leaves, without those that are zero wherever they are defined."""
    pairs = itertools.product(grammar.operators, grammar.leaves, grammar.leaves)
    programs = [Expression((leaf,)) for leaf in grammar.leaves] + [Expression(symbols) for symbols in pairs]
    # Values that are far apart, from each other and from all constants: there only the zero class vanishes.
    far = tuple(10_000_019 ** (index + 1) for index in range(len(grammar.variables)))
    return [program for program in programs if _at(program, grammar, far) not in (None, 0)]


def _at(program: Expression, grammar: Grammar, point: Point) -> Fraction | None:
    return value_at(program, dict(zip(grammar.variables, point, strict=True)))
