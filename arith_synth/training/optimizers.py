"""Which optimizer moves which parameter."""

from torch import nn
from torch.optim import AdamW, Optimizer

from arith_synth.training.config import TrainingConfig
from arith_synth.training.muon import Muon

#: Newton–Schulz iterations of a step: five, the custom, cost a small model a fifth of its time and gain it nothing.
_ITERATIONS = 3


def build_optimizers(model: nn.Module, config: TrainingConfig) -> list[Optimizer]:
    """The optimizers of a model: together they hold each parameter once.

    Muon takes the matrices between hidden layers; embeddings, the output layer, norms and biases stay with AdamW.
    """
    named = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    if config.optimizer == "adamw":
        return [_adamw(named, config)]
    hidden = [parameter for name, parameter in named if _is_hidden_matrix(name, parameter)]
    rest = [(name, parameter) for name, parameter in named if not _is_hidden_matrix(name, parameter)]
    muon = Muon(hidden, lr=config.muon_lr, weight_decay=config.weight_decay, iterations=_ITERATIONS)
    return [muon, _adamw(rest, config)]


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
