"""Panels: the fixed inputs on which all tasks of a grammar show or hold out their outputs."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from arith_synth.errors import GrammarError
from arith_synth.grammar import Expression, Grammar, compose, leaf_expression
from arith_synth.seeding import keyed_hash
from arith_synth.semantics.algebraic import algebraic_residues_of
from arith_synth.semantics.execution import execute
from arith_synth.semantics.meanings import MEANINGS, PRIME

N_SHOWN = 16
N_HELDOUT = 32
#: Two panels are cut from one list of points, so that `input_shift` has a second one of the same kind.
N_PANELS = 2
_LARGEST_BOX = 64

Point = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Shown points (16) and held-out points (32), each one integer a variable in the grammar's order."""

    shown: tuple[Point, ...]
    heldout: tuple[Point, ...]

    @property
    def points(self) -> tuple[Point, ...]:
        """Shown points, then held-out points."""
        return self.shown + self.heldout


def panel_of(grammar: Grammar) -> Panel:
    """The panel of every task of this grammar."""
    return _panels(grammar)[0]


def second_panel_of(grammar: Grammar) -> Panel:
    """A second panel, disjoint from the first, for tests of reading new inputs."""
    return _panels(grammar)[1]


@cache
def generic_points(grammar: Grammar) -> tuple[Point, ...]:
    """All points in generic position within the smallest box |coordinate| <= b that has enough, in keyed-hash order."""
    points = points_in_generic_position(grammar, N_PANELS * (N_SHOWN + N_HELDOUT), _LARGEST_BOX)
    return tuple(sorted(points, key=lambda point: (keyed_hash("panel", *point), point)))


def points_in_generic_position(grammar: Grammar, n_needed: int, largest_box: int) -> list[Point]:
    """All points in generic position within the smallest box |coordinate| <= b that has `n_needed` of them.

    Generic: no class of size <= 2 vanishes there, but the zero class itself. Operators that compare add no condition:
    they take the value of an operand, and are asked for none of their own (`max(x, 0)` may well be zero).
    Raises GrammarError when no box up to `largest_box` has enough.
    """
    if not grammar.variables:
        raise GrammarError(f"grammar {grammar.name!r} has no variable, so it has no panel; give it one")
    small = _non_zero_programs_up_to_size_two(grammar)
    generic: list[Point] = []
    for box in range(1, largest_box + 1):
        cube = itertools.product(range(-box, box + 1), repeat=len(grammar.variables))
        shell = (point for point in cube if max(map(abs, point)) == box)
        generic += [point for point in shell if not _vanishes(small, grammar, point)]
        if len(generic) >= n_needed:
            return generic
    raise GrammarError(f"grammar {grammar.name!r} has fewer than {n_needed} generic points within +-{largest_box}")


def _vanishes(programs: Sequence[Expression], grammar: Grammar, point: Point) -> bool:
    assignment = dict(zip(grammar.variables, point, strict=True))
    return any(execute(program, assignment) == 0 for program in programs)


def _non_zero_programs_up_to_size_two(grammar: Grammar) -> list[Expression]:
    """Programs that vanish wherever a non-zero class of size <= 2 does: one a class, and not its negative too."""
    leaves = [leaf_expression(symbol) for symbol in grammar.leaves]
    algebraic = [symbol for symbol in grammar.operators if MEANINGS[symbol].modular is not None]
    pairs = [compose(operator, left, right) for operator in algebraic for left in leaves for right in leaves]
    by_value: dict[int, Expression] = {}
    for program in leaves + pairs:
        residues = algebraic_residues_of(program, grammar)
        # The same value at both field points: a constant, which vanishes everywhere or nowhere.
        if residues is not None and residues[0] != residues[1]:
            by_value.setdefault(min(residues[0], PRIME - residues[0]), program)
    return list(by_value.values())


@cache
def _panels(grammar: Grammar) -> tuple[Panel, ...]:
    points = generic_points(grammar)
    width = N_SHOWN + N_HELDOUT
    blocks = [points[start : start + width] for start in range(0, N_PANELS * width, width)]
    return tuple(Panel(shown=block[:N_SHOWN], heldout=block[N_SHOWN:]) for block in blocks)
