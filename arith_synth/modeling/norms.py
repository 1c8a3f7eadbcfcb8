"""The norm of the decoder for a processor: two passes over memory, where the tensors of Llama's own take a dozen."""

from typing import Any

import numba
import numpy as np
import torch
from torch import Tensor
from transformers.models.llama.modeling_llama import LlamaRMSNorm


class RMSNorm(LlamaRMSNorm):
    """Llama's norm, with the same weight under the same name; on a CPU in float32 by compiled loops."""

    def forward(self, hidden_states: Tensor) -> Tensor:
        """float[..., hidden] -> the same shape: divided by its root mean square, times the weight."""
        by_loops = hidden_states.device.type == "cpu" and hidden_states.dtype == self.weight.dtype == torch.float32
        if torch.compiler.is_compiling() or torch.is_autocast_enabled("cpu") or not by_loops:
            return super().forward(hidden_states)
        return _Normalized.apply(hidden_states, self.weight, self.variance_epsilon)  # pyright: ignore[reportReturnType]


class _Normalized(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        rows = hidden.contiguous().view(-1, hidden.shape[-1])
        normalized, scales = torch.empty_like(rows), torch.empty(len(rows))
        _normalize(
            rows.detach().numpy(), weight.detach().numpy(), np.float32(epsilon), normalized.numpy(), scales.numpy()
        )
        ctx.save_for_backward(rows, weight, scales)
        return normalized.view(hidden.shape)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        rows, weight, scales = ctx.saved_tensors
        gradient = gradients[0].contiguous()
        of_rows, of_weight = torch.empty_like(rows), torch.zeros_like(weight)
        _differentiate(
            gradient.view(rows.shape).numpy(),
            rows.detach().numpy(),
            weight.detach().numpy(),
            scales.numpy(),
            of_rows.numpy(),
            of_weight.numpy(),
        )
        return of_rows.view(gradient.shape), of_weight, None


# Sums are taken in an order that lets them be vectorized; the rounding differs from tensors in the last bits. Unsigned
# indices: signed ones may count from the end, which keeps the compiler from vectorizing.


@numba.njit(cache=True, fastmath={"reassoc", "contract", "nsz"})
def _normalize(rows, weight, epsilon, normalized, scales):
    n, width = np.uint64(rows.shape[0]), np.uint64(rows.shape[1])
    for row in range(n):
        total = np.float32(0)
        for column in range(width):
            total += rows[row, column] * rows[row, column]
        scale = np.float32(1) / np.sqrt(total / np.float32(width) + epsilon)
        scales[row] = scale
        for column in range(width):
            normalized[row, column] = rows[row, column] * scale * weight[column]


@numba.njit(cache=True, fastmath={"reassoc", "contract", "nsz"})
def _differentiate(gradient, rows, weight, scales, of_rows, of_weight):
    n, width = np.uint64(rows.shape[0]), np.uint64(rows.shape[1])
    for row in range(n):
        scale, total = scales[row], np.float32(0)
        for column in range(width):
            unit = rows[row, column] * scale
            of_weight[column] += gradient[row, column] * unit
            total += gradient[row, column] * weight[column] * unit
        mean = total / np.float32(width)
        for column in range(width):
            of_rows[row, column] = scale * (gradient[row, column] * weight[column] - rows[row, column] * scale * mean)
