"""Which splits share classes, as a heat map."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from arith_synth.names import is_train
from arith_synth.report.audit_page.pictures import data_uri, drawing

_CELL, _LABELS = 11, 270
_MOST_SPLITS = 400


def shared_matrix(contamination: Mapping[str, Any]) -> tuple[list[str], np.ndarray] | None:
    """The splits, and how many classes each pair shares, int64[n, n]; None when the file does not say that."""
    splits, shared = contamination.get("splits"), contamination.get("shared")
    if not isinstance(splits, list) or not isinstance(shared, list) or not 0 < len(splits) <= _MOST_SPLITS:
        return None
    matrix = np.zeros((len(splits), len(splits)), dtype=np.int64)
    for entry in shared:
        fine = isinstance(entry, list) and len(entry) == 3 and all(type(number) is int for number in entry)
        if not fine or not min(entry[:2]) >= 0 or not max(entry[:2]) < len(splits) or not 0 <= entry[2] < 1 << 50:
            return None
        matrix[entry[0], entry[1]] = matrix[entry[1], entry[0]] = entry[2]
    return [str(split)[:60] for split in splits], matrix


def leaking_pairs(splits: list[str], matrix: np.ndarray) -> list[tuple[str, str, int]]:
    """Training splits that share classes with a validation or test split of their own config or of the one that they
    control: there are none where the promise holds."""

    def family(path: str) -> str:
        return path.partition("/")[0].removesuffix("_control")

    def trains(path: str) -> bool:
        return is_train(path.partition("/")[2])

    return [
        (here, there, int(matrix[row, column]))
        for row, here in enumerate(splits)
        for column, there in enumerate(splits)
        if trains(here) and not trains(there) and family(here) == family(there) and matrix[row, column]
    ]


def contamination_picture(splits: list[str], matrix: np.ndarray) -> tuple[str, int]:
    """The heat map as an address of its own, and its width in CSS pixels."""
    from matplotlib.colors import LogNorm

    side = max(_CELL * len(splits), 160)
    width = side + _LABELS + 90
    with drawing(width, side + _LABELS) as figure:
        axes = figure.subplots()
        values = np.ma.masked_equal(matrix, 0)
        image = axes.imshow(values, cmap="cividis_r", norm=LogNorm(vmin=1, vmax=max(2, int(matrix.max()))))
        axes.set_facecolor("#f4f4f4")
        for set_ticks, labels in ((axes.set_xticks, splits), (axes.set_yticks, splits)):
            set_ticks(range(len(splits)), labels, fontsize=6)
        axes.tick_params(axis="x", rotation=90, length=0)
        axes.tick_params(axis="y", length=0)
        # A line between configs.
        for number in range(1, len(splits)):
            if splits[number].partition("/")[0] != splits[number - 1].partition("/")[0]:
                axes.axhline(number - 0.5, color="white", linewidth=1)
                axes.axvline(number - 0.5, color="white", linewidth=1)
        figure.colorbar(image, ax=axes, label="classes that both have", shrink=0.5, pad=0.01)
        return data_uri(figure), width
