"""Frozen bases: what turns programs into coordinates, as integers, in files whose bytes are reproducible."""

import hashlib
import io
import json
import os
import zipfile
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import IO

import numpy as np

from arith_synth.errors import DatasetError, UnknownNameError, UsageError
from arith_synth.grammar import Grammar
from arith_synth.spaces.cells import cells_of, fit_cells
from arith_synth.spaces.grid import N_GRID_POINTS, grid_points
from arith_synth.spaces.pqgrams import n_pqgrams
from arith_synth.spaces.quantization import COORDINATE_BOUND, COORDINATE_UNIT_BITS, N_COORDINATES
from arith_synth.spaces.semantic import LOADING_BOUND, LOG_BOUND, fit_semantic_basis, semantic_coordinates
from arith_synth.spaces.syntactic import fit_syntactic_basis, syntactic_coordinates

#: Into how many cells each space is divided; a smaller corpus has fewer.
N_CELLS = (16, 64)
_CELLS = tuple(f"{space}_cells_{n_cells}" for space in ("semantic", "syntactic") for n_cells in N_CELLS)
#: In the order of their names, which the digest takes them in.
_ARRAYS = tuple(sorted(("grid", "means", "semantic", "semantic_shares", "syntactic", "syntactic_shares", *_CELLS)))
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip archive can hold
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bases:
    """Both spaces of a grammar. All arrays are read-only.

    `syntactic` int32[16, n_pqgrams], `semantic` int32[16, 64], `means` int32[64]; `grid` float64[64, n_variables];
    `syntactic_shares` and `semantic_shares` int32[16]: each coordinate's share of the fitted programs' sum of squares,
    and of their variance, in millionths. `<space>_cells_<n>` int32[n or fewer, 16]: the centroids of a space's cells,
    fitted to the same programs.
    """

    grammar: Grammar
    syntactic: np.ndarray
    semantic: np.ndarray
    means: np.ndarray
    grid: np.ndarray
    syntactic_shares: np.ndarray
    semantic_shares: np.ndarray
    syntactic_cells_16: np.ndarray
    semantic_cells_16: np.ndarray
    syntactic_cells_64: np.ndarray
    semantic_cells_64: np.ndarray

    def __post_init__(self) -> None:
        shapes = {
            "syntactic": (N_COORDINATES, n_pqgrams(self.grammar)),
            "semantic": (N_COORDINATES, N_GRID_POINTS),
            "means": (N_GRID_POINTS,),
            "grid": (N_GRID_POINTS, len(self.grammar.variables)),
            "syntactic_shares": (N_COORDINATES,),
            "semantic_shares": (N_COORDINATES,),
        }
        bounds = {"syntactic": 1 << COORDINATE_UNIT_BITS, "semantic": LOADING_BOUND, "means": LOG_BOUND}
        for name in _CELLS:
            n_cells = min(max(1, len(getattr(self, name))), int(name.rpartition("_")[2]))  # there may be fewer
            shapes[name] = (n_cells, N_COORDINATES)
            bounds[name] = COORDINATE_BOUND - 1
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != shape or array.dtype != (np.float64 if name == "grid" else np.int32):
                found = f"{array.dtype}{list(array.shape)}"
                raise UsageError(f"bases of grammar {self.grammar.name}: {name} is {found}; fit them anew")
            if name in bounds and array.size and max(int(array.max()), -int(array.min())) > bounds[name]:
                raise UsageError(f"bases of grammar {self.grammar.name}: {name} is out of bounds; fit them anew")
            array.setflags(write=False)
        if not np.array_equal(self.grid, grid_points(self.grammar)):
            raise UsageError(f"bases of grammar {self.grammar.name} were fitted on another grid; fit them anew")

    @property
    def digest(self) -> str:
        """SHA-256 over the grammar and all arrays, 64 hex digits: names the coordinate system."""
        digest = hashlib.sha256(_description(self.grammar))
        for name in _ARRAYS:
            digest.update(name.encode())
            digest.update(_npy_bytes(getattr(self, name)))
        return digest.hexdigest()

    def coordinates(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Syntactic and semantic integer coordinates, int32[n, 16] each, of codes uint8[n, width]."""
        return (
            syntactic_coordinates(codes, self.grammar, self.syntactic),
            semantic_coordinates(codes, self.grammar, self.semantic, self.means),
        )

    def cells(self, n_cells: int, syntactic: np.ndarray, semantic: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The syntactic and the semantic cell of each program, int64[n] each, from integer coordinates int32[n, 16].

        Raises UsageError unless `n_cells` is one of `N_CELLS`.
        """
        if n_cells not in N_CELLS:
            known = " or ".join(map(str, N_CELLS))
            raise UsageError(f"no {n_cells} cells are frozen; ask for {known}, or fit some with fit_cells")
        return (
            cells_of(syntactic, getattr(self, f"syntactic_cells_{n_cells}")),
            cells_of(semantic, getattr(self, f"semantic_cells_{n_cells}")),
        )


def bases_of(grammar: Grammar) -> Bases:
    """The bases frozen in the package for a named grammar; UnknownNameError where there are none."""
    return _packaged(grammar)


def fit_bases(grammar: Grammar, codes: np.ndarray) -> Bases:
    """Bases from a corpus's target programs, codes uint8[n, width]; UsageError for an empty corpus."""
    if len(codes) == 0:
        raise UsageError("bases cannot be fitted to no programs; pass the target programs of a corpus")
    syntactic, syntactic_shares = fit_syntactic_basis(codes, grammar)
    semantic, means, semantic_shares = fit_semantic_basis(codes, grammar)
    coordinates = {
        "syntactic": syntactic_coordinates(codes, grammar, syntactic),
        "semantic": semantic_coordinates(codes, grammar, semantic, means),
    }
    cells = {
        f"{space}_cells_{n_cells}": fit_cells(rows, n_cells, "cells", space, n_cells)
        for space, rows in coordinates.items()
        for n_cells in N_CELLS
    }
    return Bases(
        grammar=grammar,
        syntactic=syntactic,
        semantic=semantic,
        means=means,
        grid=grid_points(grammar),
        syntactic_shares=np.rint(syntactic_shares * _MILLION).astype(np.int32),
        semantic_shares=np.rint(semantic_shares * _MILLION).astype(np.int32),
        **cells,
    )


def save_bases(bases: Bases, path: Path) -> None:
    """Write an `.npz` whose bytes depend on the bases alone: no times, no compression, arrays in fixed order."""
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    with zipfile.ZipFile(partial, "w", compression=zipfile.ZIP_STORED) as archive:
        description = np.frombuffer(_description(bases.grammar), dtype=np.uint8)
        for name, array in (("grammar", description), *((name, getattr(bases, name)) for name in _ARRAYS)):
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)
            entry.create_system = 3  # or the byte would tell the operating system
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, _npy_bytes(array))
    os.replace(partial, path)


def load_bases(path: Path, grammar: Grammar) -> Bases:
    """The bases in a file that `save_bases` wrote; DatasetError when they are damaged or of another grammar."""
    with path.open("rb") as file:
        return _read(file, grammar, str(path))


def _read(file: IO[bytes], grammar: Grammar, source: str) -> Bases:
    try:
        with np.load(file, allow_pickle=False) as archive:
            description = archive["grammar"].tobytes()
            arrays = {name: archive[name] for name in _ARRAYS}
        if description != _description(grammar):
            raise DatasetError(f"{source} holds bases of another grammar than {grammar.name}; fit_bases makes new ones")
        return Bases(grammar=grammar, **arrays)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, TypeError, AttributeError) as error:
        raise DatasetError(f"{source} holds no bases of this version ({error}); fit_bases makes new ones") from error


@cache
def _packaged(grammar: Grammar) -> Bases:
    folder = resources.files("arith_synth.spaces") / "bases"
    names = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
    if f"{grammar.name}.npz" not in names:
        raise UnknownNameError(f"no bases are packaged for grammar {grammar.name}; make some with fit_bases")
    with (folder / f"{grammar.name}.npz").open("rb") as file:
        return _read(io.BytesIO(file.read()), grammar, f"the package's {grammar.name}.npz")


def _description(grammar: Grammar) -> bytes:
    """Canonical JSON: the same bytes for the same grammar."""
    return json.dumps(asdict(grammar), sort_keys=True, separators=(",", ":")).encode()


def _npy_bytes(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()
