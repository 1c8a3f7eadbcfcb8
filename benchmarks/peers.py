"""The obvious ways to tell classes apart, on candidates that the bank tells apart too.

All decide the same question for a candidate (operator, left class, right class): which class is it? The bank by two
residues; NumPy by the same residues, one operator and left class at a time; `fractions.Fraction` by exact values at as
few points as tell all classes apart; SymPy by `cancel`. They start from stored values of the operands, so they pay for
the candidate alone, as the bank does.
"""

import time
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import sympy

from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.realizations import target_programs
from arith_synth.grammar import Expression, Grammar
from arith_synth.seeding import keyed_hash
from arith_synth.semantics.batch import rational_outputs
from arith_synth.semantics.execution import apply_exactly, execute
from arith_synth.semantics.fingerprints import PRIME
from arith_synth.semantics.panels import panel_of
from arith_synth.semantics.programs import decode_program

Candidate = tuple[str, int, int]

_P = np.uint64(PRIME)
_HALF, _LOW_HALF = np.uint64(31), np.uint64((1 << 31) - 1)
_CARRY, _LOW_CARRY = np.uint64(30), np.uint64((1 << 30) - 1)
_BITS = np.uint64(61)


def numpy_classes_per_s(operands: Bank, size: int) -> tuple[int, float]:
    """New classes of a size and candidates/s of processor time, with everything vectorized over the right operands."""
    values = [np.ascontiguousarray(operands.values[:, point]) for point in range(2)]
    inverses = [np.array([pow(value, -1, PRIME) if value else 0 for value in column.tolist()], dtype=np.uint64)
                for column in values]  # fmt: skip
    offsets = operands.first_of_size.tolist()
    zero = int(np.flatnonzero((operands.values == 0).all(axis=1))[0])
    started = time.process_time()
    found: list[list[np.ndarray]] = [[], []]
    for left_size in range(1, size // 2 + 1):
        right_size = size - left_size
        for left in range(offsets[left_size], offsets[left_size + 1]):
            start = max(left, offsets[right_size])
            right = slice(start, offsets[right_size + 1])
            proper = slice(start + (start == left), offsets[right_size + 1])
            divisors = np.arange(right.start, right.stop) != zero
            for point in range(2):
                a, inverse = values[point][left], inverses[point][left]
                b, swapped = values[point][right], values[point][proper]
                found[point] += [
                    _reduced(a + b),
                    _reduced(a + _P - b),
                    _reduced(swapped + _P - a),
                    _product(a, b),
                    _product(a, inverses[point][right][divisors]),
                ]
                if left != zero:
                    found[point].append(_product(inverse, swapped))
    first, second = (np.concatenate(columns) for columns in found)
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    is_new = np.ones(len(first), dtype=bool)
    is_new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    n_new = int((~np.isin(first[is_new], values[0])).sum())
    return n_new, len(first) / (time.process_time() - started)


def fraction_candidates_per_s(bank: Bank, size: int, n: int) -> float:
    """Candidates/s of processor time, told apart by exact values at the first points of the panel that suffice."""
    grammar = bank.grammar
    n_points = points_that_suffice(enumerate_bank(grammar, size))
    points = [dict(zip(grammar.variables, point, strict=True)) for point in panel_of(grammar).shown[:n_points]]
    candidates = list(drawn_candidates(bank, size, n))
    targets = _targets(bank)
    used = {index for _, left, right in candidates for index in (left, right)}
    values = {index: [execute(targets[index], point) for point in points] for index in used}
    classes: dict[tuple[Fraction | None, ...], int] = {}
    started = time.process_time()
    for operator, left, right in candidates:
        value = tuple(apply_exactly(operator, (a, b)) for a, b in zip(values[left], values[right], strict=True))
        classes.setdefault(value, len(classes))
    return len(candidates) / (time.process_time() - started)


def points_that_suffice(bank: Bank) -> int:
    """The smallest number of panel points at which no two classes of the bank agree."""
    shown = panel_of(bank.grammar).shown
    outputs = rational_outputs(target_programs(bank).codes, bank.grammar, np.array(shown))
    for n in range(1, len(shown) + 1):
        rows = np.concatenate([part[:, :n] for part in outputs], axis=1)
        if len(np.unique(rows, axis=0)) == bank.n_classes:
            return n
    raise AssertionError("the panel does not tell the classes apart")


def sympy_candidates_per_s(bank: Bank, size: int, n: int) -> float:
    """Candidates/s of processor time, told apart by their cancelled forms."""
    candidates = list(drawn_candidates(bank, size, n))
    targets = _targets(bank)
    used = {index for _, left, right in candidates for index in (left, right)}
    forms = {index: sympy.cancel(_sympy_form(targets[index], bank.grammar)) for index in used}
    classes: dict[sympy.Expr, int] = {}
    started = time.process_time()
    for operator, left, right in candidates:
        if operator == "/" and forms[right] == 0:
            continue
        form = sympy.cancel(_sympy_operation(operator, forms[left], forms[right]))
        classes.setdefault(form, len(classes))
    return len(candidates) / (time.process_time() - started)


def drawn_candidates(bank: Bank, size: int, n: int) -> Iterator[Candidate]:
    """Candidates of a size, uniform over operators and ordered pairs of classes."""
    first = bank.first_of_size.tolist()
    counts = [0, *bank.classes_by_size]
    splits = [(left, size - left) for left in range(1, size)]
    operators = bank.grammar.operators
    for draw in range(n):
        pair = keyed_hash("benchmark", "pair", draw) % sum(counts[i] * counts[j] for i, j in splits)
        for i, j in splits:
            if pair < counts[i] * counts[j]:
                operator = operators[keyed_hash("benchmark", "operator", draw) % len(operators)]
                yield operator, first[i] + pair // counts[j], first[j] + pair % counts[j]
                break
            pair -= counts[i] * counts[j]


def _targets(bank: Bank) -> list[Expression]:
    return [decode_program(row, bank.grammar) for row in target_programs(bank).codes]


def _sympy_form(program: Expression, grammar: Grammar) -> sympy.Expr:
    def leaf(symbol: str) -> sympy.Expr:
        return sympy.Symbol(symbol) if symbol in grammar.variables else sympy.Integer(symbol)

    return program.fold(leaf, lambda operator, operands: _sympy_operation(operator, *operands))


def _sympy_operation(operator: str, left: sympy.Expr, right: sympy.Expr) -> sympy.Expr:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    return left * right if operator == "*" else left / right


def _reduced(total: np.ndarray) -> np.ndarray:
    return np.where(total >= _P, total - _P, total)


def _product(a: np.uint64, b: np.ndarray) -> np.ndarray:
    """a * b modulo p, in halves of 31 bits."""
    a_low, a_high, b_low, b_high = a & _LOW_HALF, a >> _HALF, b & _LOW_HALF, b >> _HALF
    middle = a_high * b_low + a_low * b_high
    total = a_low * b_low + ((middle & _LOW_CARRY) << _HALF) + (middle >> _CARRY) + np.uint64(2) * (a_high * b_high)
    return _reduced((total & _P) + (total >> _BITS))
