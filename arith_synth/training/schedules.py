"""The learning rate as a function of the share of the budget that is spent, whatever the budget is measured in."""

import math

from torch.optim import Optimizer

from arith_synth.training.config import TrainingConfig


def scale_at(spent: float, config: TrainingConfig) -> float:
    """What part of the peak learning rate is used when the share `spent` of the budget is spent: 0 at the end.

    Rises linearly over the first `config.warmup`; then falls as `config.schedule` says.
    """
    rise = 1.0 if config.warmup == 0 else min(1.0, spent / config.warmup)
    left = min(1.0, max(0.0, 1.0 - spent) / (1.0 - config.warmup))
    if config.schedule == "cosine":
        return min(rise, 0.5 - 0.5 * math.cos(math.pi * left))
    if config.schedule == "constant_then_decay":
        # Warm-up-stable-decay, Hu et al. 2024, arXiv:2404.06395, with a linear end.
        return min(rise, max(0.0, 1.0 - spent) / config.decay)
    return min(rise, left)


def set_learning_rates(optimizers: list[Optimizer], scale: float) -> None:
    """Set every group's rate to `scale` times its peak."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group.setdefault("peak_lr", group["lr"])
            group["lr"] = scale * group["peak_lr"]
