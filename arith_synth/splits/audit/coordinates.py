"""Syntactic and semantic coordinates from the frozen bases, with the audit's own arithmetic.

Only the numbers in the bases file are shared with the spaces: pq-grams are indexed, outputs and logarithms computed,
and sums rounded here.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.splits.audit.programs import BLANK, Programs, grouped

#: Where the bases of a grammar that has none in the package stand in the dataset folder.
_STORED = "bases.npz"
N_COORDINATES = 16
_N_GRID = 64
_BOUND = (1 << 20) - 1
_LOG_BITS = 20
_LARGEST_LOG = 32 << _LOG_BITS
#: A semantic sum is rounded to the nearest multiple of 2 ** this.
_SEMANTIC_SHIFT = 33
#: Loadings are split here, so that both parts times a logarithm add up exactly in float64.
_SPLIT_BITS = 15


@dataclass(frozen=True, kw_only=True, eq=False)
class Bases:
    """syntactic int64[16, n_pqgrams]; semantic int64[16, 64]; means int64[64]; grid float64[64, n_variables].

    `sha256`: of the grammar's description and of all stored arrays, each after its name, by name.
    """

    syntactic: np.ndarray
    semantic: np.ndarray
    means: np.ndarray
    grid: np.ndarray
    sha256: str


def frozen_bases(grammar: Grammar, folder: Path) -> Bases | str:
    """The bases packaged for a grammar, else those stored in the dataset folder, or why there are none that fit."""
    packaged = resources.files("arith_synth") / "spaces" / "bases" / f"{grammar.name}.npz"
    file = packaged if packaged.is_file() else folder / _STORED
    if not file.is_file():
        return f"no bases are packaged for grammar {grammar.name}, and the folder has no {_STORED}"
    try:
        with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
            stored = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
        arrays = {name: np.load(io.BytesIO(data), allow_pickle=False) for name, data in stored.items()}
        description = arrays.pop("grammar").tobytes()
        integers = {name: arrays[name].astype(np.int64) for name in ("syntactic", "semantic", "means")}
        grid = arrays["grid"].astype(np.float64)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        return f"{file} cannot be read ({error}); install the package anew, or rebuild the folder"
    if json.loads(description) != json.loads(json.dumps(asdict(grammar))):
        return f"{file} holds the bases of another grammar than this {grammar.name}"
    digest = hashlib.sha256(description + b"".join(name.encode() + stored[name] for name in sorted(arrays)))
    return Bases(**integers, grid=grid, sha256=digest.hexdigest())


def syntactic_coordinates(programs: Programs, grammar: Grammar, bases: Bases) -> np.ndarray:
    """Sums of the basis over each program's pq-grams, clipped: int64[n, 16]; zeros for faulty programs.

    A pq-gram is a node with its parent and three consecutive children, two dummies standing before the first child and
    two after the last: an operation has the windows **a, *ab, ab*, b**, a leaf has one.
    """
    n_leaves, n = len(grammar.leaves), len(grammar.symbols)
    weights = np.ascontiguousarray(bases.syntactic.T)
    windows = 2 * (n + n * n)  # of one operator below one parent
    block = n_leaves + len(grammar.operators) * windows
    number_of = {symbol: index for index, symbol in enumerate(grammar.operators)}
    coordinates = np.zeros((len(programs.texts), N_COORDINATES), dtype=np.int64)
    for index, rows in grouped(programs.skeleton):
        skeleton = programs.skeletons[index]
        if skeleton is None:
            continue
        parents, children = tree_of(skeleton.symbols)
        leaves = programs.leaves[rows].astype(np.int64).T
        symbols: list[Any] = []  # int64[m] of each node: a leaf's number, or an operator's after the leaves
        for symbol in skeleton.symbols:
            n_before = sum(node_symbol == BLANK for node_symbol in skeleton.symbols[: len(symbols)])
            symbols.append(leaves[n_before] if symbol == BLANK else np.full(len(rows), n_leaves + number_of[symbol]))
        total = np.zeros((len(rows), N_COORDINATES), dtype=np.int64)
        for node, symbol in enumerate(skeleton.symbols):
            parent = 0 if parents[node] < 0 else (1 + number_of[skeleton.symbols[parents[node]]]) * block
            if symbol == BLANK:
                total += weights[parent + symbols[node]]
                continue
            first, second = (symbols[child] for child in children[node])
            start = parent + n_leaves + number_of[symbol] * windows
            total += weights[start + first]
            total += weights[start + n + first * n + second]
            total += weights[start + n + n * n + first * n + second]
            total += weights[start + n + 2 * n * n + second]
        coordinates[rows] = total
    return np.clip(coordinates, -_BOUND, _BOUND)


def semantic_coordinates(programs: Programs, grammar: Grammar, bases: Bases) -> np.ndarray:
    """Projections of the logarithms of each program's grid outputs, clipped: int64[n, 16]; zeros for faulty ones."""
    constants = np.repeat(np.array([grammar.constants], dtype=np.float64).T, _N_GRID, axis=1)
    leaf_values = np.concatenate([bases.grid.T, constants])
    high = (bases.semantic >> _SPLIT_BITS).T.astype(np.float64)
    low = (bases.semantic & ((1 << _SPLIT_BITS) - 1)).T.astype(np.float64)
    coordinates = np.zeros((len(programs.texts), N_COORDINATES), dtype=np.int64)

    def emit(rows: np.ndarray, values: np.ndarray) -> None:
        centred = (signed_logarithms(values) - bases.means).astype(np.float64)
        sums = ((centred @ high).astype(np.int64) << _SPLIT_BITS) + (centred @ low).astype(np.int64)
        coordinates[rows] = (sums + (1 << (_SEMANTIC_SHIFT - 1))) >> _SEMANTIC_SHIFT

    with np.errstate(all="ignore"):  # infinities and undefined outputs have a meaning below
        programs.fold(lambda indices: leaf_values[indices], _combine_doubles, emit)
    return np.clip(coordinates, -_BOUND, _BOUND)


def signed_logarithms(values: np.ndarray) -> np.ndarray:
    """The piecewise-linear logarithm of 1 + |v|, floored to 2^-20 octaves, with the sign of v: int64[...].

    Infinities have the largest logarithm; an undefined value (NaN) has 0.
    """
    mantissas, exponents = np.frexp(1.0 + np.abs(values))  # mantissa in 0.5 .. 1
    finite = np.isfinite(mantissas)
    octaves = np.where(finite, np.floor((2.0 * mantissas - 1.0) * (1 << _LOG_BITS)), 0.0).astype(np.int64)
    octaves += (exponents.astype(np.int64) - 1) << _LOG_BITS
    octaves = np.where(finite, np.minimum(octaves, _LARGEST_LOG), _LARGEST_LOG)
    return np.where(np.isnan(values), 0, np.where(values < 0, -octaves, octaves))


def tree_of(symbols: Sequence[str]) -> tuple[list[int], list[list[int]]]:
    """Parent (-1 at the root) and children of each node, for symbols in prefix order whose leaves are BLANK."""
    parents, children = [-1] * len(symbols), [[] for _ in symbols]
    open_nodes: list[int] = []
    for node, symbol in enumerate(symbols):
        if open_nodes:
            parent = open_nodes[-1]
            parents[node] = parent
            children[parent].append(node)
            if len(children[parent]) == 2:
                open_nodes.pop()
        if symbol != BLANK:
            open_nodes.append(node)
    return parents, children


def _combine_doubles(operator: str, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    return left * right if operator == "*" else left / right
