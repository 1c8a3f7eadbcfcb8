"""What a density regime really has: how evenly its training tasks are spread over cells, and how far its test is."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from arith_synth.splits.shift.measures import effective_number
from arith_synth.splits.shift.reading import SPACES, PublishedSplit

PREFIX = "density_shift"
#: More cells than any space has.
_MOST_CELLS = 1 << 20


def density_facts(
    splits: Mapping[str, PublishedSplit], cells: Mapping[str, Mapping[str, np.ndarray]]
) -> dict[str, Any]:
    """Facts about the splits of one density config.

    `cells`: by split, then by space, the cell of every row, int64[n]. -> `splits`: by split, `n_classes`,
    `effective_cells` and `filled_cells` for each space and for both at once; `joint_cells`: by split other than train,
    how many joint cells its tasks are in and how many of these have a training task.
    """
    joint = {name: _joint(of_split) for name, of_split in cells.items()}
    facts: dict[str, Any] = {}
    for name, split in splits.items():
        axes = {**{space: cells[name][space] for space in SPACES}, "joint": joint[name]}
        facts[name] = {
            "n": len(split),
            "n_classes": len(np.unique(np.ascontiguousarray(split.fingerprints).view("u8,u8"))),
            "effective_cells": {axis: effective_number(of_axis) for axis, of_axis in axes.items()},
            "filled_cells": {axis: len(np.unique(of_axis)) for axis, of_axis in axes.items()},
        }
    trained = np.unique(joint["train"])
    reached = {name: np.unique(of_split) for name, of_split in joint.items() if name != "train"}
    return {
        "splits": facts,
        "joint_cells": {
            name: {"tested": len(cells_of_split), "trained": int(np.isin(cells_of_split, trained).sum())}
            for name, cells_of_split in reached.items()
        },
    }


def _joint(cells: Mapping[str, np.ndarray]) -> np.ndarray:
    """One number for each pair of cells."""
    first, second = (cells[space].astype(np.int64) for space in SPACES)
    return first * _MOST_CELLS + second
