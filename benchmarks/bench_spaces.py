"""Speed of the spaces, each as a ratio to a yardstick timed in the same run: absolute times do not compare machines.

Run `python -m benchmarks.bench_spaces`, or call `run()`.
"""

import json
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
from apted import APTED, Config

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import Expression, grammar_named
from arith_synth.semantics.programs import decode_program
from arith_synth.spaces import (
    bases_of,
    nearest,
    semantic_coordinates,
    syntactic_coordinates,
    tree_edit_distances,
)

_N_PAIRS, _N_APTED_PAIRS = 200_000, 400
_N_QUERIES, _N_TRAIN = 2_000, 40_000


def run() -> dict[str, float]:
    grammar = grammar_named("xy3")
    codes = build_corpus(grammar, 5, patterns=()).codes
    bases = bases_of(grammar)
    pairs = np.random.default_rng(0).integers(0, len(codes), size=(_N_PAIRS, 2))
    first, second = codes[pairs[:, 0]], codes[pairs[:, 1]]
    trees = [
        (_apted_tree(decode_program(a, grammar)), _apted_tree(decode_program(b, grammar)))
        for a, b in zip(first[:_N_APTED_PAIRS], second[:_N_APTED_PAIRS], strict=True)
    ]

    def by_apted() -> None:
        for a, b in trees:
            APTED(a, b, Config()).compute_edit_distance()

    syntactic, semantic = bases.coordinates(codes)
    queries, train = syntactic[:_N_QUERIES], syntactic[-_N_TRAIN:]
    tree_edits_per_s = _N_PAIRS / _seconds(lambda: tree_edit_distances(first, second, grammar))
    apted_per_s = _N_APTED_PAIRS / _seconds(by_apted)
    syntactic_per_s = len(codes) / _seconds(lambda: syntactic_coordinates(codes, grammar, bases.syntactic))
    semantic_per_s = len(codes) / _seconds(lambda: semantic_coordinates(codes, grammar, bases.semantic, bases.means))
    distances_per_s = _N_QUERIES * _N_TRAIN / _seconds(lambda: nearest(queries, train))
    # The yardstick: how fast numpy multiplies these coordinates by a 16 x 16 matrix.
    square = np.eye(semantic.shape[1])
    rows = semantic.astype(np.float64)
    rows_per_s = len(rows) / _seconds(lambda: rows @ square)
    return {
        "tree_edit_distances_per_s": tree_edits_per_s,
        "tree_edit_distances_over_apted": tree_edits_per_s / apted_per_s,
        "syntactic_coordinates_per_s": syntactic_per_s,
        "syntactic_over_matrix_rows": syntactic_per_s / rows_per_s,
        "semantic_coordinates_per_s": semantic_per_s,
        "semantic_over_matrix_rows": semantic_per_s / rows_per_s,
        "neighbour_distances_per_s": distances_per_s,
        "neighbour_distances_over_matrix_rows": distances_per_s / rows_per_s,
    }


def _apted_tree(expression: Expression) -> SimpleNamespace:
    return expression.fold(
        lambda symbol: SimpleNamespace(name=symbol, children=[]),
        lambda operator, operands: SimpleNamespace(name=operator, children=list(operands)),
    )


def _seconds(work: Callable[[], object], n_repeats: int = 3) -> float:
    """The best of a few runs, after one to compile and warm up."""
    work()
    times = []
    for _ in range(n_repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run()) + "\n")
