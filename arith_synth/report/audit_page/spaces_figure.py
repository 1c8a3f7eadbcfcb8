"""A config in both spaces: the corpus in grey, its splits in colour, its regions as lines.

Half of all classes lie close together around the middle of the semantic space. Its axes are therefore stretched there,
by the inverse hyperbolic sine: even near zero, logarithmic far from it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from arith_synth.names import is_train
from arith_synth.report.audit_page.pictures import data_uri, drawing, look
from arith_synth.report.audit_page.reading import Line
from arith_synth.splits.shift.reading import SPACES, PublishedSplit

WIDTH, HEIGHT = 570, 330
_BINS = 90
#: Tasks stand in keyed-hash order, so the first ones are a sample.
_N_TRAIN, _N_TEST = 1_200, 250
#: Semantic coordinates up to about this size are drawn evenly.
_EVEN = {"semantic": 0.02}
_TICKS = (-100, -10, -1, -0.1, 0, 0.1, 1, 10, 100)
#: What lies outside of these quantiles is not drawn, so that a few far classes do not press all others together.
_QUANTILES = (0.002, 0.998)


def spaces_picture(
    splits: Mapping[str, PublishedSplit], corpus: Mapping[str, np.ndarray] | None, lines: Sequence[Line]
) -> str:
    """The picture of one config as an address of its own."""
    drawn = [name for name in splits if name != "validation"]
    with drawing(WIDTH, HEIGHT) as figure:
        panels = figure.subplots(1, 2)
        for space, axes in zip(SPACES, panels, strict=True):
            points = {name: _stretched(split.coordinates[space][:, :2], space) for name, split in splits.items()}
            of_all = corpus[space] if corpus is not None else None
            background = np.concatenate([*points.values()]) if of_all is None else _stretched(of_all, space)
            here = [(line, float(_stretched(np.array(line.at), space))) for line in lines if line.space == space]
            limits = [
                _limits(background, points, axis, [at for line, at in here if line.axis == axis]) for axis in (0, 1)
            ]
            counts, _, _ = np.histogram2d(*background.T, bins=_BINS, range=limits)
            axes.imshow(
                np.log1p(counts.T),
                extent=(*limits[0], *limits[1]),
                origin="lower",
                aspect="auto",
                cmap="Greys",
                vmin=0,
                vmax=2.2 * float(np.log1p(counts.max())),
                interpolation="nearest",
            )
            for name in drawn:
                _draw_points(axes, name, points[name], n_arms=sum(map(is_train, drawn)))
            for line, at in here:
                draw = axes.axvline if line.axis == 0 else axes.axhline
                draw(at, color="#0072B2", linewidth=1.3, linestyle=":" if line.is_gap else "-")
            axes.set_xlim(limits[0])
            axes.set_ylim(limits[1])
            if space in _EVEN:
                for axis, set_ticks in enumerate((axes.set_xticks, axes.set_yticks)):
                    places = [(float(_stretched(np.array(tick), space)), f"{tick:g}") for tick in _TICKS]
                    shown = [place for place in places if limits[axis][0] <= place[0] <= limits[axis][1]]
                    set_ticks([place for place, _ in shown], [text.replace("-", "−") for _, text in shown])
            axes.set_title(f"{space} space")
            axes.set_xlabel("coordinate 0")
            axes.set_ylabel("coordinate 1")
        figure.legend(handles=_handles(drawn, lines), loc="outside lower center", ncols=4, columnspacing=1.2)
        return data_uri(figure)


def _stretched(values: np.ndarray, space: str) -> np.ndarray:
    """Coordinates as they are drawn."""
    return np.arcsinh(values / _EVEN[space]) if space in _EVEN else values


def _draw_points(axes: Any, name: str, points: np.ndarray, *, n_arms: int) -> None:
    colour, marker = look(name)
    small = is_train(name)
    points = points[: _N_TRAIN // n_arms if small else _N_TEST]
    open_marker = {} if marker in ".x+" else {"facecolors": "none"}
    axes.scatter(
        *points.T,
        s=4 if marker == "." else 14,
        marker=marker,
        linewidths=0.7,
        alpha=0.7 if small else 0.9,
        **({"color": colour} if not open_marker else {"edgecolors": colour, **open_marker}),
    )


def _limits(
    background: np.ndarray, points: Mapping[str, np.ndarray], axis: int, ends: Sequence[float]
) -> tuple[float, float]:
    low, high = (float(value) for value in np.quantile(background[:, axis], _QUANTILES))
    for name, of_split in points.items():  # a test far out is what one looks for
        if not is_train(name):
            values = of_split[:, axis]
            low, high = min(low, float(np.quantile(values, 0.02))), max(high, float(np.quantile(values, 0.98)))
    wide = high - low or 1.0
    near = [end for end in ends if low - wide < end < high + wide]
    low, high = min([low, *near]), max([high, *near])
    margin = 0.04 * (high - low or 1.0)
    return low - margin, high + margin


def _handles(drawn: Sequence[str], lines: Sequence[Line]) -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(color="#bbbbbb", label="corpus")]
    for name in drawn:
        colour, marker = look(name)
        size = 6 if marker == "." else 5
        handles.append(
            Line2D(
                [],
                [],
                marker=marker,
                color=colour,
                linestyle="none",
                markersize=size,
                markerfacecolor="none",
                label=name,
            )
        )
    kinds = {line.is_gap for line in lines}
    if False in kinds:
        handles.append(Line2D([], [], color="#0072B2", linewidth=1.3, label="region's end"))
    if True in kinds:
        handles.append(Line2D([], [], color="#0072B2", linewidth=1.3, linestyle=":", label="gap's end"))
    return handles
