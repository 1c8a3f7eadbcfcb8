"""The result files of the four arms, read and checked against each other.

    <results>/arms/<arm>/train/run.json    what was trained, on what, for how long
    <results>/arms/<arm>/train/log.jsonl   optional: one object a logged step
    <results>/arms/<arm>/eval/run.json     what was evaluated, and its scores
    <results>/arms/<arm>/eval/outcomes.jsonl   what each task earned

An arm is named by the exclusions that hold in its training set: both, syntactic, semantic, none.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arith_synth.errors import MetricError
from arith_synth.files import read_jsonl
from arith_synth.scoring import ARMS, TESTS, TaskOutcome, read_json, read_outcomes, split_of

#: What the tables and figures call the arms and the tests.
ARM_TITLES = {
    "both": "both excluded",
    "syntactic": "syntactic excluded",
    "semantic": "semantic excluded",
    "none": "nothing excluded",
}
TEST_TITLES = {
    "test": "test",
    "test_semantic": "test_semantic",
    "test_syntactic": "test_syntactic",
    "test_both": "test_both",
}
#: The training split that each arm is, and whether it stands in the config's control.
_ARM_SPLITS = {
    "both": ("train", False),
    "syntactic": ("train_syntactic_excluded", True),
    "semantic": ("train_semantic_excluded", True),
    "none": ("train", True),
}
#: What must be the same for all arms, or their differences mean nothing.
_SAME_TRAINING = ("preset", "max_seconds", "max_steps", "batch_size")
_SAME_DATA = ("version", "grammar", "max_size")
_REGIONS = {
    "both": {"syntactic", "semantic"},
    "syntactic": {"syntactic"},
    "semantic": {"semantic"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmResults:
    """One arm's files. `curve`: (step, loss) of each logged step, empty when there is no log."""

    arm: str
    training: dict[str, Any]
    evaluation: dict[str, Any]
    outcomes: dict[str, list[TaskOutcome]]
    curve: list[tuple[int, float]]


def is_held_out(arm: str, test: str) -> bool:
    """Whether the test lies in a region that the arm's training set excludes."""
    return bool(_REGIONS.get(arm, set()) & _REGIONS.get(test.removeprefix("test").removeprefix("_"), set()))


def read_arms(results_dir: str | os.PathLike[str]) -> dict[str, ArmResults]:
    """All four arms.

    Raises MetricError when one is missing or damaged, was not trained on the split that its name says, or was not
    trained alike and evaluated on the same data as the others.
    """
    folder = Path(results_dir) / "arms"
    missing = [arm for arm in ARMS if not (folder / arm / "eval" / "run.json").is_file()]
    if missing:
        raise MetricError(
            f"{folder} has no evaluation of the arm(s) {', '.join(missing)}; train and evaluate them first"
        )
    arms = {arm: _read_arm(folder / arm, arm) for arm in ARMS}
    for results in arms.values():
        _check_split(results)
    for name in (*_SAME_DATA, "checksums"):
        if not _all_equal([_section(results.evaluation, "data").get(name) for results in arms.values()]):
            raise MetricError(f"the arms were evaluated on different data ({name} differs); use one dataset for all")
    runs = [run for results in arms.values() for run in (results.training, results.evaluation)]
    for name in _SAME_DATA:
        if not _all_equal([_section(run, "data").get(name) for run in runs]):
            raise MetricError(f"the arms were trained on different data ({name} differs); use one dataset for all")
    for name in _SAME_TRAINING:
        if not _all_equal([_section(results.training, "config").get(name) for results in arms.values()]):
            raise MetricError(f"the arms were trained differently ({name} differs); give all the same budget and model")
    return arms


def _check_split(results: ArmResults) -> None:
    config = _section(results.training, "config")
    split, is_control = _ARM_SPLITS[results.arm]
    if config.get("split") != split or str(config.get("config")).endswith("_control") != is_control:
        raise MetricError(
            f"the arm {results.arm!r} was trained on {config.get('config')}/{config.get('split')}; train it on "
            f"{split!r} of the {'control' if is_control else 'shifted'} config"
        )


def _section(run: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = run.get(name)
    return section if isinstance(section, dict) else {}


def _all_equal(values: Sequence[Any]) -> bool:
    return all(value == values[0] for value in values)


def _read_arm(folder: Path, arm: str) -> ArmResults:
    outcomes: dict[str, list[TaskOutcome]] = {}
    for outcome in read_outcomes(folder / "eval" / "outcomes.jsonl"):
        outcomes.setdefault(split_of(outcome.task_id), []).append(outcome)
    if absent := [test for test in TESTS if test not in outcomes]:
        raise MetricError(
            f"{folder} was not evaluated on {', '.join(absent)}; evaluate it on all of {', '.join(TESTS)}"
        )
    return ArmResults(
        arm=arm,
        training=read_json(folder / "train" / "run.json"),
        evaluation=read_json(folder / "eval" / "run.json"),
        outcomes=outcomes,
        curve=_read_curve(folder / "train" / "log.jsonl"),
    )


def _read_curve(path: Path) -> list[tuple[int, float]]:
    if not path.is_file():
        return []
    steps = [row for _, row in read_jsonl(path) if row.get("event") == "train"]
    try:
        return [(int(row["step"]), float(row["loss"])) for row in steps]
    except (KeyError, TypeError, ValueError):
        raise MetricError(f"{path} has a training step without its number or loss; train the arm again") from None
