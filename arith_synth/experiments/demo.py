"""The main job: corpus, splits, four arms of one model, their scores on four tests, the costs of the exclusions.

    python -m arith_synth.experiments.demo

Light until it runs, so that `--help`, a wrong flag and Ctrl-C are answered at once.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import tyro

from arith_synth.entry import guarded
from arith_synth.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class DemoConfig:
    """Options of the main job; the defaults are what `make demo` runs."""

    data: Path = Path("arith-synth")
    """The dataset folder; built when it is not there."""
    output: Path = Path("results/demo")
    """Where models, scores, tables and figures go."""
    grammar: str = "xy3"
    """Named grammar."""
    max_size: int = 5
    """Largest minimal size of the corpus, in leaves."""
    train_tasks: int | None = None
    """Tasks of each arm; the published number when None."""
    test_tasks: int | None = None
    """Tasks of each validation and test split; the published number when None."""
    preset: str = "nano"
    """Size of the models."""
    max_steps: int = 1_800
    """Optimizer steps of each arm: less than two minutes on one core of the reference machine."""
    seed: int = 0
    """Training seed of every arm."""
    parallel: int = 2
    """Arms trained at a time, one thread each."""

    def __post_init__(self) -> None:
        if self.parallel < 1 or self.max_steps < 1:
            raise UsageError("--max-steps and --parallel must be positive")


def main() -> int:
    """The command line of the main job. Returns the exit status."""

    def action() -> int:
        config = tyro.cli(DemoConfig)
        from arith_synth.experiments.arms import run_demo

        run_demo(config)
        return 0

    return guarded("demo", action)


if __name__ == "__main__":
    sys.exit(main())
