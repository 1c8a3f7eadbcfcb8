"""Speed of the bank: rates, the gain of two cores, memory, cost by size, and how many times faster than the peers.

Rates of one thread are per second of processor time, for a busy machine shifts them less; what a user waits for is
wall time.
"""

import json
import statistics
import subprocess
import sys
import time
from typing import Any

from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.threads import available_threads
from arith_synth.grammar import grammar_named
from benchmarks.peers import fraction_candidates_per_s, numpy_classes_per_s, sympy_candidates_per_s

GRAMMAR = grammar_named("xy3")
N_REPEATS = {6: 7, 7: 3}
#: Candidates of this size are drawn for the slow peers.
PEER_SIZE = 5
N_FRACTION_CANDIDATES = 20_000
N_SYMPY_CANDIDATES = 300

#: A process of its own, whose peak is that of the bank alone.
_PEAK = """
import json
from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.memory import peak_bytes
from arith_synth.grammar import grammar_named
enumerate_bank(grammar_named("xy3"), {size})
print(json.dumps(peak_bytes()))
"""


def run() -> dict[str, Any]:
    """Seconds, rates and ratios: medians, compilation not counted."""
    enumerate_bank(GRAMMAR, 3, threads=1)  # compiles
    enumerate_bank(GRAMMAR, 3)
    measured: dict[str, Any] = {"grammar": GRAMMAR.name, "n_threads": available_threads()}
    per_s = 0.0
    for size, n_repeats in N_REPEATS.items():
        one, many, gains, rates = [], [], [], []
        for _ in range(n_repeats):
            bank, processor_s = _timed(size, 1)
            one.append(bank.seconds)
            rates.append(bank.n_candidates / processor_s)
            bank, _ = _timed(size, None)
            many.append(bank.seconds)
            gains.append(one[-1] / many[-1])
        per_s = statistics.median(rates)
        measured |= {
            f"max_size_{size}_seconds": statistics.median(many),
            f"max_size_{size}_one_thread_seconds": statistics.median(one),
            f"max_size_{size}_candidates_per_s": per_s,
            f"max_size_{size}_speed_up": statistics.median(gains),
            f"max_size_{size}_peak_bytes": _peak_bytes(size),
        }
    measured["by_size"] = _by_size(bank)
    return measured | _peers(per_s)


def _timed(size: int, threads: int | None) -> tuple[Bank, float]:
    started = time.process_time()
    bank = enumerate_bank(GRAMMAR, size, threads=threads)
    return bank, time.process_time() - started


def _peak_bytes(size: int) -> int:
    code = [sys.executable, "-c", _PEAK.format(size=size)]
    return json.loads(subprocess.run(code, capture_output=True, text=True, check=True).stdout)


def _by_size(bank: Bank) -> list[dict[str, Any]]:
    """Time, candidates and bytes of each size, and by how much each grew over the size before."""
    rows: list[dict[str, Any]] = []
    for size in range(2, bank.max_size + 1):
        row = {
            "size": size,
            "candidates": int(bank.candidates_by_size[size]),
            "classes": bank.classes_by_size[size - 1],
            "seconds": float(bank.seconds_by_size[size]),
            "bytes": 16 * bank.classes_by_size[size - 1],
        }
        if rows:
            before = rows[-1]
            row |= {f"{name}_growth": row[name] / before[name] for name in ("candidates", "classes", "seconds")}
        rows.append(row)
    return rows


def _peers(per_s: float) -> dict[str, float]:
    operands = enumerate_bank(GRAMMAR, PEER_SIZE - 1)
    numpy_size = PEER_SIZE + 1
    numpy_operands = enumerate_bank(GRAMMAR, numpy_size)
    n_new, numpy_per_s = numpy_classes_per_s(enumerate_bank(GRAMMAR, numpy_size - 1), numpy_size)
    if n_new != numpy_operands.classes_by_size[-1]:
        raise AssertionError(f"NumPy finds {n_new} classes of size {numpy_size}, which is not what the bank finds")
    fraction_per_s = fraction_candidates_per_s(operands, PEER_SIZE, N_FRACTION_CANDIDATES)
    sympy_per_s = sympy_candidates_per_s(operands, PEER_SIZE, N_SYMPY_CANDIDATES)
    return {
        "numpy_candidates_per_s": numpy_per_s,
        "fraction_candidates_per_s": fraction_per_s,
        "sympy_candidates_per_s": sympy_per_s,
        "bank_over_numpy": per_s / numpy_per_s,
        "bank_over_fraction": per_s / fraction_per_s,
        "bank_over_sympy": per_s / sympy_per_s,
    }
