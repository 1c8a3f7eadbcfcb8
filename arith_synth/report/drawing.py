"""What the report's figures share: type, lines, and how a figure becomes the same bytes again."""

from collections.abc import Sequence
from io import BytesIO, StringIO
from pathlib import Path
from statistics import fmean
from typing import Any

from arith_synth.files import write_atomically

#: Given to `matplotlib.rc_context`.
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "svg.hashsalt": "arith-synth",
    "svg.fonttype": "path",
    "savefig.dpi": 160,
}
#: Given to `figure.text` for the lines below a figure.
CAPTION: dict[str, Any] = {"fontsize": 7.5, "color": "#444444", "ha": "left", "va": "bottom"}


def smoothed(values: Sequence[float], window: int) -> list[float]:
    """Mean over `window` values centred on each one, over fewer at both ends."""
    means = []
    for index in range(len(values)):
        reach = min(window // 2, index, len(values) - 1 - index)
        means.append(fmean(values[index - reach : index + reach + 1]))
    return means


def save_figure(figure: Any, path_without_suffix: Path) -> list[Path]:
    """Write a PNG and an SVG without date or version: the same bytes for the same numbers and the same matplotlib."""
    png, svg = BytesIO(), StringIO()
    figure.savefig(png, format="png", metadata={"Software": None})
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    paths = [path_without_suffix.with_suffix(suffix) for suffix in (".png", ".svg")]
    write_atomically(paths[0], png.getvalue())
    write_atomically(paths[1], svg.getvalue())
    return paths
