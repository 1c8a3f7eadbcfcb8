"""Observational identity: a class is the list of exact outputs on 256 fixed inputs, with `undef` as a value.

For grammars whose operators compare. The fingerprint is two linear hashes of the outputs' residues modulo p,
r_k = sum over inputs of key[k, input] * residue(output), with residue(a/b) = a / b in the field and a residue of its
own for `undef`.

Which inputs: most are in generic position, as the panel's are, where algebra shows and little is undefined. But there
all coordinates exceed all constants, so that `x < 1` and `x < 2` would be one condition, and no two coordinates are
equal, so that `x < y` would be the opposite of `y < x`. So some inputs are close to the constants, with equal
coordinates among them: there comparisons turn.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache

import numpy as np

from arith_synth.grammar import Expression, Grammar
from arith_synth.seeding import keyed_hash
from arith_synth.semantics.execution import apply_exactly
from arith_synth.semantics.meanings import PRIME
from arith_synth.semantics.panels import Point, panel_of, points_in_generic_position, second_panel_of

N_IDENTITY_POINTS = 256
#: At most so many of them are close to the constants; the others are in generic position.
N_NEAR_POINTS = 64
N_HASHES = 2
#: Close: within 3 of zero or of +-a constant, within less where the constants leave too many such values.
_LARGEST_RADIUS = 3
#: The others are drawn from the smallest box with so many, for comparisons of sums and products turn farther out.
_N_GENERIC = 4 * N_IDENTITY_POINTS
_LARGEST_BOX = 4096

#: Two outputs with numerators and denominators below this have different residues: |ad - bc| < 2 * 2^56 < p.
_HEIGHT = 1 << 28
#: The residue of `undef`. No fraction of that height has it, which a test verifies.
UNDEF_RESIDUE = keyed_hash("identity undef", bits=128) % (PRIME - 1) + 1


@cache
def identity_points(grammar: Grammar) -> tuple[Point, ...]:
    """The 256 identity inputs, on neither panel, one integer a variable, in keyed-hash order.

    Raises GrammarError for a grammar without variables, and for one without enough points in generic position.
    """
    on_panels = {*panel_of(grammar).points, *second_panel_of(grammar).points}
    near = _near_points(grammar, on_panels)
    generic = points_in_generic_position(grammar, _N_GENERIC, _LARGEST_BOX)
    others = sorted(set(generic) - on_panels.union(near), key=_keyed_place)
    return tuple(sorted(near + others[: N_IDENTITY_POINTS - len(near)], key=_keyed_place))


@cache
def identity_keys(grammar: Grammar) -> np.ndarray:
    """The keys of the two hashes, a function of the input alone: uint64[2, 256], within 1..p-1. Read-only."""
    points = identity_points(grammar)
    rows = [
        [keyed_hash("identity key", index, *point, bits=128) % (PRIME - 1) + 1 for point in points]
        for index in range(N_HASHES)
    ]
    keys = np.array(rows, dtype=np.uint64)
    keys.setflags(write=False)
    return keys


def observational_residues_of(expression: Expression, grammar: Grammar) -> tuple[int, int] | None:
    """The two hashes of the program's outputs, or None when it is undefined on all identity inputs."""
    residues = [_residue(output) for output in _outputs(expression, grammar)]
    if all(residue is None for residue in residues):
        return None
    first, second = (
        sum(key * (UNDEF_RESIDUE if residue is None else residue) for key, residue in zip(row, residues, strict=True))
        % PRIME
        for row in identity_keys(grammar).tolist()
    )
    return first, second


def observational_collision_bound(grammar: Grammar, n_classes: int, max_size: int) -> float:
    """Upper bound of the probability that any two classes, which differ on some identity input, share a fingerprint.

    Number of pairs / (p - 1)^2. Different outputs have different residues as long as numerators and denominators stay
    below 2^28. Then, whatever the other keys are, at most one of the p - 1 values of the key at an input that tells two
    classes apart makes a hash agree; and the two hashes have keys of their own. So the bound rests on the keys being as
    good as drawn at random after the programs, and on those heights: a program of n leaves of magnitude up to m has
    none above (2m)^n / 2. Where this exceeds 2^28 nothing is promised: 1.
    """
    largest = max(*(abs(value) for point in identity_points(grammar) for value in point), *grammar.constants, 1)
    if (2 * largest) ** max_size > 2 * _HEIGHT:
        return 1.0
    return n_classes * (n_classes - 1) // 2 / (PRIME - 1) ** N_HASHES


def _keyed_place(point: Point) -> tuple[int, Point]:
    return keyed_hash("identity", *point), point


def _near_points(grammar: Grammar, on_panels: set[Point]) -> list[Point]:
    """Up to `N_NEAR_POINTS` points whose coordinates are values close to the constants.

    A Latin design: a block of points takes each value once in each coordinate, and each block shifts the coordinates
    against each other, so that few blocks already have every value and no point comes twice.
    """
    values = _near_values(grammar)
    axes = [
        sorted(values, key=lambda value, axis=axis: (keyed_hash("identity near", axis, value), value))
        for axis in range(len(grammar.variables))
    ]
    near: dict[Point, None] = {}
    for shift in range(len(values)):
        for place in range(len(values)):
            point = tuple(axis[(place + shift * number) % len(values)] for number, axis in enumerate(axes))
            if len(near) < N_NEAR_POINTS and point not in on_panels:
                near[point] = None
    return list(near)


def _near_values(grammar: Grammar) -> list[int]:
    """Non-zero values within a radius of zero or of +-a constant: the largest radius whose values fit into a block."""
    values: list[int] = []
    for radius in range(_LARGEST_RADIUS, -1, -1):
        steps = range(-radius, radius + 1)
        magnitudes = {abs(center + step) for center in (0, *grammar.constants) for step in steps} - {0}
        values = [value for magnitude in sorted(magnitudes) for value in (-magnitude, magnitude)]
        if len(values) <= N_NEAR_POINTS:
            break
    return values


def _outputs(expression: Expression, grammar: Grammar) -> list[Fraction | None]:
    points = identity_points(grammar)
    columns = {name: [Fraction(point[index]) for point in points] for index, name in enumerate(grammar.variables)}

    def leaf(symbol: str) -> list[Fraction | None]:
        return [*columns[symbol]] if symbol in columns else [Fraction(int(symbol))] * len(points)

    def combine(operator: str, operands: Sequence[list[Fraction | None]]) -> list[Fraction | None]:
        return [apply_exactly(operator, values) for values in zip(*operands, strict=True)]

    return expression.fold(leaf, combine)


def _residue(output: Fraction | None) -> int | None:
    """The output's residue; None where it is undefined, as a denominator that p divides would be."""
    if output is None or output.denominator % PRIME == 0:
        return None
    return output.numerator * pow(output.denominator, -1, PRIME) % PRIME
