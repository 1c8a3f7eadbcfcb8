"""Execution on exact rationals: vectorized 64-bit fractions, and a naive oracle for samples of them.

An output is a reduced fraction with a positive denominator; denominator 0 (and numerator 0) is `undef`.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import pyarrow as pa

from arith_synth.errors import CapacityError
from arith_synth.grammar import Expression, Grammar
from arith_synth.splits.audit.programs import Programs

#: Numerator and denominator of a text that is no canonical output: equal to no output.
NO_VALUE = (0, -1)

_VALUE = re.compile(r"(0|-?[1-9][0-9]{0,17})(?:/([1-9][0-9]{0,17}))?", re.ASCII)
_UNDEF = "undef"


def outputs_of_programs(programs: Programs, grammar: Grammar, points: Sequence[Sequence[int]]) -> np.ndarray:
    """Reduced numerators and denominators int32 or int64[2, n, n_points] of all programs; faulty programs are `undef`.

    Raises CapacityError when programs of this size could leave 64 bits: with leaves of magnitude <= m a program of n
    leaves has an unreduced numerator and denominator of at most (2m)^n / 2.
    """
    coordinates = np.array(points, dtype=np.int64).reshape(len(points), len(grammar.variables))
    constants = np.repeat(np.array([grammar.constants], dtype=np.int64).T, len(points), axis=1)
    leaf_values = np.concatenate([coordinates.T, constants])  # n_leaves, n_points
    largest = max(1, *(abs(int(value)) for value in (leaf_values.min(initial=0), leaf_values.max(initial=0))))
    max_size = programs.leaves.shape[1]
    if (2 * largest) ** max_size // 2 >= 2**63:
        raise CapacityError(
            f"programs of {max_size} leaves over inputs up to {largest} may leave 64 bits; audit a smaller max_size"
        )
    fits_32_bits = (
        2 * largest
    ) ** max_size // 2 < 2**31  # reduced ones too; the corpus of size 6 has a hundred million
    outputs = np.zeros((2, len(programs.texts), len(points)), dtype=np.int32 if fits_32_bits else np.int64)

    def leaf(indices: np.ndarray) -> np.ndarray:
        values = leaf_values[indices]
        return np.stack([values, np.ones_like(values)])

    def emit(rows: np.ndarray, values: np.ndarray) -> None:
        outputs[:, rows] = reduced(values)

    programs.fold(leaf, combine_fractions, emit)
    return outputs


def combine_fractions(operator: str, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Unreduced fractions of a node, elementwise on int64[2, ...]; a denominator of 0 stays 0 in whatever follows."""
    (a, b), (c, d) = left, right
    if operator == "+":
        return np.stack([a * d + c * b, b * d])
    if operator == "-":
        return np.stack([a * d - c * b, b * d])
    if operator == "*":
        return np.stack([a * c, b * d])
    return np.stack([a * d, np.where(d == 0, 0, b * c)])


def reduced(fractions: np.ndarray) -> np.ndarray:
    """Lowest terms with positive denominators, int64[2, ...]; `undef` becomes 0 / 0."""
    numerators, denominators = fractions
    divisors = np.gcd(numerators, denominators)
    divisors = np.where(denominators < 0, -divisors, divisors)
    divisors[denominators == 0] = 1
    return np.stack([np.where(denominators == 0, 0, numerators // divisors), denominators // divisors])


def parse_outputs(texts: pa.Array) -> np.ndarray:
    """Numerators and denominators int64[2, n] of output texts string[n]; `undef` is 0 / 0, nonsense NO_VALUE.

    A text that is not canonical (`4/2`, `-0`, `3/1`, `+1`) is nonsense too: each output has one text.
    """
    encoded = texts.dictionary_encode()
    values = np.array([_parse(text) for text in encoded.dictionary.to_pylist()], dtype=np.int64).reshape(-1, 2)
    return np.ascontiguousarray(values[encoded.indices.to_numpy(zero_copy_only=False)].T)


def output_text(numerator: int, denominator: int) -> str:
    """`-7/3`, `4` or `undef`."""
    return _UNDEF if denominator == 0 else str(Fraction(int(numerator), int(denominator)))


def naive_output(expression: Expression, point: Mapping[str, int]) -> str:
    """The oracle's output text of one program at one point."""
    value = value_at(expression, point)
    return _UNDEF if value is None else str(value)


def value_at(expression: Expression, point: Mapping[str, int]) -> Fraction | None:
    """One program at one point with `fractions.Fraction`; None where it is undefined."""
    stack: list[Fraction | None] = []
    for symbol in reversed(expression.symbols):
        if symbol in point:
            stack.append(Fraction(point[symbol]))
        elif symbol.isdigit():
            stack.append(Fraction(int(symbol)))
        else:
            left = stack.pop()
            right = stack.pop()
            stack.append(None if left is None or right is None else _apply(symbol, left, right))
    return stack[0]


def _apply(operator: str, left: Fraction, right: Fraction) -> Fraction | None:
    if operator == "/":
        return None if right == 0 else left / right
    return {"+": left + right, "-": left - right, "*": left * right}[operator]


def _parse(text: str) -> tuple[int, int]:
    if text == _UNDEF:
        return 0, 0
    match = _VALUE.fullmatch(text)
    if match is None:
        return NO_VALUE
    value = Fraction(int(match[1]), int(match[2] or 1))
    return (value.numerator, value.denominator) if str(value) == text else NO_VALUE
