"""Commands that score predictions and show results."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from arith_synth.commands.datasets import DEFAULT_FOLDER
from arith_synth.commands.printing import print_json, print_scores
from arith_synth.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Score:
    """Score a predictions file by execution.

    Example: arith-synth score predictions.jsonl --config support_shift --split test --k 1,10
    """

    file: Annotated[Path, tyro.conf.Positional]
    """The predictions: one JSON object a line, with task_id and completions."""
    data: Path = DEFAULT_FOLDER
    """The dataset folder."""
    config: str = "support_shift"
    """Config of the dataset."""
    split: str = "test"
    """Split of the config."""
    k: str = "1"
    """For which k to estimate pass@k, with commas between."""
    json: bool = False
    """Print one JSON object."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """Make the table and the figures of a finished four-arm run again, from its result files.

    Example: arith-synth report results/demo
    """

    dir: Annotated[Path, tyro.conf.Positional] = Path("results/demo")
    """Folder with arms/<arm>/train and arms/<arm>/eval."""


def run_score(options: Score) -> int:
    """Score a predictions file; returns the exit status."""
    from arith_synth.data.config_names import check_config
    from arith_synth.data.folder import open_dataset
    from arith_synth.data.forms import held_out_form
    from arith_synth.names import check_name
    from arith_synth.scoring import read_grammar, read_predictions, read_tasks, score_predictions

    ks = _numbers(options.k)
    folder = open_dataset(options.data)
    check_config(options.config, folder.configs)
    check_name("split", options.split, folder.configs[options.config])
    scores = score_predictions(
        read_tasks(options.data, options.config, [options.split]),
        read_predictions(options.file),
        read_grammar(options.data),
        k=ks,
        in_region=held_out_form(folder, options.config),
    )
    if options.json:
        print_json(scores[options.split])
        return 0
    print_scores(scores, as_json=False)
    return 0


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:  # no number, or one of thousands of digits
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise UsageError(f"--k {text[:40]!r} must be numbers from 1 with commas between, as in 1,10")
    return numbers


def run_report(options: Report) -> int:
    """Write and print the report; returns the exit status."""
    from arith_synth.report.demo import print_demo_report, write_demo_report

    print_demo_report(write_demo_report(options.dir))
    return 0
