"""The submissions that the repository holds: both checkpoints and every baseline, submitted and verified as others are.

    python -m arith_synth.experiments.leaderboard --data arith-synth-5

The dataset is that of the checkpoints, `xy3` at max_size 5. What is done is not done again; Ctrl-C or kill -9 loses one
run at most.

Light until it runs, so that `--help`, a wrong flag and Ctrl-C are answered at once.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import tyro

from arith_synth.entry import guarded


@dataclass(frozen=True, kw_only=True)
class LeaderboardConfig:
    """Options; with the defaults they make what is in results/leaderboard."""

    data: Path = Path("arith-synth")
    """The dataset folder; it must have the configs `support_shift` and `support_shift_control`."""
    checkpoints: Path = Path("model_cards")
    """Folder of the checkpoints."""
    results: Path = Path("results/leaderboard")
    """The results folder that is made."""
    scratch: Path = Path("runs/leaderboard")
    """Folder of the runs; may be removed when all is done."""


def main() -> int:
    """The command line. Returns the exit status."""

    def action() -> int:
        config = tyro.cli(LeaderboardConfig)
        from arith_synth.experiments.leaderboard_runner import make_submissions

        make_submissions(config)
        return 0

    return guarded("leaderboard", action)


if __name__ == "__main__":
    sys.exit(main())
