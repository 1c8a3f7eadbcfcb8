"""The documents of a dataset folder: what tells people and tools about the data, each made from the data alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from arith_synth.data.card import write_cards
from arith_synth.data.croissant import croissant
from arith_synth.data.folder import (
    BENCHMARK_FILE,
    CARD_FILE,
    CONTAMINATION_FILE,
    CROISSANT_FILE,
    SHIFT_REPORT_FILE,
)
from arith_synth.files import write_atomically, write_json
from arith_synth.progress import Progress
from arith_synth.spaces.bases import Bases
from arith_synth.spaces.cells import cells_of
from arith_synth.splits.shift.report import shift_report

#: Documents that `checksums.json` lists. The shift report is measured by floating point, and the card quotes it to two
#: decimals; the others follow from the data.
DOCUMENTS = (CARD_FILE, BENCHMARK_FILE, CONTAMINATION_FILE, CROISSANT_FILE, SHIFT_REPORT_FILE)


def write_documents(
    folder: Path,
    build: Mapping[str, Any],
    checksums: Mapping[str, Any],
    contamination: Mapping[str, Any],
    bases: Bases,
    progress: Progress | None = None,
) -> list[str]:
    """Write all documents of a folder whose Parquet files and `build.json` are there; returns `DOCUMENTS`."""
    n_cells = build.get("density", {}).get("n_cells")

    def cells(space: str, coordinates: np.ndarray) -> np.ndarray:
        return cells_of(coordinates, getattr(bases, f"{space}_cells_{n_cells}"))

    write_json(folder / CONTAMINATION_FILE, contamination)
    shift = shift_report(folder, cells if n_cells else None, progress)
    write_json(folder / SHIFT_REPORT_FILE, shift)
    write_atomically(folder / CROISSANT_FILE, croissant(build, checksums))
    write_cards(folder, build, checksums, contamination, shift)
    return list(DOCUMENTS)
