"""Muon with all matrices of one shape orthogonalized together: the same step as `torch.optim.Muon`, in fewer calls."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

#: Of the quintic Newton–Schulz iteration; its result has singular values between about 0.7 and 1.2.
#: Source: Jordan et al. 2024, kellerjordan.github.io/posts/muon.
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_EPS = 1e-7
#: From this many rows on, half precision pays on a processor that has it; below, conversions cost more than they save.
_WIDE = 128


class Muon(Optimizer):
    """Momentum whose update is made orthogonal, for the matrices between hidden layers.

    A small model has many small matrices of a few shapes: one by one, dispatching their products costs more than the
    products do. Raises ValueError for a parameter that is no matrix.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        *,
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.1,
        iterations: int = 5,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "iterations": iterations}
        super().__init__(params, defaults)
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.ndim != 2:
                    raise ValueError(f"Muon is for matrices, and a parameter has shape {tuple(parameter.shape)}")

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step; parameters without a gradient stay as they are. Returns what `closure` does, or None."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            by_shape: dict[tuple[int, ...], list[nn.Parameter]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    by_shape.setdefault(tuple(parameter.shape), []).append(parameter)
            for shape, parameters in by_shape.items():
                self._step_of(parameters, shape, group)
        return loss

    def _step_of(self, parameters: list[nn.Parameter], shape: tuple[int, ...], group: dict[str, Any]) -> None:
        gradients = [parameter.grad for parameter in parameters]
        momenta = [self._momentum_of(parameter) for parameter in parameters]
        momentum, lr = group["momentum"], group["lr"]
        multi: Any = torch  # the operations on lists are public in name only
        multi._foreach_lerp_(momenta, gradients, 1 - momentum)
        ahead = multi._foreach_lerp(gradients, momenta, momentum)  # Nesterov
        updates = orthogonalized(torch.stack(list(ahead)), group["iterations"])
        # A step of the same size whatever the shape: the spectral norm of the update, per output of the layer.
        size = lr * max(1.0, shape[0] / shape[1]) ** 0.5
        multi._foreach_mul_(parameters, 1 - lr * group["weight_decay"])
        multi._foreach_add_(parameters, list(updates.unbind()), alpha=-size)

    def _momentum_of(self, parameter: nn.Parameter) -> Tensor:
        state = self.state[parameter]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        return state["momentum_buffer"]


def orthogonalized(matrices: Tensor, iterations: int) -> Tensor:
    """Roughly U Vᵀ of each matrix U S Vᵀ, by Newton–Schulz: float[n, rows, columns] -> the same shape and type."""
    a, b, c = _COEFFICIENTS
    x = matrices if matrices.shape[-2] <= matrices.shape[-1] else matrices.mT
    if matrices.device.type != "cpu" or (len(matrices) == 1 and x.shape[-2] >= _WIDE):
        x = x.bfloat16()
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=_EPS)
    for _ in range(iterations):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    x = x if matrices.shape[-2] <= matrices.shape[-1] else x.mT
    return x.to(matrices.dtype)
