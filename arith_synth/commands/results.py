"""Commands that score predictions and show results."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from arith_synth.commands.datasets import DEFAULT_FOLDER
from arith_synth.commands.printing import print_json, print_scores
from arith_synth.errors import UsageError
from arith_synth.names import TRAIN_PREFIX

if TYPE_CHECKING:
    from arith_synth.scoring import Prediction


#: Stands for each test of a config.


@dataclass(frozen=True, kw_only=True)
class Score:
    """Score a predictions file by execution.

    Example: arith-synth score predictions.jsonl --config support_shift --splits test,test_syntactic --k 1,10
    """

    file: Annotated[Path, tyro.conf.Positional]
    """The predictions: one JSON object a line, with task_id and completions."""
    data: Path = DEFAULT_FOLDER
    """The dataset folder."""
    config: str = "support_shift"
    """Config of the dataset."""
    split: Annotated[str, tyro.conf.arg(aliases=("--splits",))] = "test"
    """Splits of the config with commas between, or "all": each of its tests."""
    k: str = "1"
    """For which k to estimate pass@k, with commas between."""
    lite: bool = False
    """Score the first 200 tasks of each split only, whether or not others are answered."""
    strict: bool = False
    """Read completions as they stand: apply no rule that finds a program in prose."""
    copies: bool = True
    """Count the wrong answers that are training targets, where the config has a training split."""
    control: Path | None = None
    """Predictions of a control run on the same tasks: adds the cost and the net cost of what the run was denied."""
    json: bool = False
    """Print one JSON object: the scores, or with several splits the scores of each."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """Make the table and the figures of a finished four-arm run again, from its result files.

    Example: arith-synth report results/demo
    """

    dir: Annotated[Path, tyro.conf.Positional] = Path("results/demo")
    """Folder with arms/<arm>/train and arms/<arm>/eval."""


def run_score(options: Score) -> int:
    """Score a predictions file; returns the exit status."""
    from arith_synth.evaluation.config import ks_of
    from arith_synth.evaluation.grading import grade, questions_of
    from arith_synth.scoring import control_costs, outcomes_by_split, read_predictions

    ks = ks_of(options.k)
    splits, there = _splits_of(options)
    predictions = read_predictions(options.file)
    _check_answered(options.file, predictions, options.config, splits, there)
    copies = options.copies and TRAIN_PREFIX in there
    questions = questions_of(options.data, options.config, splits, lite=options.lite, copies=copies)
    graded = grade(questions, predictions, k=ks, strict=options.strict)
    scores = graded.scores
    if options.control is not None:
        controls = read_predictions(options.control)
        _check_answered(options.control, controls, options.config, splits, there)
        control = grade(replace(questions, training=None), controls, strict=options.strict)
        costs = control_costs(outcomes_by_split(graded.outcomes), outcomes_by_split(control.outcomes))
        scores = {split: score | {"control": costs[split]} for split, score in scores.items()}
    if options.json and len(splits) == 1:
        print_json(scores[splits[0]])
    else:
        print_scores(scores, as_json=options.json)
    return 0


def _splits_of(options: Score) -> tuple[list[str], Sequence[str]]:
    """The splits that are asked for, and all splits of the config."""
    from arith_synth.data.folder import open_dataset
    from arith_synth.evaluation.grading import splits_named

    folder = open_dataset(options.data)
    splits = splits_named(folder, options.config, [name.strip() for name in options.split.split(",")])
    if len(set(splits)) < len(splits):
        raise UsageError(f"--split {options.split[:60]!r} must name each split once, as in test,test_syntactic")
    return splits, list(folder.configs[options.config])


def _check_answered(
    file: Path, predictions: Sequence["Prediction"], config: str, splits: Sequence[str], there: Sequence[str]
) -> None:
    """Raise UsageError when a file answers more of the config's splits than were asked for: it is easily put right."""
    answered = dict.fromkeys(prediction.task_id.rpartition("/")[0] for prediction in predictions)
    others = [split for split in there if split not in splits and f"{config}/{split}" in answered]
    if others:
        named = ",".join([*(split for split in splits if f"{config}/{split}" in answered), *others])
        raise UsageError(f"{file} also answers {', '.join(others)}; score all that it answers: --splits {named}")


def run_report(options: Report) -> int:
    """Write and print the report; returns the exit status."""
    from arith_synth.report.demo import print_demo_report, write_demo_report

    print_demo_report(write_demo_report(options.dir))
    return 0
