"""Classes told apart by outputs: the identity inputs and the fingerprints of such grammars, written down a second time.

docs/decisions/observational-identity.md has the definition: a class is the list of exact outputs on 256 fixed inputs,
`undef` being a value like any other. Its published fingerprint is two sums of keys times the outputs' residues.
"""

from collections.abc import Sequence
from functools import cache

import numba
import numpy as np

from arith_synth.errors import GrammarError
from arith_synth.grammar import Expression, Grammar
from arith_synth.splits.audit.execution import machine_of, run, value_at
from arith_synth.splits.audit.identity import keyed_hash
from arith_synth.splits.audit.own_hashes import FIELD, invert, multiply
from arith_synth.splits.audit.panel import N_PANELS, Point, derived_panel, points_in_generic_position
from arith_synth.splits.audit.parts import in_parts
from arith_synth.splits.audit.programs import Programs

_N_POINTS, _N_NEAR, _RADIUS = 256, 64, 3
_N_GENERIC, _LARGEST_BOX = 1024, 4096
#: Outputs with numerators and denominators up to this have residues of their own.
_HEIGHT = 2**28
_UNDEF = keyed_hash("identity undef", n_bytes=16) % (FIELD - 1) + 1
_CHUNK = 1 << 10
#: Inverses of smaller denominators are kept.
_N_INVERSES = 1 << 16


@cache
def identity_points(grammar: Grammar) -> tuple[Point, ...]:
    """The 256 identity inputs, in the order of their keyed hashes: 64 near the constants, the others generic.

    Raises GrammarError when the grammar does not have so many.
    """
    generic = points_in_generic_position(grammar, _N_GENERIC, _LARGEST_BOX)
    panels = [derived_panel(grammar, number) for number in range(N_PANELS)]
    if generic is None or None in panels:
        raise GrammarError(
            f"grammar {grammar.name} has too few generic points to tell classes apart; give it variables"
        )
    taken = {point for panel in panels if panel is not None for part in panel for point in part}
    near = _near(grammar, taken)
    others = sorted(set(generic) - taken - set(near), key=_place)
    return tuple(sorted([*near, *others[: _N_POINTS - len(near)]], key=_place))


def _near(grammar: Grammar, taken: set[Point]) -> list[Point]:
    """Points whose coordinates are close to zero or plus or minus a constant, each value as often in each coordinate.

    Block by block: the n-th point of block b takes in coordinate c the (n + b c)-th of the values in keyed order.
    """
    values = _near_values(grammar)
    axes = [
        sorted(values, key=lambda value, axis=axis: (keyed_hash("identity near", axis, value), value))
        for axis in range(len(grammar.variables))
    ]
    points: list[Point] = []
    for block in range(len(values)):
        for n in range(len(values)):
            point = tuple(axis[(n + block * c) % len(values)] for c, axis in enumerate(axes))
            if point not in taken and point not in points and len(points) < _N_NEAR:
                points.append(point)
    return points


def _near_values(grammar: Grammar) -> list[int]:
    """Whole numbers but zero within the largest radius <= 3 of 0, c or -c that gives at most 64."""
    values: set[int] = set()
    for radius in range(_RADIUS, -1, -1):
        near = {
            sign * c + step for c in (0, *grammar.constants) for sign in (1, -1) for step in range(-radius, radius + 1)
        }
        values = near - {0}
        if len(values) <= _N_NEAR:
            break
    return sorted(values)


def _place(point: Point) -> tuple[int, Point]:
    return keyed_hash("identity", *point), point


def _keys(points: Sequence[Point]) -> list[list[int]]:
    return [[keyed_hash("identity key", k, *point, n_bytes=16) % (FIELD - 1) + 1 for point in points] for k in range(2)]


def observed_fingerprints(programs: Programs) -> tuple[np.ndarray, np.ndarray]:
    """Published fingerprints as two residues uint64[n, 2], and whether some output is defined, bool[n]."""
    points = identity_points(programs.grammar)
    machine, keys = machine_of(programs, points), np.array(_keys(points), dtype=np.uint64)
    residues = np.zeros((len(programs.texts), 2), dtype=np.uint64)
    is_defined = np.zeros(len(programs.texts), dtype=bool)

    def part(start: int, stop: int) -> None:
        inverses = np.zeros(_N_INVERSES, dtype=np.uint64)
        for at in range(start, stop, _CHUNK):
            rows = np.arange(at, min(at + _CHUNK, stop))
            outputs = np.empty((2, len(rows), len(points)), dtype=np.int64)
            run(machine.codes, rows, machine.leaf_values, machine.operators, outputs)
            is_defined[rows] = (outputs[1] != 0).any(axis=1)
            _hash(outputs, keys, inverses, residues[at : at + len(rows)])

    in_parts(len(residues), part)
    return residues, is_defined


@numba.njit(cache=True, nogil=True)
def _hash(outputs, keys, inverses, residues):
    """Sums of keys times residues; inverses uint64[...] of small denominators are filled in as they are needed."""
    p = np.uint64(FIELD)
    for program in range(outputs.shape[1]):
        first, second = np.uint64(0), np.uint64(0)
        for point in range(outputs.shape[2]):
            top, bottom = outputs[0, program, point], outputs[1, program, point]
            residue = np.uint64(_UNDEF)
            if bottom > 0:
                residue = np.uint64(top) if top >= 0 else p - np.uint64(-top)
                if bottom >= len(inverses):
                    residue = multiply(residue, invert(np.uint64(bottom)))
                elif bottom > 1:
                    if inverses[bottom] == 0:
                        inverses[bottom] = invert(np.uint64(bottom))
                    residue = multiply(residue, inverses[bottom])
            first = (first + multiply(keys[0, point], residue)) % p
            second = (second + multiply(keys[1, point], residue)) % p
        residues[program, 0], residues[program, 1] = first, second


def observed_fingerprint(program: Expression, grammar: Grammar) -> str | None:
    """The 32 hex digits of one program, in plain Python integers; None when it is undefined on all identity inputs."""
    points = identity_points(grammar)
    outputs = [value_at(program, dict(zip(grammar.variables, point, strict=True))) for point in points]
    if all(output is None for output in outputs):
        return None
    residues = [_UNDEF if v is None else v.numerator * pow(v.denominator, -1, FIELD) for v in outputs]
    sums = [sum(key * residue for key, residue in zip(row, residues, strict=True)) % FIELD for row in _keys(points)]
    return "".join(f"{number:016x}" for number in sums)


def observed_collision_bound(grammar: Grammar, n_classes: int, max_size: int) -> float:
    """Pairs of classes over (p - 1) squared; 1 where outputs may be too high for residues of their own."""
    largest = max(1, *grammar.constants, *(abs(value) for point in identity_points(grammar) for value in point))
    if (2 * largest) ** max_size > 2 * _HEIGHT:
        return 1.0
    return n_classes * (n_classes - 1) // 2 / (FIELD - 1) ** 2
