"""Commands around other people's harnesses."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from arith_synth.commands.printing import print_json, print_line


@dataclass(frozen=True, kw_only=True)
class HarnessPath:
    """Print the folder of our tasks for lm-evaluation-harness.

    Example: lm_eval --tasks arith_synth_support_shift --include_path $(arith-synth harness-path) …
    """


@dataclass(frozen=True, kw_only=True)
class HarnessPredictions:
    """Write the completions in a harness's log as predictions, to be scored or submitted.

    Example: arith-synth harness-predictions logs/2026-01-01_support-shift.eval --output predictions.jsonl
    """

    log: Annotated[Path, tyro.conf.Positional]
    """samples_<task>_<time>.jsonl of `lm_eval --log_samples`, or a log of inspect-ai."""
    output: Path = Path("predictions.jsonl")
    """The file to write."""
    json: bool = False
    """Print one JSON object."""


def run_harness_path(options: HarnessPath) -> int:
    """Print the folder; returns the exit status."""
    from arith_synth.harness import LM_EVAL_PATH

    print_line(str(LM_EVAL_PATH))
    return 0


def run_harness_predictions(options: HarnessPredictions) -> int:
    """Write the predictions; returns the exit status."""
    from arith_synth.harness.logs import predictions_of_log
    from arith_synth.scoring import write_predictions

    predictions = predictions_of_log(options.log)
    write_predictions(options.output, predictions)
    if options.json:
        n_completions = sum(len(prediction.completions) for prediction in predictions)
        print_json({"output": str(options.output), "n": len(predictions), "n_completions": n_completions})
    else:
        print_line(f"{options.output}: the completions of {len(predictions)} tasks")
    return 0
