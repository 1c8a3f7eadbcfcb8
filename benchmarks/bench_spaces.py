"""Speed of the spaces on a million programs of up to 6 leaves, each as a ratio to a yardstick timed in the same run.

Times are processor seconds of one thread, medians of repeats: other work on the machine disturbs them least.

Run `python -m benchmarks.bench_spaces`, or call `run()`.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from apted import APTED, Config

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import Expression, Grammar, grammar_named
from arith_synth.semantics.programs import decode_program
from arith_synth.spaces import (
    bases_of,
    nearest,
    program_measures,
    semantic_coordinates,
    syntactic_coordinates,
    tree_edit_distances,
    tree_edit_index,
)
from arith_synth.spaces.pqgrams import pqgram_indices

_MAX_SIZE = 6
_N_PROGRAMS = 1_000_000
_N_PAIRS, _N_APTED_PAIRS = 200_000, 200
_N_SEARCHED, _N_BY_BRUTE_FORCE = 200, 2
_N_QUERIES, _N_TRAIN = 2_000, 40_000
_N_REPEATS = 5


def run() -> dict[str, Any]:
    grammar = grammar_named("xy3")
    codes = build_corpus(grammar, _MAX_SIZE, patterns=()).codes
    order = np.random.default_rng(6).permutation(len(codes))
    programs, others = codes[np.sort(order[:_N_PROGRAMS])], codes[order[_N_PROGRAMS:]]
    return {
        "n_programs": len(programs),
        **_tree_edits(programs, grammar),
        **_searches("held_out", others[:_N_SEARCHED], programs, grammar),
        **_searches("held_out_region", *_by_strahler_number(codes[order], grammar), grammar),
        **_coordinates(programs, grammar),
    }


def _tree_edits(programs: np.ndarray, grammar: Grammar) -> dict[str, float]:
    """Distances of random pairs; by `apted` those of the first of the same pairs."""
    pairs = np.random.default_rng(0).integers(0, len(programs), size=(_N_PAIRS, 2))
    first, second = programs[pairs[:, 0]], programs[pairs[:, 1]]
    trees = [
        (_apted_tree(decode_program(a, grammar)), _apted_tree(decode_program(b, grammar)))
        for a, b in zip(first[:_N_APTED_PAIRS], second[:_N_APTED_PAIRS], strict=True)
    ]

    def by_apted() -> None:
        for a, b in trees:
            APTED(a, b, Config()).compute_edit_distance()

    per_s = _N_PAIRS / _seconds(lambda: tree_edit_distances(first, second, grammar))
    apted_per_s = _N_APTED_PAIRS / _seconds(by_apted, n_repeats=3)
    return {
        "tree_edit_distances_per_s": per_s,
        "apted_distances_per_s": apted_per_s,
        "tree_edit_distances_over_apted": per_s / apted_per_s,
    }


def _searches(name: str, queries: np.ndarray, train: np.ndarray, grammar: Grammar) -> dict[str, float]:
    """Exact nearest neighbours by tree edit distance; by brute force those of a few of the same queries."""
    index_seconds = _seconds(lambda: tree_edit_index(train, grammar), n_repeats=3)
    index = tree_edit_index(train, grammar)
    found = index.nearest(queries)
    per_s = len(queries) / _seconds(lambda: index.nearest(queries), n_repeats=3)

    def by_brute_force() -> None:
        for query, expected in zip(queries[:_N_BY_BRUTE_FORCE], found.distances, strict=False):
            distances = tree_edit_distances(np.broadcast_to(query, train.shape), train, grammar)
            assert distances.min() == expected

    brute_force_per_s = _N_BY_BRUTE_FORCE / _seconds(by_brute_force, n_repeats=1, warm=False)
    return {
        f"{name}_n_train": len(train),
        f"{name}_index_seconds": index_seconds,
        f"{name}_index_bytes": index.n_bytes,
        f"{name}_nearest_tree_edits_per_s": per_s,
        f"{name}_nearest_over_brute_force": per_s / brute_force_per_s,
        f"{name}_compared_share": float(found.n_compared.mean()) / len(train),
        f"{name}_mean_distance": float(found.distances.mean()),
    }


def _by_strahler_number(codes: np.ndarray, grammar: Grammar) -> tuple[np.ndarray, np.ndarray]:
    """Queries from the region that the headline config holds out, and training programs from outside."""
    strahler = program_measures(codes, grammar)["strahler"]
    return codes[strahler >= 3][:_N_SEARCHED], codes[strahler <= 2][:_N_PROGRAMS]


def _coordinates(programs: np.ndarray, grammar: Grammar) -> dict[str, float]:
    """Both coordinate maps, and distances between coordinates.

    Their yardstick is how fast numpy multiplies such coordinates by a 16 x 16 matrix.
    """
    bases = bases_of(grammar)
    syntactic, semantic = bases.coordinates(programs)
    square, rows = np.eye(semantic.shape[1]), semantic.astype(np.float64)
    queries, train = syntactic[:_N_QUERIES], syntactic[-_N_TRAIN:]
    rows_per_s = len(rows) / _seconds(lambda: rows @ square)
    pqgram_seconds = _seconds(lambda: pqgram_indices(programs, grammar))
    syntactic_seconds = _seconds(lambda: syntactic_coordinates(programs, grammar, bases.syntactic))
    semantic_seconds = _seconds(lambda: semantic_coordinates(programs, grammar, bases.semantic, bases.means))
    distances_per_s = _N_QUERIES * _N_TRAIN / _seconds(lambda: nearest(queries, train))
    return {
        "pqgrams_seconds": pqgram_seconds,
        "syntactic_coordinates_seconds": syntactic_seconds,
        "syntactic_coordinates_per_s": len(programs) / syntactic_seconds,
        "syntactic_over_matrix_rows": len(programs) / syntactic_seconds / rows_per_s,
        "semantic_coordinates_seconds": semantic_seconds,
        "semantic_coordinates_per_s": len(programs) / semantic_seconds,
        "semantic_over_matrix_rows": len(programs) / semantic_seconds / rows_per_s,
        "neighbour_distances_per_s": distances_per_s,
        "neighbour_distances_over_matrix_rows": distances_per_s / rows_per_s,
    }


def _apted_tree(expression: Expression) -> SimpleNamespace:
    return expression.fold(
        lambda symbol: SimpleNamespace(name=symbol, children=[]),
        lambda operator, operands: SimpleNamespace(name=operator, children=list(operands)),
    )


def _seconds(work: Callable[[], object], n_repeats: int = _N_REPEATS, *, warm: bool = True) -> float:
    """The median of a few runs, by default after one to compile and warm up; in seconds of all threads together."""
    if warm:
        work()
    times = []
    for _ in range(n_repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(), indent=1) + "\n")
