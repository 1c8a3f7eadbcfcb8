"""Commands that train and run models; `train.py` and `eval.py` are two of them."""

import os
from collections.abc import Mapping
from typing import Any

from arith_synth.commands.printing import print_json, print_line, print_scores
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.training.config import TrainingConfig


def run_train(options: TrainingConfig) -> int:
    """Train a model; returns the exit status."""
    from arith_synth.training import train

    last = train(options)
    if os.environ.get("RANK", "0") != "0":
        return 0  # of processes that train together, the main one speaks
    if options.json:
        print_json(last)
    else:
        print_line(
            f"{options.output}: {last['step']:,} steps, {last['examples']:,} tasks seen, {last['seconds']:.0f} s"
            + _validated(last)
        )
    return 0


def _validated(last: Mapping[str, Any]) -> str:
    """What was measured on validation tasks at the end of a run, if it was."""
    if last.get("validation_accuracy") is None:
        return ""
    return (
        f"; validation loss {last['validation_loss']:.3f}, accuracy {last['validation_accuracy']:.1%} "
        f"of {last['n_validation']:,} tasks"
    )


def run_eval(options: EvaluationConfig) -> int:
    """Score a model on splits; returns the exit status."""
    from arith_synth.evaluation import evaluate

    print_scores(evaluate(options), as_json=options.json)
    return 0
