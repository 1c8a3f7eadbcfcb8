"""Commands that train and run models; `train.py` and `eval.py` are two of them."""

import os

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
        )
    return 0


def run_eval(options: EvaluationConfig) -> int:
    """Score a model on splits; returns the exit status."""
    from arith_synth.evaluation import evaluate

    print_scores(evaluate(options), as_json=options.json)
    return 0
