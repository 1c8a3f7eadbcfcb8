"""What decides sample efficiency: runs that each differ from the default in one thing, all of one budget of CPU time.

    python -m arith_synth.experiments.ablations --data arith-synth-5

Choices are made on these runs, so they are scored on the validation split of `random` and never on a test. The page
docs/experiments.md shows them; its numbers are those of xy3 at max_size 5.

Light until it runs, so that `--help`, a wrong flag and Ctrl-C are answered at once.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tyro

from arith_synth.entry import guarded
from arith_synth.errors import UsageError
from arith_synth.names import check_name


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """One run. `change`: what it changes, in words; `options`: fields of `TrainingConfig` that are not the default."""

    name: str
    change: str
    options: Mapping[str, Any] = field(default_factory=dict)


#: The plan, in the order of the page.
ABLATIONS: tuple[Ablation, ...] = (
    Ablation(name="default", change="nothing"),
    Ablation(name="targets-published", change="the published targets", options={"targets": "published"}),
    Ablation(
        name="targets-resampled",
        change="another minimal realization as target each epoch",
        options={"targets": "resampled"},
    ),
    Ablation(name="stream", change="fresh tasks of the same law without end", options={"data_source": "stream"}),
    Ablation(name="encoder-tokens", change="every example is a token", options={"encoder": "tokens"}),
    Ablation(name="infix", change="programs are written in infix notation", options={"notation": "infix"}),
    Ablation(name="text", change="text family: a causal language model on the prompt", options={"family": "text"}),
    Ablation(name="n-shown-4", change="4 shown examples", options={"n_shown": 4}),
    Ablation(name="n-shown-6", change="6 shown examples", options={"n_shown": 6}),
    Ablation(name="n-shown-8", change="8 shown examples", options={"n_shown": 8}),
    Ablation(name="n-shown-12", change="12 shown examples", options={"n_shown": 12}),
    Ablation(name="panels-resampled", change="other inputs each time", options={"panels": "resampled"}),
    Ablation(name="adamw-0.002", change="AdamW for all weights, at 0.002", options={"optimizer": "adamw", "lr": 2e-3}),
    Ablation(name="adamw-0.004", change="AdamW for all weights, at 0.004", options={"optimizer": "adamw", "lr": 4e-3}),
    Ablation(name="adamw", change="AdamW for all weights, at 0.008", options={"optimizer": "adamw", "lr": 8e-3}),
    Ablation(
        name="adamw-0.016", change="AdamW for all weights, at 0.016", options={"optimizer": "adamw", "lr": 1.6e-2}
    ),
    Ablation(name="batch-64", change="64 tasks in a step, the same rates", options={"batch_size": 64}),
    Ablation(name="batch-256", change="256 tasks in a step, the same rates", options={"batch_size": 256}),
    Ablation(name="schedule-cosine", change="rates fall as a cosine", options={"schedule": "cosine"}),
    Ablation(
        name="schedule-constant",
        change="rates stay, then fall",
        options={"schedule": "constant_then_decay"},
    ),
    Ablation(name="ema-0.999", change="average of the weights, decay 0.999", options={"ema": 0.999}),
    Ablation(name="dropout-0.1", change="dropout 0.1 in the encoder", options={"dropout": 0.1}),
    Ablation(name="dropout-0.2", change="dropout 0.2 in the encoder", options={"dropout": 0.2}),
    Ablation(name="example-dropout-0.1", change="10 % of the examples hidden", options={"example_dropout": 0.1}),
    Ablation(name="example-dropout-0.3", change="30 % of the examples hidden", options={"example_dropout": 0.3}),
    Ablation(name="weight-decay-0", change="no weight decay", options={"weight_decay": 0.0}),
    Ablation(name="weight-decay-0.3", change="weight decay 0.3", options={"weight_decay": 0.3}),
    Ablation(name="label-smoothing-0.1", change="label smoothing 0.1", options={"label_smoothing": 0.1}),
)


@dataclass(frozen=True, kw_only=True)
class AblationConfig:
    """Options of the ablations; the defaults are what docs/experiments.md shows."""

    data: Path = Path("arith-synth")
    """The dataset folder; it must have the config `random`."""
    output: Path = Path("results/ablations")
    """Folder of the results, one small file for each run and seed."""
    scratch: Path = Path("runs/ablations")
    """Folder of models, logs and checkpoints; may be removed when all is done."""
    cpu_seconds: float = 120
    """Budget of each run."""
    seeds: str = "0"
    """Training seeds, with commas between them."""
    parallel: int = 2
    """Runs at a time, one thread each."""
    only: str = ""
    """Names of runs, with commas between them; all where nothing is said."""

    def __post_init__(self) -> None:
        # UsageError at birth, so that nonsense never reaches the work.
        if self.parallel < 1 or not 0 < self.cpu_seconds < float("inf"):
            raise UsageError("--cpu-seconds and --parallel must be positive")
        if len(set(self.seed_numbers)) < len(self.seed_numbers):
            raise UsageError(f"--seeds {self.seeds!r} must name each seed once, as in 0,1,2")
        for name in self.names:
            check_name("run", name, [run.name for run in ABLATIONS])

    @property
    def seed_numbers(self) -> tuple[int, ...]:
        """The seeds in the order given."""
        words = self.seeds.split(",")
        if not all(word.strip().isdecimal() for word in words):
            raise UsageError(f"--seeds {self.seeds!r} must be whole numbers, as in 0,1,2")
        return tuple(map(int, words))

    @property
    def names(self) -> tuple[str, ...]:
        """The names that were given."""
        return tuple(name.strip() for name in self.only.split(",")) if self.only else ()

    @property
    def chosen(self) -> tuple[Ablation, ...]:
        """The runs of the plan that are asked for, in its order."""
        return tuple(run for run in ABLATIONS if not self.names or run.name in self.names)


def main() -> int:
    """The command line of the ablations. Returns the exit status."""

    def action() -> int:
        config = tyro.cli(AblationConfig)
        from arith_synth.experiments.ablations_runner import run_ablations

        run_ablations(config, config.chosen)
        return 0

    return guarded("ablations", action)


if __name__ == "__main__":
    sys.exit(main())
