"""Seconds that realizability adds to the bank of `xy3`, N = 6: one pattern, and all named ones in one pass."""

import statistics
import time
from typing import Any

from arith_synth.enumeration.bank import Bank, enumerate_bank
from arith_synth.enumeration.realizability import forced_into
from arith_synth.enumeration.realizations import target_programs
from arith_synth.grammar import grammar_named
from arith_synth.grammar.patterns import PATTERNS, STRAHLER, Pattern

GRAMMAR = grammar_named("xy3")
MAX_SIZE = 6
N_REPEATS = 3


def run() -> dict[str, Any]:
    """Wall seconds on every core, and on one thread; medians, compilation not counted."""
    small, bank = enumerate_bank(GRAMMAR, 3), enumerate_bank(GRAMMAR, MAX_SIZE)
    forced_into(small, [STRAHLER], 4)
    target_programs(small)
    every = list(PATTERNS.values())
    return {
        "to_6_leaves_seconds": _seconds(bank, [STRAHLER], 6, None),
        "to_7_leaves_seconds": _seconds(bank, [STRAHLER], 7, None),
        "to_6_leaves_one_thread_seconds": _seconds(bank, [STRAHLER], 6, 1),
        "to_7_leaves_one_thread_seconds": _seconds(bank, [STRAHLER], 7, 1),
        f"{len(every)}_patterns_to_7_leaves_seconds": _seconds(bank, every, 7, None),
        "target_programs_seconds": _median(lambda: target_programs(bank)),
    }


def _seconds(bank: Bank, patterns: list[Pattern], max_leaves: int, threads: int | None) -> float:
    return _median(lambda: forced_into(bank, patterns, max_leaves, threads=threads))


def _median(work) -> float:
    times = []
    for _ in range(N_REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
