"""The panel's definition, written down a second time: the points on which all tasks of a grammar are executed."""

import itertools
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

from arith_synth.grammar import Expression, Grammar
from arith_synth.splits.audit.execution import value_at
from arith_synth.splits.audit.identity import keyed_hash

N_SHOWN = 16
N_HELDOUT = 32
#: The second panel is that of new inputs.
N_PANELS = 2
_LARGEST_BOX = 64
#: Operators that compare take the value of an operand, and add no condition of their own.
_ARITHMETIC = ("+", "-", "*", "/")

Point = tuple[int, ...]


@cache
def derived_panel(grammar: Grammar, number: int = 0) -> tuple[tuple[Point, ...], tuple[Point, ...]] | None:
    """Shown and held-out points of panel 0 or 1 by the definition; None when the grammar has no panel.

    The points in generic position of the smallest box that has enough for all panels, in the order of their keyed
    hashes.
    """
    generic = points_in_generic_position(grammar, N_PANELS * (N_SHOWN + N_HELDOUT), _LARGEST_BOX)
    if generic is None:
        return None
    generic.sort(key=lambda point: (keyed_hash("panel", *point), point))
    first = number * (N_SHOWN + N_HELDOUT)
    middle, last = first + N_SHOWN, first + N_SHOWN + N_HELDOUT
    return tuple(generic[first:middle]), tuple(generic[middle:last])


def points_in_generic_position(grammar: Grammar, n_wanted: int, largest_box: int) -> list[Point] | None:
    """All such points of the smallest box |coordinate| <= b that has `n_wanted` of them; None without such a box.

    Generic position: no class of at most two leaves vanishes there but the zero class.
    """
    if not grammar.variables:
        return None
    programs = _small_programs(grammar)
    generic: list[Point] = []
    for box in range(1, largest_box + 1):
        generic += [p for p in _surface(box, len(grammar.variables)) if not _vanishes(programs, grammar, p)]
        if len(generic) >= n_wanted:
            return generic
    return None


def _surface(box: int, n_variables: int) -> Iterator[Point]:
    """The points of a box that lie in no smaller one."""
    cube = itertools.product(range(-box, box + 1), repeat=n_variables)
    return (point for point in cube if max(map(abs, point)) == box)


def _vanishes(programs: list[Expression], grammar: Grammar, point: Point) -> bool:
    return any(_at(program, grammar, point) == 0 for program in programs)


def _small_programs(grammar: Grammar) -> list[Expression]:
    """Leaves and operations on two leaves, without those that are zero wherever they are defined."""
    operators = [operator for operator in grammar.operators if operator in _ARITHMETIC]
    pairs = itertools.product(operators, grammar.leaves, grammar.leaves)
    programs = [Expression((leaf,)) for leaf in grammar.leaves] + [Expression(symbols) for symbols in pairs]
    # Values that are far apart, from each other and from all constants: there only the zero class vanishes.
    far = tuple(10_000_019 ** (index + 1) for index in range(len(grammar.variables)))
    return [program for program in programs if _at(program, grammar, far) not in (None, 0)]


def _at(program: Expression, grammar: Grammar, point: Point) -> Fraction | None:
    return value_at(program, dict(zip(grammar.variables, point, strict=True)))
