"""The report of the main job: the 4 x 4 table of arms and tests, the costs of the exclusions, figures, run.json."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from arith_synth.report.provenance import provenance_of
from arith_synth.report.results import ArmResults, read_arms
from arith_synth.report.tables import accuracy_table, cost_table, markdown_report
from arith_synth.scoring import ARMS, TESTS, exclusion_costs, scores_of, write_atomically, write_json


def write_demo_report(results_dir: str | os.PathLike[str], *, wall_s: float | None = None) -> dict[str, Any]:
    """Write run.json, report.md and figures/ into a folder that holds the four arms; returns what run.json says.

    `wall_s`: seconds of the whole job, if the caller knows them. See `results` for the files that are read.
    Raises MetricError when one is missing or damaged, MissingExtraError when there is no matplotlib (the tables
    and run.json are written by then).
    """
    folder = Path(results_dir)
    arms = read_arms(folder)
    report = demo_report(arms, wall_s=wall_s)
    write_json(folder / "run.json", report)
    write_atomically(folder / "report.md", markdown_report(report, {}))
    figures = _write_figures(report, arms, folder)
    write_atomically(folder / "report.md", markdown_report(report, figures))
    return report


def demo_report(arms: Mapping[str, ArmResults], *, wall_s: float | None = None) -> dict[str, Any]:
    """Everything that the tables and figures show, as plain JSON values; rates are 0 to 1, costs percent points."""
    evaluations = {arm: results.evaluation for arm, results in arms.items()}
    training = {arm: _training_of(results.training) for arm, results in arms.items()}
    return {
        "kind": "demo",
        "provenance": provenance_of(arms),
        "config": {
            arm: {"train": arms[arm].training.get("config"), "eval": evaluations[arm].get("config")} for arm in ARMS
        },
        "data": {
            "evaluated_on": evaluations[ARMS[0]].get("data"),
            "trained_on": {arm: arms[arm].training.get("data") for arm in ARMS},
        },
        "commit": {arm: evaluations[arm].get("commit") for arm in ARMS},
        "hardware": {arm: evaluations[arm].get("hardware") for arm in ARMS},
        "seeds": sorted({run["seed"] for run in training.values() if run["seed"] is not None}),
        "wall_s": {
            "total": wall_s,
            "train": {arm: training[arm]["seconds"] for arm in ARMS},
            "eval": {arm: evaluations[arm].get("wall_s") for arm in ARMS},
        },
        "training": training,
        "scores": {arm: {test: scores_of(arms[arm].outcomes[test]) for test in TESTS} for arm in ARMS},
        "costs": exclusion_costs({arm: results.outcomes for arm, results in arms.items()}),
    }


def print_demo_report(report: Mapping[str, Any], console: Console | None = None) -> None:
    """Print both tables, on standard output unless another console is given."""
    target = console or Console()
    target.print(accuracy_table(report))
    target.print(cost_table(report))


def _training_of(run: Mapping[str, Any]) -> dict[str, Any]:
    """What the table of training shows of a training run.json; None for what it does not say."""
    names = ("n_tasks", "step", "examples", "seconds", "loss", "validation_loss", "seed")
    config = run["config"].get("config")
    return {
        "split": f"{config}/{run['config'].get('split')}",
        "validation_split": None if run.get("validation_loss") is None else f"{config}/validation",
        **{name: run.get(name) for name in names},
        "n_parameters": (run.get("model") or {}).get("n_parameters"),
    }


def _write_figures(report: Mapping[str, Any], arms: Mapping[str, ArmResults], folder: Path) -> dict[str, str]:
    """Title -> path of the PNG, relative to the folder."""
    from arith_synth.report import figures  # matplotlib is slow to import and optional

    written = {
        "Accuracy by what training excluded": figures.write_accuracy_figure(report, folder / "figures" / "accuracy"),
        "What each exclusion costs": figures.write_cost_figure(report, folder / "figures" / "costs"),
    }
    curves = {arm: results.curve for arm, results in arms.items() if results.curve}
    if curves:
        written["Learning curves"] = figures.write_learning_figure(report, curves, folder / "figures" / "learning")
    return {title: paths[0].relative_to(folder).as_posix() for title, paths in written.items()}
