"""Speed of the enumeration, and how many times faster it is than the obvious ways to tell classes apart.

All three decide the same question for a candidate (operator, left class, right class): which class is it? The bank
by two residues; `fractions.Fraction` by exact values at two points; SymPy by `cancel`. The two baselines start from
stored values and cancelled forms of the operands, so they pay for the candidate alone, as the bank does.
"""

import statistics
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import sympy

from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.realizations import target_programs
from arith_synth.grammar import Expression, grammar_named
from arith_synth.seeding import keyed_hash
from arith_synth.semantics.execution import EXACT_MEANINGS, execute
from arith_synth.semantics.panels import panel_of
from arith_synth.semantics.programs import decode_program

GRAMMAR = grammar_named("xy3")
SIZES = (5, 6)
N_REPEATS = 5
#: Candidates of this size are drawn for the baselines.
BASELINE_SIZE = 5
N_FRACTION_CANDIDATES = 20_000
N_SYMPY_CANDIDATES = 300

Candidate = tuple[str, int, int]


def run() -> dict[str, Any]:
    """Seconds of the bank, and its candidates/s over those of each baseline (medians, compilation not counted).

    Rates are per second of this process, for everything here runs on one thread: a busy machine shifts them less.
    """
    enumerate_bank(GRAMMAR, 3)  # compiles
    measured: dict[str, Any] = {"grammar": GRAMMAR.name, "n_repeats": N_REPEATS}
    per_s = 0.0
    for size in SIZES:
        runs = [_one_enumeration(size) for _ in range(N_REPEATS)]
        wall, rates = zip(*runs, strict=True)
        per_s = statistics.median(rates)
        measured[f"max_size_{size}_seconds"] = statistics.median(wall)
        measured[f"max_size_{size}_candidates_per_s"] = per_s
    operands = enumerate_bank(GRAMMAR, BASELINE_SIZE - 1)
    fraction_per_s = _fraction_candidates_per_s(operands)
    sympy_per_s = _sympy_candidates_per_s(operands)
    return measured | {
        "fraction_candidates_per_s": fraction_per_s,
        "sympy_candidates_per_s": sympy_per_s,
        "bank_over_fraction": per_s / fraction_per_s,
        "bank_over_sympy": per_s / sympy_per_s,
    }


def _one_enumeration(size: int) -> tuple[float, float]:
    started = time.process_time()
    bank = enumerate_bank(GRAMMAR, size)
    return bank.seconds, bank.n_candidates / (time.process_time() - started)


def _drawn_candidates(bank: Bank, n: int) -> Iterator[Candidate]:
    """Candidates of BASELINE_SIZE leaves, uniform over operators and ordered pairs of classes."""
    first = bank.first_of_size.tolist()
    counts = [0, *bank.classes_by_size]
    splits = [(left, BASELINE_SIZE - left) for left in range(1, BASELINE_SIZE)]
    for draw in range(n):
        pair = keyed_hash("benchmark", "pair", draw) % sum(counts[i] * counts[j] for i, j in splits)
        for i, j in splits:
            if pair < counts[i] * counts[j]:
                operator = GRAMMAR.operators[keyed_hash("benchmark", "operator", draw) % len(GRAMMAR.operators)]
                yield operator, first[i] + pair // counts[j], first[j] + pair % counts[j]
                break
            pair -= counts[i] * counts[j]


def _fraction_candidates_per_s(bank: Bank) -> float:
    points = [dict(zip(GRAMMAR.variables, point, strict=True)) for point in panel_of(GRAMMAR).shown[:2]]
    candidates = list(_drawn_candidates(bank, N_FRACTION_CANDIDATES))
    targets = _targets(bank)
    used = {index for _, left, right in candidates for index in (left, right)}
    values = {index: [execute(targets[index], point) for point in points] for index in used}
    classes: dict[tuple[Fraction | None, ...], int] = {}
    started = time.process_time()
    for operator, left, right in candidates:
        meaning = EXACT_MEANINGS[operator]
        value = tuple(
            None if a is None or b is None else meaning(a, b) for a, b in zip(values[left], values[right], strict=True)
        )
        classes.setdefault(value, len(classes))
    return len(candidates) / (time.process_time() - started)


def _sympy_candidates_per_s(bank: Bank) -> float:
    candidates = list(_drawn_candidates(bank, N_SYMPY_CANDIDATES))
    targets = _targets(bank)
    used = {index for _, left, right in candidates for index in (left, right)}
    forms = {index: sympy.cancel(_sympy_form(targets[index])) for index in used}
    classes: dict[sympy.Expr, int] = {}
    started = time.process_time()
    for operator, left, right in candidates:
        if operator == "/" and forms[right] == 0:
            continue
        form = sympy.cancel(_sympy_operation(operator, forms[left], forms[right]))
        classes.setdefault(form, len(classes))
    return len(candidates) / (time.process_time() - started)


def _targets(bank: Bank) -> list[Expression]:
    return [decode_program(row, GRAMMAR) for row in target_programs(bank)]


def _sympy_form(program: Expression) -> sympy.Expr:
    def leaf(symbol: str) -> sympy.Expr:
        return sympy.Symbol(symbol) if symbol in GRAMMAR.variables else sympy.Integer(symbol)

    return program.fold(leaf, lambda operator, operands: _sympy_operation(operator, *operands))


def _sympy_operation(operator: str, left: sympy.Expr, right: sympy.Expr) -> sympy.Expr:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    return left * right if operator == "*" else left / right
