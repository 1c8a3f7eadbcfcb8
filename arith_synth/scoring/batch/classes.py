"""Fingerprints of many programs, as `semantics.fingerprints` defines them, by the identity of the grammar."""

from functools import cache
from typing import NamedTuple

import numba
import numpy as np

from arith_synth.grammar import MAX_LEAVES, Grammar
from arith_synth.grammar.operators import OPERATORS
from arith_synth.scoring.batch.execution import World, room_for, run_exactly
from arith_synth.scoring.batch.modular import divide_all, run_modulo, to_residues
from arith_synth.semantics.algebraic import N_POINTS, field_points
from arith_synth.semantics.batch import operator_numbers
from arith_synth.semantics.field import add_mod, multiply_mod
from arith_synth.semantics.fingerprints import format_fingerprint
from arith_synth.semantics.meanings import PRIME, identity_of
from arith_synth.semantics.observational import UNDEF_RESIDUE, identity_keys, identity_points
from arith_synth.semantics.programs import n_leaf_codes

#: What is known of a program's class: that it has none, its residues, or nothing.
NO_CLASS, KNOWN, UNKNOWN = range(3)
_UNDEF = np.uint64(UNDEF_RESIDUE)


class Classes(NamedTuple):
    """The two residues of each program, as quotients: `tops`, `bottoms` uint64[n, 2]; `states` int8[n]."""

    tops: np.ndarray
    bottoms: np.ndarray
    states: np.ndarray


def classes_of(codes: np.ndarray, n_codes: np.ndarray, grammar: Grammar) -> Classes:
    """The class of each row of codes uint8[n, width] with n_codes int64[n] codes; rows without codes have none.

    UNKNOWN where outputs on the identity inputs may leave 64 bits.
    """
    n = len(codes)
    classes = Classes(
        tops=np.zeros((n, N_POINTS), dtype=np.uint64),
        bottoms=np.ones((n, N_POINTS), dtype=np.uint64),
        states=np.zeros(n, dtype=np.int8),
    )
    if identity_of(grammar) == "algebraic":
        _algebraic(codes, n_codes, _field_world(grammar), classes)
    else:
        world = world_of(np.array(identity_points(grammar), dtype=np.int64), grammar)
        _observational(
            codes,
            n_codes,
            world,
            largest_leaves(world.columns, grammar),
            identity_keys(grammar),
            room_for(world.columns.shape[1]),
            classes,
        )
    return classes


def residues_of_fingerprint(text: str) -> tuple[int, int] | None:
    """The residues that a fingerprint stands for; None for a text that is the fingerprint of nothing."""
    try:
        residues = int(text[:16], 16), int(text[16:32], 16)
    except ValueError:
        return None
    is_one = max(residues) < PRIME and min(residues) >= 0 and format_fingerprint(*residues) == text
    return residues if is_one else None


def world_of(points: np.ndarray, grammar: Grammar) -> World:
    """What the kernels know of a grammar and points int64[p, n_variables]."""
    return World(
        columns=np.ascontiguousarray(points.T),
        constants=np.array(grammar.constants, dtype=np.int64),
        numbers=operator_numbers(grammar),
        arities=np.array([OPERATORS[symbol].arity for symbol in grammar.operators], dtype=np.int64),
    )


def largest_leaves(columns: np.ndarray, grammar: Grammar) -> np.ndarray:
    """The largest magnitude of each leaf at points of columns int64[n_variables, p]: float64[n_leaves]."""
    largest = np.empty(n_leaf_codes(grammar), dtype=np.float64)
    largest[: len(columns)] = np.abs(columns.astype(np.float64)).max(axis=1, initial=0)
    largest[len(columns) :] = grammar.constants
    return largest


@cache
def _field_world(grammar: Grammar) -> World:
    points = [[point[name] for name in grammar.variables] for point in field_points(grammar)]
    return world_of(np.array(points, dtype=np.int64).reshape(N_POINTS, len(grammar.variables)), grammar)


@numba.njit(cache=True, nogil=True)
def _algebraic(codes, n_codes, world, classes):
    tops = np.empty((MAX_LEAVES, N_POINTS), dtype=np.uint64)
    bottoms = np.empty((MAX_LEAVES, N_POINTS), dtype=np.uint64)
    for row in range(len(codes)):
        # A divisor of residue 0 at a field point is what having no class means.
        if n_codes[row] and run_modulo(codes[row], n_codes[row], world, 0, tops, bottoms):
            classes.states[row] = KNOWN
            for point in range(N_POINTS):
                classes.tops[row, point], classes.bottoms[row, point] = tops[0, point], bottoms[0, point]


@numba.njit(cache=True, nogil=True)
def _observational(codes, n_codes, world, largest, keys, room, classes):
    n_points = world.columns.shape[1]
    tops, bottoms = np.empty((MAX_LEAVES, n_points), dtype=np.int64), np.empty((MAX_LEAVES, n_points), dtype=np.int64)
    residues, under = np.empty(n_points, dtype=np.uint64), np.empty(n_points, dtype=np.uint64)
    prefix = np.empty(n_points, dtype=np.uint64)
    for row in range(len(codes)):
        if not n_codes[row]:
            continue
        is_exact = run_exactly(codes[row], n_codes[row], world, largest, 0, room, tops, bottoms)
        if not is_exact or not to_residues(tops[0], bottoms[0], _UNDEF, residues, under):
            classes.states[row] = UNKNOWN
            continue
        divide_all(residues, under, prefix)
        classes.states[row] = KNOWN if bottoms[0].any() else NO_CLASS
        for which in range(len(keys)):
            total = np.uint64(0)
            for point in range(n_points):
                total = add_mod(total, multiply_mod(keys[which, point], residues[point]))
            classes.tops[row, which] = total
