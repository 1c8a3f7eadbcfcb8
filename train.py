"""Train a reference model: python train.py --config support_shift --max-seconds 120 --output runs/a."""

import sys

import tyro

from arith_synth.commands.models import run_train
from arith_synth.entry import guarded
from arith_synth.training.config import TrainingConfig


def main(config: TrainingConfig) -> int:
    """Run one training; prints the last line of its log when `config.json` is set. Returns the exit status."""
    return guarded("train", lambda: run_train(config), "go on with --resume")


if __name__ == "__main__":
    sys.exit(guarded("train", lambda: main(tyro.cli(TrainingConfig))))
