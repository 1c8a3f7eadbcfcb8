"""Cells of the spaces, a second time: the nearest frozen centroid of each class, ties to the lower number."""

import io
import zipfile
from importlib import resources
from pathlib import Path

import numba
import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.splits.audit.parts import in_parts

_STORED = "bases.npz"


def frozen_centroids(grammar: Grammar, folder: Path, n_cells: int) -> dict[str, np.ndarray] | str:
    """The centroids int64[n_cells, 16] of each space, in units of coordinates, from the file that `frozen_bases` reads;
    or why there are none."""
    packaged = resources.files("arith_synth") / "spaces" / "bases" / f"{grammar.name}.npz"
    file = packaged if packaged.is_file() else folder / _STORED
    if not file.is_file():
        return f"no cells are packaged for grammar {grammar.name}, and the folder has no {_STORED}"
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
            return {space: arrays[f"{space}_cells_{n_cells}"].astype(np.int64) for space in ("syntactic", "semantic")}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        return f"{file} has no {n_cells} cells ({error}); install the package anew, or rebuild the folder"


def cells_of(coordinates: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """The number of the nearest centroid of each row: int64[n].

    Shapes: coordinates [n, d], centroids [n_cells, d], whole numbers below 2^20: every product and sum is exact.
    """
    cells = np.zeros(len(coordinates), dtype=np.int64)
    points = np.ascontiguousarray(centroids.astype(np.float64))
    in_parts(len(coordinates), lambda start, stop: _nearest(coordinates[start:stop], points, cells[start:stop]))
    return cells


@numba.njit(cache=True, nogil=True)
def _nearest(coordinates, centroids, cells):
    for row in range(len(coordinates)):
        least, cell = np.inf, 0
        for number in range(len(centroids)):
            squared = 0.0
            for axis in range(centroids.shape[1]):
                difference = np.float64(coordinates[row, axis]) - centroids[number, axis]
                squared += difference * difference
            if squared < least:
                least, cell = squared, number
        cells[row] = cell
