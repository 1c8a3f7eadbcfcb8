"""What no training run can mean, refused at birth. Light, as the config is."""

from pathlib import Path
from typing import TYPE_CHECKING

from arith_synth.errors import UsageError

if TYPE_CHECKING:
    from arith_synth.training.config import TrainingConfig

#: Units of the budget: fields `max_<unit>` of the config and `<unit>` of a run's progress.
UNITS = ("steps", "tokens", "seconds", "cpu_seconds", "flops")

_POSITIVE = (
    *("batch_size", "gradient_accumulation", "lr", "muon_lr", "threads", "validate_every_seconds"),
    *("monitor_every_seconds", "log_every_steps", "checkpoint_every_seconds", "keep_checkpoints"),
)
_POSITIVE_OR_NONE = (
    *("n_shown", "clip", "n_processes"),
    *("validate_every_steps", "monitor_every_steps", "checkpoint_every_steps"),
)
_NOT_NEGATIVE = ("n_validation", "n_monitor", "weight_decay")
#: More than any machine has cores for: libraries would fail in ways that say nothing of threads.
_MOST_THREADS = 1024
_SHARES = ("warmup", "dropout", "example_dropout", "label_smoothing")


def flag_of(field: str) -> str:
    """The flag of a field: `max_steps` -> `--max-steps`."""
    return "--" + field.replace("_", "-")


def check_config(config: "TrainingConfig") -> None:
    """Raises UsageError, naming the flag, for options that make no sense alone or together."""
    _check_budget(config)
    for name in _POSITIVE:
        value = getattr(config, name)
        if not 0 < value < float("inf"):
            raise UsageError(f"{flag_of(name)} must be a number greater than 0, not {value}")
    for name in _POSITIVE_OR_NONE:
        value = getattr(config, name)
        if value is not None and not 0 < value < float("inf"):
            raise UsageError(f"{flag_of(name)} must be a number greater than 0, or None, not {value}")
    for name in _NOT_NEGATIVE:
        value = getattr(config, name)
        if not 0 <= value < float("inf"):
            raise UsageError(f"{flag_of(name)} must be a number that is not negative, and is {value}")
    for name in _SHARES:
        value = getattr(config, name)
        if not 0 <= value < 1:
            raise UsageError(f"{flag_of(name)} must be at least 0 and less than 1, not {value}")
    if not 0 < config.decay <= 1 - config.warmup:
        raise UsageError(f"--decay must be more than 0 and fit beside --warmup {config.warmup}, and is {config.decay}")
    if config.ema is not None and not 0 < config.ema < 1:
        raise UsageError(f"--ema must be between 0 and 1, for example 0.999, or None, not {config.ema}")
    if config.preset == "" or config.config == "" or config.split == "":
        raise UsageError("--preset, --config and --split must not be empty")
    if config.threads > _MOST_THREADS:
        raise UsageError(f"--threads {config.threads} is more than the {_MOST_THREADS} that are allowed; ask for fewer")
    if config.output == Path():
        raise UsageError("--output must name a folder for the run, for example runs/model")
    if config.gradient_accumulation > config.batch_size:
        raise UsageError(
            f"--gradient-accumulation {config.gradient_accumulation} leaves some micro-batches of --batch-size "
            f"{config.batch_size} empty; make it smaller"
        )
    if config.family == "text":
        _check_text(config)


def _check_budget(config: "TrainingConfig") -> None:
    budgets = {name: value for unit in UNITS if (value := getattr(config, name := f"max_{unit}")) is not None}
    if len(budgets) != 1:
        flags = ", ".join(flag_of(f"max_{unit}") for unit in UNITS)
        raise UsageError(f"give the budget as one of {flags}, for example --max-seconds 120")
    for name, value in budgets.items():
        if not 0 < value < float("inf"):
            raise UsageError(f"{flag_of(name)} must be a number greater than 0, not {value}")


def _check_text(config: "TrainingConfig") -> None:
    if config.notation == "prefix":
        raise UsageError("--family text learns the column `completion`, which is infix; leave --notation out")
    usual = {"encoder": "positions", "panels": "fixed", "n_shown": None, "example_dropout": 0.0}
    for name, value in usual.items():
        if getattr(config, name) != value:
            raise UsageError(f"{flag_of(name)} is of the encoder, and --family text has none; leave it out")
