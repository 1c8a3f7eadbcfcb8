"""What a training run is told. Light: no torch, so that `--help` and a wrong flag answer at once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from arith_synth.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """Options of a training run.

    Example: arith-synth train --data arith-synth --config support_shift --max-seconds 120 --output runs/shifted
    """

    data: Path = Path("arith-synth")
    """The dataset folder."""
    config: str = "support_shift"
    """Config of the dataset."""
    split: str = "train"
    """Training split: the arm."""
    preset: str = "nano"
    """Size of the model: a row of arith_synth.modeling.PRESETS."""
    notation: Literal["prefix", "infix"] = "prefix"
    """Notation in which the model writes programs."""
    seed: int = 0
    """Names the streams of the initial weights, of dropout and of the batch order."""
    max_seconds: float | None = None
    """Stop after so many seconds of training; the schedule decays to zero by then."""
    max_steps: int | None = None
    """Stop after so many optimizer steps, instead."""
    output: Path = Path("runs/model")
    """Folder of the run: model, tokenizer, run.json, log.jsonl; checkpoints until it is done."""
    resume: bool = False
    """Go on from the newest checkpoint in the output folder, or start where there is none."""
    batch_size: int = 128
    """Tasks in one optimizer step."""
    optimizer: Literal["muon", "adamw"] = "muon"
    """muon: Muon for the hidden matrices and AdamW for the rest."""
    lr: float = 2e-2
    """Peak learning rate of AdamW."""
    muon_lr: float = 2e-2
    """Peak learning rate of Muon."""
    warmup: float = 0.05
    """Share of the budget over which the learning rates rise."""
    weight_decay: float = 0.1
    """Decoupled weight decay of all matrices."""
    clip: float | None = 1.0
    """Largest norm of the gradient; None leaves it as it is."""
    dropout: float = 0.0
    """Dropout on the hidden layer of the example encoder."""
    example_dropout: float = 0.1
    """Share of the shown examples that are hidden in each training step."""
    label_smoothing: float = 0.0
    """Share of the target mass that is spread over the vocabulary."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """auto takes CUDA where it is."""
    threads: int = 1
    """CPU threads: one, so that two runs on two cores do not hinder each other."""
    n_validation: int = 500
    """Tasks of the config's validation split on which the loss is measured now and then; 0 for none."""
    validate_every_seconds: float = 30.0
    """Seconds between two validation losses."""
    log_every_steps: int = 20
    """Steps between two lines of log.jsonl."""
    checkpoint_every_seconds: float = 60.0
    """Seconds between two checkpoints."""
    checkpoint_every_steps: int | None = None
    """Steps between two checkpoints, beside the seconds."""
    keep_checkpoints: int = 2
    """How many of the newest checkpoints stay while the run goes on."""
    json: bool = False
    """Print the last line of the log as one JSON object."""

    def __post_init__(self) -> None:
        # UsageError at birth, so that nonsense never reaches the work.
        if (self.max_seconds is None) == (self.max_steps is None):
            raise UsageError("give the budget as one of --max-seconds and --max-steps, for example --max-seconds 120")
        budget = self.max_seconds if self.max_steps is None else self.max_steps
        positive = {
            "--max-seconds or --max-steps": budget,
            "--batch-size": self.batch_size,
            "--lr": self.lr,
            "--muon-lr": self.muon_lr,
            "--threads": self.threads,
            "--validate-every-seconds": self.validate_every_seconds,
            "--log-every-steps": self.log_every_steps,
            "--checkpoint-every-seconds": self.checkpoint_every_seconds,
            "--keep-checkpoints": self.keep_checkpoints,
        }
        for flag, value in positive.items():
            if not (value is not None and 0 < value < float("inf")):
                raise UsageError(f"{flag} must be a number greater than 0, not {value}")
        for flag, value in {"--clip": self.clip, "--checkpoint-every-steps": self.checkpoint_every_steps}.items():
            if value is not None and not value > 0:
                raise UsageError(f"{flag} must be greater than 0 or None, not {value}")
        shares = {
            "--warmup": self.warmup,
            "--dropout": self.dropout,
            "--example-dropout": self.example_dropout,
            "--label-smoothing": self.label_smoothing,
        }
        for flag, value in shares.items():
            if not 0 <= value < 1:
                raise UsageError(f"{flag} must be at least 0 and less than 1, not {value}")
        for flag, value in {"--n-validation": self.n_validation, "--weight-decay": self.weight_decay}.items():
            if not value >= 0:
                raise UsageError(f"{flag} must not be negative, and is {value}")
        if self.preset == "" or self.config == "" or self.split == "":
            raise UsageError("--preset, --config and --split must not be empty")
