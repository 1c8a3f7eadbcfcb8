"""Score a trained model by execution.

Example: python eval.py --model runs/shifted --config support_shift --splits test,test_syntactic --output runs/eval
"""

import json
import sys

import tyro

from arith_synth.entry import guarded
from arith_synth.evaluation import EvaluationConfig, evaluate


def main(config: EvaluationConfig) -> int:
    """Run one evaluation; writes its scores to standard output, as one JSON object when `config.json` is set."""
    scores = evaluate(config)
    if config.json:
        sys.stdout.write(json.dumps(scores) + "\n")
        return 0
    for split, score in scores.items():
        low, high = score["interval_95"]
        sys.stdout.write(f"{split}: {score['execution_accuracy']:.1%} [{low:.1%}, {high:.1%}], n={score['n']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(guarded("eval", lambda: main(tyro.cli(EvaluationConfig))))
