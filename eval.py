"""Score a model: python eval.py --model runs/a --config support_shift --splits test --output runs/a/eval."""

import sys

import tyro

from arith_synth.commands.models import run_eval
from arith_synth.entry import guarded
from arith_synth.evaluation.config import EvaluationConfig


def main(config: EvaluationConfig) -> int:
    """Run one evaluation; prints its scores, as JSON when `config.json` is set. Returns the exit status."""
    return guarded("eval", lambda: run_eval(config), "answers are kept, run the same command to go on")


if __name__ == "__main__":
    sys.exit(guarded("eval", lambda: main(tyro.cli(EvaluationConfig))))
