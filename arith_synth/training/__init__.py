"""Training the reference models. Importing this room is light: `train` loads torch when it is called."""

from arith_synth.training.config import TrainingConfig
from arith_synth.training.extra import require_training_extra

__all__ = ["TrainingConfig", "require_training_extra", "train"]


def train(config: TrainingConfig) -> dict:
    """Train a model and write it to `config.output`; returns the last line of the log.

    Raises MissingExtraError without the extra `train`, and the errors of `arith_synth.training.loop.run_training`.
    """
    require_training_extra()
    from arith_synth.training.loop import run_training

    return run_training(config)
