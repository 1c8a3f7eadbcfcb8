"""The checkpoints to build on: one model trained under `support_shift`, one on its control, with their cards.

    python -m arith_synth.experiments.checkpoints --data arith-synth-5

Both have the same options, seed and budget, and answer the same tests. What is in model_cards/ was made so, of xy3 at
max_size 5.

Light until it runs, so that `--help`, a wrong flag and Ctrl-C are answered at once.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import tyro

from arith_synth.entry import guarded
from arith_synth.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class CheckpointsConfig:
    """Options of the checkpoints; with the defaults they are what is in model_cards/."""

    data: Path = Path("arith-synth")
    """The dataset folder; it must have the configs `support_shift` and `support_shift_control`."""
    cpu_seconds: float = 1800
    """Budget of each model."""
    output: Path = Path("model_cards")
    """Folder of the checkpoints; each has a folder of its own."""
    scratch: Path = Path("runs/checkpoints")
    """Folder of runs, logs and scores; may be removed when all is done."""
    parallel: int = 2
    """Models trained at a time, one thread each."""

    def __post_init__(self) -> None:
        # UsageError at birth, so that nonsense never reaches the work.
        if self.parallel < 1 or not 0 < self.cpu_seconds < float("inf"):
            raise UsageError("--cpu-seconds and --parallel must be positive")


def main() -> int:
    """The command line of the checkpoints. Returns the exit status."""

    def action() -> int:
        config = tyro.cli(CheckpointsConfig)
        from arith_synth.experiments.checkpoints_runner import make_checkpoints

        make_checkpoints(config)
        return 0

    return guarded("checkpoints", action)


if __name__ == "__main__":
    sys.exit(main())
