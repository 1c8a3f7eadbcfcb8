"""Optimizers and their schedule."""

from torch import nn
from torch.optim import AdamW, Optimizer

from arith_synth.training.config import TrainingConfig
from arith_synth.training.muon import Muon


def build_optimizers(model: nn.Module, config: TrainingConfig) -> list[Optimizer]:
    """The optimizers of a model: together they hold each parameter once.

    Muon takes the matrices between hidden layers; embeddings, the output layer, norms and biases stay with AdamW.
    """
    named = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    if config.optimizer == "adamw":
        return [_adamw(named, config)]
    hidden = [parameter for name, parameter in named if _is_hidden_matrix(name, parameter)]
    rest = [(name, parameter) for name, parameter in named if not _is_hidden_matrix(name, parameter)]
    muon = Muon(hidden, lr=config.muon_lr, weight_decay=config.weight_decay)
    return [muon, _adamw(rest, config)]


def scale_at(progress: float, warmup: float) -> float:
    """What part of the peak learning rate is used when `progress` of the budget is spent: 0 at the end.

    Rises over the first `warmup`, then falls linearly.
    """
    rise = 1.0 if warmup == 0 else min(1.0, progress / warmup)
    fall = min(1.0, max(0.0, 1.0 - progress) / (1.0 - warmup))
    return min(rise, fall)


def set_learning_rates(optimizers: list[Optimizer], scale: float) -> None:
    """Set every group's rate to `scale` times its peak."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group.setdefault("peak_lr", group["lr"])
            group["lr"] = scale * group["peak_lr"]


def _is_hidden_matrix(name: str, parameter: nn.Parameter) -> bool:
    outer = ("embed_tokens.weight", "lm_head.weight", "bias")  # a positionwise bias is a matrix by shape only
    return parameter.ndim == 2 and not name.endswith(outer)


def _adamw(named: list[tuple[str, nn.Parameter]], config: TrainingConfig) -> AdamW:
    matrices = [parameter for _, parameter in named if parameter.ndim >= 2]
    vectors = [parameter for _, parameter in named if parameter.ndim < 2]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return AdamW([group for group in groups if group["params"]], lr=config.lr, betas=(0.9, 0.95), fused=True)
