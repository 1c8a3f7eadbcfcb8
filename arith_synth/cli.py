"""The command `arith-synth`: every subcommand is a dataclass of options and a function that returns the exit status."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import tyro

from arith_synth.baselines.config import BaselineConfig
from arith_synth.commands.baselines import run_baseline_command
from arith_synth.commands.cards import ModelCard, run_model_card
from arith_synth.commands.comparing import Compare, run_compare
from arith_synth.commands.datasets import Audit, Build, run_audit, run_build
from arith_synth.commands.enumeration import Enumerate, Show, run_enumerate, run_show
from arith_synth.commands.harness import HarnessPath, HarnessPredictions, run_harness_path, run_harness_predictions
from arith_synth.commands.leaderboard import Leaderboard, run_leaderboard
from arith_synth.commands.models import run_eval, run_train
from arith_synth.commands.publishing import Publish, run_publish
from arith_synth.commands.results import Report, Score, run_report, run_score
from arith_synth.commands.submissions import Submit, VerifySubmission, run_submit, run_verify_submission
from arith_synth.entry import guarded
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.training.config import TrainingConfig

COMMANDS: dict[str, tuple[type, Callable[[Any], int]]] = {
    "enumerate": (Enumerate, run_enumerate),
    "show": (Show, run_show),
    "build": (Build, run_build),
    "audit": (Audit, run_audit),
    "compare": (Compare, run_compare),
    "publish": (Publish, run_publish),
    "train": (TrainingConfig, run_train),
    "eval": (EvaluationConfig, run_eval),
    "score": (Score, run_score),
    "baseline": (BaselineConfig, run_baseline_command),
    "harness-path": (HarnessPath, run_harness_path),
    "harness-predictions": (HarnessPredictions, run_harness_predictions),
    "submit": (Submit, run_submit),
    "verify-submission": (VerifySubmission, run_verify_submission),
    "leaderboard": (Leaderboard, run_leaderboard),
    "model-card": (ModelCard, run_model_card),
    "report": (Report, run_report),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run the subcommand. Returns the exit status: 0, 1 (failed) or 2 (called wrongly)."""
    name = "arith-synth"

    def parse_and_run() -> int:
        nonlocal name
        options = tyro.extras.subcommand_cli_from_dict(
            {command: options_of for command, (options_of, _) in COMMANDS.items()},
            prog=name,
            description="Does a neural program synthesizer generalize, or retrieve?",
            args=list(sys.argv[1:] if arguments is None else arguments),
        )
        command, run = next((key, run) for key, (options_of, run) in COMMANDS.items() if type(options) is options_of)
        name = f"arith-synth {command}"
        return run(options)

    return guarded(lambda: name, parse_and_run)


if __name__ == "__main__":
    sys.exit(main())
