"""A config's sizes, operators and distances to train, split by split."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from arith_synth.report.audit_page.pictures import data_uri, drawing, look
from arith_synth.splits.shift.reading import DISTANCES, PublishedSplit

WIDTH, HEIGHT = 1190, 270
_TITLES = {
    "syntactic_distance": "syntactic distance to train",
    "semantic_distance": "semantic distance to train",
    "tree_edit_distance": "tree edit distance to train",
}
_LINE_STYLES = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)))


def histograms_picture(splits: Mapping[str, PublishedSplit], operators: Sequence[str]) -> str:
    """The picture of one config as an address of its own."""
    names = list(splits)
    with_distances = [name for name in names if splits[name].distances]
    n_panels = 2 + (len(DISTANCES) if with_distances else 0)
    with drawing(WIDTH if with_distances else WIDTH * 2 // 5 + 40, HEIGHT) as figure:
        panels = figure.subplots(1, n_panels)
        sizes = sorted({int(size) for split in splits.values() for size in np.unique(split.sizes)})
        shares = {name: [float((splits[name].sizes == size).mean()) for size in sizes] for name in names}
        _bars(panels[0], names, shares, [str(size) for size in sizes])
        panels[0].set_title("sizes (leaves)")
        panels[0].set_ylabel("share of tasks")
        means = {name: splits[name].operators.mean(axis=0).tolist() for name in names}
        _bars(panels[1], names, means, operators)
        panels[1].set_title("operators")
        panels[1].set_ylabel("mean number in a program")
        for axes, column in zip(panels[2:], DISTANCES, strict=False):
            _distributions(axes, with_distances, {name: splits[name].distances.get(column) for name in with_distances})
            axes.set_title(_TITLES[column])
            axes.set_ylabel("share of tasks as near")
        figure.legend(
            handles=_handles(names, with_distances), loc="outside upper center", ncols=len(names), columnspacing=1.4
        )
        return data_uri(figure)


def _bars(axes: Any, names: Sequence[str], heights: Mapping[str, Sequence[float]], labels: Sequence[str]) -> None:
    width = 0.8 / max(1, len(names))
    for number, name in enumerate(names):
        places = np.arange(len(labels)) + width * (number - (len(names) - 1) / 2)
        axes.bar(places, heights[name], width=width, color=look(name)[0], edgecolor="white", linewidth=0.3)
    axes.set_xticks(range(len(labels)), labels)
    axes.grid(axis="y")


def _distributions(axes: Any, names: Sequence[str], distances: Mapping[str, np.ndarray | None]) -> None:
    """Cumulative distributions; a scale by powers of ten where distances spread over more than two of them."""
    known = {name: values for name, values in distances.items() if values is not None and len(values)}
    if not known:
        axes.text(0.5, 0.5, "not published", ha="center", va="center", transform=axes.transAxes)
        axes.set_xticks([])
        axes.set_yticks([])
        return
    together = np.concatenate([*known.values()])
    positive = together[together > 0]
    by_powers = len(positive) and float(np.quantile(positive, 0.99)) > 30 * float(np.quantile(positive, 0.05))
    low = float(np.quantile(positive, 0.01)) if len(positive) else 0.0
    for number, name in enumerate(names):
        if name in known:
            ordered = np.sort(known[name]).astype(float)
            axes.step(
                np.maximum(ordered, low / 2) if by_powers else ordered,
                np.arange(1, len(ordered) + 1) / len(ordered),
                where="post",
                color=look(name)[0],
                linestyle=_LINE_STYLES[number % len(_LINE_STYLES)],
                linewidth=1.5,
            )
    if by_powers:
        axes.set_xscale("log")
    axes.set_ylim(0, 1.02)
    axes.grid()


def _handles(names: Sequence[str], with_distances: Sequence[str]) -> list[Any]:
    from matplotlib.lines import Line2D

    return [
        Line2D(
            [],
            [],
            color=look(name)[0],
            linewidth=4 if name not in with_distances else 2,
            linestyle=_LINE_STYLES[with_distances.index(name) % len(_LINE_STYLES)] if name in with_distances else "-",
            label=name,
        )
        for name in names
    ]
