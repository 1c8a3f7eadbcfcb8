"""Syntactic and semantic coordinates from the frozen bases, with the audit's own arithmetic.

Only the numbers in the bases file are shared with the spaces: pq-grams are indexed, outputs and logarithms computed,
and sums rounded here.
"""

import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

import numba
import numpy as np

from arith_synth.files import parse_json
from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import OPERATORS
from arith_synth.splits.audit.execution import MACHINE_OPERATORS
from arith_synth.splits.audit.parts import in_parts
from arith_synth.splits.audit.programs import Programs

#: Where the bases of a grammar that has none in the package stand in the dataset folder.
_STORED = "bases.npz"
N_COORDINATES = 16
_N_GRID = 64
_BOUND = (1 << 20) - 1
_LOG_BITS = 20
_LARGEST_LOG = 32 << _LOG_BITS
#: A semantic sum is rounded to the nearest multiple of 2 ** this.
_SEMANTIC_SHIFT = 33
#: Children that a pq-gram shows.
_WINDOW = 3
_CHUNK = 1 << 12
#: Larger bases are not unpacked; those of the largest grammars that can be enumerated are far smaller.
_MOST_BYTES = 1 << 30


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
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                return f"{file} would unpack to more than {_MOST_BYTES} bytes; rebuild the folder"
            stored = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
        arrays = {name: np.lib.format.read_array(io.BytesIO(data), allow_pickle=False) for name, data in stored.items()}
        description = arrays.pop("grammar").tobytes()
        described = parse_json(description)
        integers = {name: arrays[name].astype(np.int64) for name in ("syntactic", "semantic", "means")}
        grid = arrays["grid"].astype(np.float64)
    except (OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        return f"{file} cannot be read ({error}); install the package anew, or rebuild the folder"
    if described != json.loads(json.dumps(asdict(grammar))):
        return f"{file} holds the bases of another grammar than this {grammar.name}"
    shapes = {
        "syntactic": (N_COORDINATES, _n_pqgrams(grammar)),
        "semantic": (N_COORDINATES, _N_GRID),
        "means": (_N_GRID,),
        "grid": (_N_GRID, len(grammar.variables)),
    }
    if any(arrays[name].shape != shape for name, shape in shapes.items()):
        return f"{file} has arrays of other shapes than grammar {grammar.name} needs; rebuild the folder"
    digest = hashlib.sha256(description + b"".join(name.encode() + stored[name] for name in sorted(arrays)))
    return Bases(**integers, grid=grid, sha256=digest.hexdigest())


def syntactic_coordinates(programs: Programs, bases: Bases) -> np.ndarray:
    """Sums of the basis over each program's pq-grams, clipped: int32[n, 16]; zeros for faulty programs.

    A pq-gram is a node with its parent and three consecutive children, two dummies standing before the first child and
    two after the last: an operation on two has the windows **a, *ab, ab*, b**, a leaf has one. Its index in the basis
    is block by block: of the parent (none, then each operator), in it of the node (leaves, then operators), in it of
    the window by its dummies; the children that it shows are digits to the base of the number of symbols.
    """
    grammar = programs.grammar
    n_leaves, n = len(grammar.leaves), len(grammar.symbols)
    arities, windows, starts = _block(grammar)
    weights = np.ascontiguousarray(bases.syntactic.T)
    coordinates = np.zeros((len(programs.texts), N_COORDINATES), dtype=np.int32)
    codes = programs.codes
    in_parts(
        len(codes),
        lambda start, stop: _sum_windows(
            codes[start:stop], n_leaves, n, arities, windows, starts, weights, coordinates[start:stop]
        ),
    )
    return coordinates


def _block(grammar: Grammar) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each operator's arity int64[k], where its windows begin in its part int64[k, n_windows], and where its part
    begins in a block int64[k + 1], the last the length of a block."""
    n = len(grammar.symbols)
    arities = np.array([OPERATORS[symbol].arity for symbol in grammar.operators], dtype=np.int64)
    windows = np.zeros((len(arities), int(arities.max()) + _WINDOW - 1), dtype=np.int64)
    starts = np.zeros(len(arities) + 1, dtype=np.int64)
    starts[0] = len(grammar.leaves)
    for row, arity in enumerate(arities.tolist()):
        begins: dict[tuple[int, int], int] = {}
        length = 0
        for last in range(arity + _WINDOW - 1):
            dummies = max(0, _WINDOW - 1 - last), max(0, last + 1 - arity)  # before the children shown, and after
            if dummies not in begins:
                begins[dummies] = length
                length += n ** (_WINDOW - sum(dummies))
            windows[row, last] = begins[dummies]
        starts[row + 1] = starts[row] + length
    return arities, windows, starts


def _n_pqgrams(grammar: Grammar) -> int:
    """The columns of a syntactic basis: a block for no parent, and one for each operator as the parent."""
    return (1 + len(grammar.operators)) * int(_block(grammar)[2][-1])


@numba.njit(cache=True, nogil=True)
def _sum_windows(codes, n_leaves, n, arities, windows, starts, weights, coordinates):
    width = codes.shape[1]
    parents, children = np.empty(width, dtype=np.int64), np.empty((width, 4), dtype=np.int64)
    stack, total = np.empty(width, dtype=np.int64), np.empty(weights.shape[1], dtype=np.int64)
    for program in range(len(codes)):
        height, length = 0, 0
        for node in range(width):
            code = codes[program, node]
            if code < 0:
                break
            length = node + 1
            if code >= n_leaves:
                arity = arities[code - n_leaves]
                height -= arity
                for child in range(arity):
                    children[node, child] = codes[program, stack[height + child]]
                    parents[stack[height + child]] = 1 + code - n_leaves
            stack[height] = node
            height += 1
            parents[node] = 0
        total[:] = 0
        for node in range(length):
            code = codes[program, node]
            base = parents[node] * starts[-1]
            if code < n_leaves:
                total += weights[base + code]
                continue
            operator = code - n_leaves
            arity = arities[operator]
            for last in range(arity + 2):  # the window's last place; its first is two before
                digits = 0
                for child in range(max(last - 2, 0), min(last, arity - 1) + 1):
                    digits = digits * n + children[node, child]
                total += weights[base + starts[operator] + windows[operator, last] + digits]
        for axis in range(len(total)):
            coordinates[program, axis] = min(max(total[axis], -_BOUND), _BOUND)


def semantic_coordinates(programs: Programs, bases: Bases) -> np.ndarray:
    """Projections of the logarithms of each program's grid outputs, clipped: int32[n, 16]; zeros for faulty ones."""
    constants = np.repeat(np.array([programs.grammar.constants], dtype=np.float64).T, _N_GRID, axis=1)
    leaf_values = np.concatenate([bases.grid.T, constants])
    operators = np.array([MACHINE_OPERATORS.index(symbol) for symbol in programs.grammar.operators], dtype=np.int64)
    coordinates = np.zeros((len(programs.texts), N_COORDINATES), dtype=np.int32)

    def part(start: int, stop: int) -> None:
        for at in range(start, stop, _CHUNK):
            codes = programs.codes[at : min(at + _CHUNK, stop)]
            values = np.empty((len(codes), _N_GRID))
            _run_doubles(codes, leaf_values, operators, values)
            values = signed_logarithms(values) - bases.means
            values[codes[:, 0] < 0] = 0
            _project(values, bases.semantic, coordinates[at : at + len(codes)])

    in_parts(len(programs.texts), part)
    return coordinates


@numba.njit(cache=True, nogil=True)
def _project(centred, loadings, coordinates):
    """Rounded sums: centred logarithms below 2^26 times loadings below 2^29, 64 of them, stay in 64 bits."""
    for program in range(len(centred)):
        for axis in range(len(loadings)):
            total = np.int64(1) << (_SEMANTIC_SHIFT - 1)
            for point in range(centred.shape[1]):
                total += centred[program, point] * loadings[axis, point]
            coordinates[program, axis] = min(max(total >> _SEMANTIC_SHIFT, -_BOUND), _BOUND)


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


@numba.njit(cache=True, nogil=True, error_model="numpy")  # not fastmath, which reorders and fuses
def _run_doubles(codes, leaf_values, operators, values):
    """The outputs float64[n, 64] of programs in doubles; NaN where undefined and for faulty programs.

    Comparing is strict: an operand that is no finite number, taken or not, makes the value NaN.
    """
    n_leaves = len(leaf_values)
    stack = np.empty((codes.shape[1] + 1, leaf_values.shape[1]))
    for program in range(len(codes)):
        height = 0
        for code in codes[program]:
            if code < 0:
                break
            if code < n_leaves:
                stack[height] = leaf_values[code]
                height += 1
                continue
            operator = operators[code - n_leaves]
            height -= 4 if operator == 6 else 2
            for point in range(stack.shape[1]):
                a, b = stack[height, point], stack[height + 1, point]
                if operator == 0:
                    value = a + b
                elif operator == 1:
                    value = a - b
                elif operator == 2:
                    value = a * b
                elif operator == 3:
                    value = a / b
                else:
                    c, d = (stack[height + 2, point], stack[height + 3, point]) if operator == 6 else (a, b)
                    takes_first = a > b if operator == 5 else a < b
                    value = c if takes_first else d
                    if not (np.isfinite(a) and np.isfinite(b) and np.isfinite(c) and np.isfinite(d)):
                        value = np.nan
                stack[height, point] = value
            height += 1
        for point in range(stack.shape[1]):
            values[program, point] = stack[0, point] if height else np.nan
