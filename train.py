"""Train a reference model.

Example: python train.py --data arith-synth --config support_shift --max-seconds 120 --output runs/shifted
"""

import json
import sys

import tyro

from arith_synth.entry import guarded
from arith_synth.training import TrainingConfig, train


def main(config: TrainingConfig) -> int:
    """Run one training; writes the last line of its log to standard output when `config.json` is set."""
    last = train(config)
    if config.json:
        sys.stdout.write(json.dumps(last) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(guarded("train", lambda: main(tyro.cli(TrainingConfig))))
