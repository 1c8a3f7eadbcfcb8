"""Running a model over splits and scoring its answers. Importing this room is light, as `arith_synth.training` is."""

from arith_synth.evaluation.config import EvaluationConfig

__all__ = ["EvaluationConfig", "evaluate"]


def evaluate(config: EvaluationConfig) -> dict:
    """Answer and score the splits of a config; returns the scores by split.

    Raises MissingExtraError without the extra `train`, which a server does not need, and the errors of
    `arith_synth.evaluation.run.run_evaluation`.
    """
    if config.server is None:
        from arith_synth.training import require_training_extra

        require_training_extra()
    from arith_synth.evaluation.run import run_evaluation

    return run_evaluation(config)
