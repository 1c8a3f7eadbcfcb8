"""The figure of one training run: losses, validation accuracy, and the passage from memorizing to generalizing.

Every line has its own colour, marker and dash; the colours stay apart under every kind of colour blindness and in
grey. A panel is drawn only when the log has something for it.
"""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from arith_synth.errors import MetricError, MissingExtraError
from arith_synth.files import read_json
from arith_synth.report.drawing import CAPTION, STYLE, save_figure, smoothed
from arith_synth.report.training_curve_words import (
    MONITORED,
    caption_of,
    n_monitored,
    n_validation,
    title_of,
    training_loss,
    window_of,
)
from arith_synth.report.training_log import RUN_FILE, Series, TrainingLog, read_training_log
from arith_synth.scoring import mean_interval

try:
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator
except ImportError:
    raise MissingExtraError("figures need matplotlib; install it with: pip install 'arith-synth[eval]'") from None

CURVE_NAME = "curve"
_MARKERS_A_LINE = 12
_MARKED_ALL = 25
_CAPTION_WIDTH = 118
# Inches.
_WIDTH, _PANEL, _LEGEND, _HEADER, _AXES_BELOW, _LINE = 7.2, 1.75, 0.42, 0.34, 1.0, 0.145
_LEFT, _RIGHT = 0.75, 0.15
#: Upper bound, divisor and name of a unit.
_TIME_UNITS = ((300, 1, "seconds"), (3 * 3600, 60, "minutes"), (float("inf"), 3600, "hours"))
_COUNT_UNITS = ((2e4, 1, ""), (2e7, 1e3, "thousands"), (float("inf"), 1e6, "millions"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """How one series looks."""

    title: str
    colour: str
    marker: str
    dash: str = "-"


#: Losses that fall by more than this factor are drawn by powers.
_FAR = 10.0
_TRAINING = _Line(title="training loss", colour="#000000", marker="")
_VALIDATION_LOSS = _Line(title="validation loss", colour="#D55E00", marker="s", dash="--")
_VALIDATION_ACCURACY = _Line(title="accuracy on validation tasks", colour="#D55E00", marker="s", dash="--")
_MONITOR = dict(
    zip(
        MONITORED,
        (
            _Line(title="accuracy on seen tasks", colour="#0072B2", marker="o"),
            _Line(title="accuracy on unseen tasks", colour="#E69F00", marker="^"),
            _Line(title="exact copies", colour="#000000", marker="D", dash=":"),
        ),
        strict=True,
    )
)


def draw_training_curve(folder: Path) -> list[Path]:
    """Draw `curve.png` and `curve.svg` into the folder of a training run, finished or not; returns their paths.

    Reads log.jsonl, and run.json when it is there. Raises MetricError for a log that is missing or damaged or has
    nothing to draw, MissingExtraError (on import) without matplotlib, OSError when a file cannot be written.
    """
    log = read_training_log(folder)
    run = read_json(folder / RUN_FILE) if (folder / RUN_FILE).is_file() else {}
    with matplotlib.rc_context(STYLE):
        return save_figure(training_figure(log, run), folder / CURVE_NAME)


def training_figure(log: TrainingLog, run: Mapping[str, Any]) -> Any:
    """The matplotlib figure of a log and its run.json (empty when there is none), a panel for each kind of quantity.

    Raises MetricError when the log has no loss and no score.
    """
    panels = _panels(log, run)
    if not panels:
        raise MetricError("the log has no loss yet; train for some steps more")
    caption = textwrap.wrap(caption_of(log, run), _CAPTION_WIDTH)
    height = _HEADER + len(panels) * (_LEGEND + _PANEL) + _AXES_BELOW + _LINE * len(caption)
    figure = Figure(figsize=(_WIDTH, height))
    unit = _unit_of(max(line["examples"] for line in log.lines), _COUNT_UNITS)
    axes = None
    for index, draw in enumerate(panels):
        bottom = height - _HEADER - (index + 1) * (_LEGEND + _PANEL)
        place = (_LEFT / _WIDTH, bottom / height, (_WIDTH - _LEFT - _RIGHT) / _WIDTH, _PANEL / height)
        axes = figure.add_axes(place, sharex=axes)
        draw(axes, unit[1])
        axes.legend(loc="lower left", bbox_to_anchor=(-0.012, 0.98), ncols=3, columnspacing=1.6, borderaxespad=0.2)
        axes.tick_params(axis="x", labelbottom=index == len(panels) - 1)
        if axes.get_yscale() == "linear":
            axes.yaxis.set_major_locator(MaxNLocator(5))
    assert axes is not None  # there is a panel
    _draw_clock(axes, log.clock(), unit)
    figure.text(_LEFT / _WIDTH, 1 - 0.27 / height, title_of(run), fontsize=11, weight="bold", parse_math=False)
    figure.text(_LEFT / _WIDTH, 0.08 / height, "\n".join(caption), parse_math=False, **CAPTION)
    return figure


def _panels(log: TrainingLog, run: Mapping[str, Any]) -> list[Callable[[Any, float], None]]:
    """What to draw, from the top; each takes its axes and the number of examples that the axis calls 1."""
    panels: list[Callable[[Any, float], None]] = []
    training, validation = training_loss(log), log.series("validation_loss", "validation", "done")
    if training or validation:
        panels.append(lambda axes, per: _draw_losses(axes, per, training, validation))
    accuracy = {"": log.series("validation_accuracy", "validation", "done")}
    if accuracy[""]:
        n = n_validation(log, run)
        panels.append(lambda axes, per: _draw_accuracies(axes, per, accuracy, {"": _VALIDATION_ACCURACY}, n))
    monitored = {name: series for name in _MONITOR if (series := log.series(name, "monitor"))}
    if monitored:
        m = n_monitored(log, run)
        panels.append(lambda axes, per: _draw_accuracies(axes, per, monitored, _MONITOR, m))
    return panels


def _draw_losses(axes: Any, per: float, training: Series, validation: Series) -> None:
    if training:
        x = [examples / per for examples in training.examples]
        window = window_of(training)
        if window > 1:
            axes.plot(x, training.values, color="#bbbbbb", linewidth=0.6)
        axes.plot(
            x,
            smoothed(training.values, window),
            color=_TRAINING.colour,
            linewidth=1.4,
            marker="o" if len(x) == 1 else "",
            markersize=4.5,
            label=_TRAINING.title,
        )
    if validation:
        _draw_series(axes, per, validation, _VALIDATION_LOSS)
    _scale_losses(axes, [*training.values, *validation.values])
    axes.set_ylabel("loss (nats a token)")


def _scale_losses(axes: Any, losses: Sequence[float]) -> None:
    """From 0, or by powers where losses fall so far that their end would lie on the axis."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    if min(losses) <= 0 or max(losses) < _FAR * min(losses):
        axes.set_ylim(bottom=0)
        return
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _draw_accuracies(
    axes: Any, per: float, series_of: Mapping[str, Series], lines: Mapping[str, _Line], n: int | None
) -> None:
    """Shares in percent. With the number of tasks behind each, its 95 % interval too."""
    for name, series in series_of.items():
        if n:
            bounds = np.array([_interval(share, n) for share in series.values])
            x = [examples / per for examples in series.examples]
            axes.vlines(x, 100 * bounds[:, 0], 100 * bounds[:, 1], color=lines[name].colour, linewidth=0.8, alpha=0.6)
        percents = Series(examples=series.examples, values=[100 * share for share in series.values])
        _draw_series(axes, per, percents, lines[name])
    axes.set_ylim(-3, 103)
    axes.set_ylabel("share of tasks (%)" if "copied" in series_of else "execution accuracy (%)")


def _draw_series(axes: Any, per: float, series: Series, line: _Line) -> None:
    every = 1 if len(series.examples) <= _MARKED_ALL else len(series.examples) // _MARKERS_A_LINE
    axes.plot(
        [examples / per for examples in series.examples],
        series.values,
        color=line.colour,
        linestyle=line.dash,
        linewidth=1.3,
        marker=line.marker,
        markersize=4.5,
        markevery=every,
        label=line.title,
        clip_on=False,
    )


def _draw_clock(axes: Any, clock: Series, unit: tuple[float, float, str]) -> None:
    """The two axes below the last panel: examples, and under them the training time at that many examples."""
    last, per, name = unit
    right = max(last, 1) / per
    axes.set_xlim(0, right)
    axes.set_xlabel("training examples" + (f" ({name})" if name else ""), labelpad=2)
    total = clock.values[-1]
    if total <= 0:
        return
    _, seconds_per, time_name = _unit_of(total, _TIME_UNITS)
    times = [time for time in MaxNLocator(7).tick_values(0, total / seconds_per) if time * seconds_per <= total]
    below = axes.twiny()
    below.grid(visible=False)
    for side in ("top", "left", "right"):
        below.spines[side].set_visible(False)
    below.xaxis.set_ticks_position("bottom")
    below.xaxis.set_label_position("bottom")
    below.spines["bottom"].set_position(("outward", 34))
    below.spines["bottom"].set_visible(True)
    below.set_xlim(0, right)
    places = np.interp([time * seconds_per for time in times], clock.values, clock.examples)
    below.set_xticks([place / per for place in places], [f"{time:g}" for time in times])
    below.set_xlabel(f"training time ({time_name})", labelpad=2)


def _interval(share: float, n: int) -> tuple[float, float]:
    n_right = min(n, max(0, round(share * n)))
    return mean_interval([1] * n_right + [0] * (n - n_right))


def _unit_of(value: float, units: tuple[tuple[float, float, str], ...]) -> tuple[float, float, str]:
    """The value, how much of it is called 1, and the name of that."""
    return next((value, per, name) for bound, per, name in units if value < bound)
