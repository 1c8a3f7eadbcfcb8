"""Execution on exact rationals: vectorized 64-bit fractions, and a naive oracle for samples of them.

An output is a reduced fraction with a positive denominator; denominator 0 (and numerator 0) is `undef`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numba
import numpy as np
import pyarrow as pa

from arith_synth.errors import CapacityError
from arith_synth.grammar import Expression
from arith_synth.grammar.operators import OPERATORS
from arith_synth.splits.audit.parts import in_parts
from arith_synth.splits.audit.programs import Programs

#: An operator's number in `run`.
MACHINE_OPERATORS = ("+", "-", "*", "/", "min", "max", "if")
#: Numerator and denominator of a text that is no canonical output: equal to no output.
NO_VALUE = (0, -1)

_VALUE = re.compile(r"(0|-?[1-9][0-9]{0,17})(?:/([1-9][0-9]{0,17}))?", re.ASCII)
_UNDEF = "undef"


def outputs_of_programs(
    programs: Programs, points: Sequence[Sequence[int]], rows: np.ndarray | None = None
) -> np.ndarray:
    """Reduced numerators and denominators int64[2, n, n_points] of all programs, or of `rows` int64[n] of them; faulty
    programs are `undef`.

    Raises CapacityError when programs of this size could leave 64 bits: with leaves of magnitude <= m a program of n
    leaves has an unreduced numerator and denominator of at most (2m)^n / 2.
    """
    machine = machine_of(programs, points)
    rows = np.arange(len(programs.texts)) if rows is None else rows
    outputs = np.empty((2, len(rows), len(points)), dtype=np.int64)

    def part(start: int, stop: int) -> None:
        run(machine.codes, rows[start:stop], machine.leaf_values, machine.operators, outputs[:, start:stop])

    in_parts(len(rows), part)
    return outputs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Machine:
    """What `run` takes: codes int16[n, most nodes], leaf_values int64[n_leaves, n_points], operators int64[...]."""

    codes: np.ndarray
    leaf_values: np.ndarray
    operators: np.ndarray


def machine_of(programs: Programs, points: Sequence[Sequence[int]]) -> Machine:
    """Programs ready to run on points. Raises CapacityError as `outputs_of_programs`."""
    grammar = programs.grammar
    coordinates = np.array(points, dtype=np.int64).reshape(len(points), len(grammar.variables))
    constants = np.repeat(np.array([grammar.constants], dtype=np.int64).T, len(points), axis=1)
    leaf_values = np.concatenate([coordinates.T, constants])
    largest = max(1, *(abs(int(value)) for value in (leaf_values.min(initial=0), leaf_values.max(initial=0))))
    max_size = programs.leaves.shape[1]
    if (2 * largest) ** max_size // 2 >= 2**63:
        raise CapacityError(
            f"programs of {max_size} leaves over inputs up to {largest} may leave 64 bits; audit a smaller max_size"
        )
    operators = np.array([MACHINE_OPERATORS.index(symbol) for symbol in grammar.operators], dtype=np.int64)
    return Machine(codes=programs.codes, leaf_values=leaf_values, operators=operators)


@numba.njit(cache=True, nogil=True)
def run(codes, rows, leaf_values, operators, outputs):
    """Reduced outputs [2, m, n_points] of programs `rows` int64[m]; 0 / 0 where undefined and for faulty programs."""
    n_leaves = len(leaf_values)
    tops, bottoms = np.empty(codes.shape[1] + 1, dtype=np.int64), np.empty(codes.shape[1] + 1, dtype=np.int64)
    for index in range(len(rows)):
        program = codes[rows[index]]
        for point in range(leaf_values.shape[1]):
            height = 0
            for code in program:
                if code < 0:
                    break
                if code < n_leaves:
                    tops[height], bottoms[height] = leaf_values[code, point], 1
                    height += 1
                    continue
                height = _apply(operators[code - n_leaves], tops, bottoms, height)
                if bottoms[height - 1] == 0:  # which it stays, whatever follows
                    height = 0
                    break
            if height == 0:
                outputs[0, index, point], outputs[1, index, point] = 0, 0
                continue
            divisor = _divisor(abs(tops[0]), bottoms[0])
            outputs[0, index, point], outputs[1, index, point] = tops[0] // divisor, bottoms[0] // divisor


@numba.njit(nogil=True)
def _apply(operator, tops, bottoms, height):
    """Replace an operator's operands, the last one at height - 1, by its value; returns the new height. Denominators
    are positive; 0 stands for `undef`."""
    first = height - (4 if operator == 6 else 2)
    a, b, c, d = tops[first], bottoms[first], tops[first + 1], bottoms[first + 1]
    if operator == 0:
        tops[first], bottoms[first] = a * d + c * b, b * d
    elif operator == 1:
        tops[first], bottoms[first] = a * d - c * b, b * d
    elif operator == 2:
        tops[first], bottoms[first] = a * c, b * d
    elif operator == 3:
        sign = -1 if c < 0 else 1
        tops[first], bottoms[first] = sign * a * d, sign * b * c
    else:
        # `undef` ended the program before: all operands are defined here.
        less, more = a * d < c * b, a * d > c * b
        if operator == 6:
            chosen = first + 2 if less else first + 3
        else:
            chosen = first if (less if operator == 4 else more) else first + 1
        tops[first], bottoms[first] = tops[chosen], bottoms[chosen]
    return first + 1


@numba.njit(nogil=True)
def _divisor(a, b):
    while b:
        a, b = b, a % b
    return a


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
            operands = [stack.pop() for _ in range(OPERATORS[symbol].arity)]
            stack.append(_applied(symbol, operands))
    return stack[0]


def _applied(operator: str, operands: list[Fraction | None]) -> Fraction | None:
    """`undef` in any operand makes the output `undef`, also in the branch that a conditional does not take."""
    values = [operand for operand in operands if operand is not None]
    if len(values) < len(operands):
        return None
    first, second = values[:2]
    if operator == "/":
        return None if second == 0 else first / second
    if operator == "if":
        return values[2] if first < second else values[3]
    if operator in ("min", "max"):
        return min(values) if operator == "min" else max(values)
    return {"+": first + second, "-": first - second, "*": first * second}[operator]


def _parse(text: str) -> tuple[int, int]:
    if text == _UNDEF:
        return 0, 0
    match = _VALUE.fullmatch(text)
    if match is None:
        return NO_VALUE
    value = Fraction(int(match[1]), int(match[2] or 1))
    return (value.numerator, value.denominator) if str(value) == text else NO_VALUE
