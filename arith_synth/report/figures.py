"""The report's figures: PNG and SVG, the same bytes for the same numbers and the same matplotlib.

Colours stay apart under every kind of colour blindness and in grey (CIE lightness 0, 33, 54 and 70 for the arms), and
every series has its own marker. Open markers stand for tests in a region that the arm's training set excludes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from arith_synth.errors import MissingExtraError
from arith_synth.report.drawing import CAPTION, STYLE, save_figure, smoothed
from arith_synth.report.results import ARM_TITLES, TEST_TITLES, is_held_out
from arith_synth.report.tables import n_by_test, percent, points
from arith_synth.scoring import ARMS, TESTS

try:
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
except ImportError:
    raise MissingExtraError("figures need matplotlib; install it with: pip install 'arith-synth[eval]'") from None

_COLOURS = {"both": "#000000", "syntactic": "#D55E00", "semantic": "#882255", "none": "#56B4E9"}
_MARKERS = {"both": "o", "syntactic": "s", "semantic": "^", "none": "D"}
#: Logged steps that a point of a learning curve is the mean of.
_SMOOTHING = 5


def write_accuracy_figure(report: Mapping[str, Any], path_without_suffix: Path) -> list[Path]:
    """Execution accuracy of the four arms on the four tests, with 95 % intervals."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 4.3))
        axes = figure.add_axes((0.085, 0.25, 0.9, 0.6))
        n_of = n_by_test(report["scores"])
        for arm_index, arm in enumerate(ARMS):
            for test_index, test in enumerate(TESTS):
                scores = report["scores"][arm][test]
                x = test_index + 0.19 * (arm_index - 1.5)
                accuracy = 100 * scores["execution_accuracy"]
                low, high = (100 * bound for bound in scores["interval_95"])
                _draw_point(axes, (x, accuracy), (low, high), arm, filled=not is_held_out(arm, test))
                axes.annotate(
                    percent(scores["execution_accuracy"]),
                    (x, high),
                    xytext=(0, 4),
                    textcoords="offset points",
                    ha="center",
                    fontsize=7.5,
                )
        axes.set_xticks(range(len(TESTS)), [f"{TEST_TITLES[test]}\n(n = {n_of[test]})" for test in TESTS])
        axes.set_xlim(-0.5, len(TESTS) - 0.5)
        for boundary in range(len(TESTS) - 1):
            axes.axvline(boundary + 0.5, color="#bbbbbb", linewidth=0.8)
        axes.grid(visible=False, axis="x")
        axes.tick_params(axis="x", length=0, pad=7)  # clear of the markers at zero
        highest = max(report["scores"][arm][test]["interval_95"][1] for arm in ARMS for test in TESTS)
        axes.set_ylim(0, max(112 * highest, 1.0))  # room for the numbers above the bars
        axes.set_ylabel("execution accuracy (%)")
        axes.set_xlabel("test split")
        figure.legend(
            handles=[_handle(arm) for arm in ARMS],
            loc="upper left",
            bbox_to_anchor=(0.075, 0.93),
            ncols=len(ARMS),
            columnspacing=1.4,
            handletextpad=0.3,
        )
        figure.text(0.085, 0.95, "Accuracy by what training excluded", fontsize=11, weight="bold")
        figure.text(
            0.085,
            0.015,
            f"n: tasks. Bars: 95 % bootstrap intervals over tasks; {_seeds(report)}. Open markers: the training set\n"
            "excludes the region of the test. Compare arms within a test: two tests differ in difficulty.",
            **CAPTION,
        )
        return save_figure(figure, path_without_suffix)


def write_cost_figure(report: Mapping[str, Any], path_without_suffix: Path) -> list[Path]:
    """Cost of each exclusion on its shifted test and on `test`, and the net cost, with 95 % intervals."""
    kinds = (("cost", "cost on the shifted test", "o", "#000000"), ("cost_on_test", "cost on test", "s", "#009E73"))
    kinds = (*kinds, ("net_cost", "net cost", "D", "#E69F00"))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 4.2))
        axes = figure.add_axes((0.2, 0.31, 0.77, 0.54))
        n_of = n_by_test(report["scores"])
        for row, costs in enumerate(report["costs"]):
            for kind_index, (name, _, marker, colour) in enumerate(kinds):
                y = row + 0.25 * (kind_index - 1)
                cost, (low, high) = costs[name]["cost"], costs[name]["interval_95"]
                axes.plot([low, high], [y, y], color=colour, linewidth=1.6, solid_capstyle="butt")
                axes.plot([cost], [y], marker=marker, color=colour, markersize=6, linestyle="none")
                axes.annotate(
                    points(cost),
                    (high if cost >= 0 else low, y),  # away from the line at zero
                    xytext=(5 if cost >= 0 else -5, 0),
                    textcoords="offset points",
                    ha="left" if cost >= 0 else "right",
                    va="center",
                    fontsize=7.5,
                )
            if row:
                axes.axhline(row - 0.5, color="#bbbbbb", linewidth=0.8)
        axes.axvline(0, color="#000000", linewidth=0.9)
        axes.set_yticks(
            range(len(report["costs"])),
            [f"{costs['exclusion']}\n({costs['shifted_test']})" for costs in report["costs"]],
        )
        axes.set_ylim(len(report["costs"]) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.margins(x=0.14)
        axes.set_xlabel("percent points of execution accuracy")
        axes.set_ylabel("exclusion (its shifted test)")
        handles = [
            Line2D([], [], marker=marker, color=colour, markersize=6, linewidth=1.6, label=title)
            for _, title, marker, colour in kinds
        ]
        figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.19, 0.93), ncols=3, columnspacing=1.6)
        figure.text(0.2, 0.95, "What each exclusion costs", fontsize=11, weight="bold")
        sizes = ", ".join(f"{TEST_TITLES[test]} {n}" for test, n in n_of.items())
        figure.text(
            0.02,
            0.015,
            "Cost, the headline: accuracy of the arm that lifts just this exclusion − that of the arm with both, "
            "same tasks.\nNet cost, a difference in differences: cost on the shifted test − cost on test; the latter "
            "can be negative, as\nlifting an exclusion dilutes a training set of fixed size. "
            "Bars: 95 % bootstrap intervals over tasks,\n"
            f"drawn in pairs; {_seeds(report)}. Tasks: {sizes}.",
            **CAPTION,
        )
        return save_figure(figure, path_without_suffix)


def write_learning_figure(
    report: Mapping[str, Any], curves: Mapping[str, Sequence[tuple[int, float]]], path_without_suffix: Path
) -> list[Path]:
    """Training loss, smoothed, against optimizer steps; `curves`: arm -> (step, loss of that step's batch) pairs."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 4.2))
        axes = figure.add_axes((0.085, 0.27, 0.9, 0.58))
        for index, (arm, curve) in enumerate(curves.items()):
            every = max(1, len(curve) // 8)
            axes.plot(
                [step for step, _ in curve],
                smoothed([loss for _, loss in curve], _SMOOTHING),
                color=_COLOURS[arm],
                marker=_MARKERS[arm],
                markevery=(index * every // len(ARMS), every),  # the markers of two arms do not cover each other
                markersize=5,
                linewidth=1.3,
                label=ARM_TITLES[arm],
            )
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
        axes.set_xlabel("optimizer steps")
        axes.set_ylabel("training loss (nats a token)")
        figure.legend(loc="upper left", bbox_to_anchor=(0.075, 0.93), ncols=len(ARMS), columnspacing=1.4)
        figure.text(0.085, 0.95, "Learning curves", fontsize=11, weight="bold")
        provenance = report["provenance"]
        tasks, seeds = (" or ".join(map(str, provenance[name])) for name in ("n_training_tasks", "training_seeds"))
        figure.text(
            0.085,
            0.015,
            f"n = {tasks or '?'} training tasks an arm; training seed {seeds or '?'}. Lines: means of "
            f"{_SMOOTHING} neighbouring logged batches.\nLosses are on each arm's own training set: unlike accuracies "
            "on one test, they do not compare arms.",
            **CAPTION,
        )
        return save_figure(figure, path_without_suffix)


def _draw_point(
    axes: Any, place: tuple[float, float], interval: tuple[float, float], arm: str, *, filled: bool
) -> None:
    axes.plot([place[0]] * 2, interval, color=_COLOURS[arm], linewidth=1.6, solid_capstyle="butt", zorder=2)
    axes.plot(
        *([coordinate] for coordinate in place),
        marker=_MARKERS[arm],
        markersize=6.5,
        markeredgewidth=1.5,
        color=_COLOURS[arm],
        markerfacecolor=_COLOURS[arm] if filled else "white",
        linestyle="none",
        clip_on=False,  # a marker at zero is not cut off by the axis
        zorder=3,
    )


def _handle(arm: str) -> Any:
    return Line2D(
        [], [], marker=_MARKERS[arm], color=_COLOURS[arm], linestyle="none", markersize=6.5, label=ARM_TITLES[arm]
    )


def _seeds(report: Mapping[str, Any]) -> str:
    n = len(report["seeds"])
    return f"{n} training seed" + ("" if n == 1 else "s")
