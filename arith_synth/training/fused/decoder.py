"""From prefix embeddings and tokens to the loss, and back, as one function of autograd."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from arith_synth.training.fused import kernels, layer
from arith_synth.training.fused.layer import Attending, Layer
from arith_synth.training.fused.rows import Rows

#: Of a layer, in the order in which `DecoderLoss` takes them.
N_WEIGHTS = 9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task:
    """What is computed; `padding`: the token whose embedding is not learned, if any."""

    rows: Rows
    how: Attending
    smoothing: float
    padding: int | None


class DecoderLoss(torch.autograd.Function):
    """The mean cross-entropy over the wanted rows: a scalar.

    `apply(task, prefix, embeddings, norm, head, *weights)`: prefix float32[task, n_prefix, hidden]; embeddings, head
    [vocab, hidden]; norm [hidden]; weights, of each layer: attention norm, queries, keys, values, attended, MLP norm,
    gate, up, down. There is no second derivative, and one way back.
    """

    @staticmethod
    def forward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, task: Task, prefix: Tensor, embeddings: Tensor, norm: Tensor, head: Tensor, *weights: Tensor
    ) -> Tensor:
        """The loss, and on `ctx` what the way back needs; arguments as of `apply`."""
        rows, how = task.rows, task.how
        layers = [_joined(weights[start : start + N_WEIGHTS]) for start in range(0, len(weights), N_WEIGHTS)]
        hidden, kept = torch.cat([embeddings.detach(), prefix.detach().flatten(0, 1)]), []
        for number, weights_here in enumerate(layers):
            hidden, kept_here = layer.forward(
                weights_here,
                how,
                hidden,
                sources=rows.sources if number == 0 else None,
                asked=rows.wanted if number == len(layers) - 1 else None,
            )
            kept.append(kept_here)
        last = layer.normalize(hidden, norm.detach(), how.epsilon)
        logits = last.out @ head.detach().t()
        loss = kernels.cross_entropy(logits.numpy(), rows.labels.numpy(), task.smoothing)
        ctx.save_for_backward(norm, head, *weights)  # which tells when one has been changed in the meantime
        ctx.kept = (task, prefix.shape, layers, kept, last, logits)
        return torch.tensor(loss, dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of what `apply` was given. Raises RuntimeError when it is called twice."""
        if ctx.kept is None:
            raise RuntimeError("the way back overwrites what was kept for it; compute the loss again")
        (task, prefix_shape, layers, kept, last, gradient), ctx.kept = ctx.kept, None
        norm, head = (tensor.detach() for tensor in ctx.saved_tensors[:2])
        gradient *= gradients[0]  # the logits were replaced by their gradient
        of_head = gradient.t() @ last.out
        of_hidden = torch.zeros_like(last.rows)
        of_norm = layer.normalize_backward(last, norm, gradient @ head, of_hidden)
        of_weights: list[Tensor] = []
        for weights_here, kept_here in zip(reversed(layers), reversed(kept), strict=True):
            of_hidden, of_layer = layer.backward(weights_here, task.how, kept_here, of_hidden)
            of_weights = [*_apart(of_layer), *of_weights]
        of_embeddings, of_prefix = of_hidden[: len(head)], of_hidden[len(head) :]
        if task.padding is not None:
            of_embeddings[task.padding] = 0
        return None, of_prefix.view(prefix_shape), of_embeddings, of_norm, of_head, *of_weights


def _joined(weights: Sequence[Tensor]) -> Layer:
    """A layer of the weights that `DecoderLoss` takes of one."""
    attention_norm, query, key, value, attended, mlp_norm, gate, up, down = (weight.detach() for weight in weights)
    return Layer(
        attention_norm=attention_norm,
        qkv=torch.cat([query, key, value]),
        attended=attended,
        mlp_norm=mlp_norm,
        gate_up=torch.cat([gate, up]),
        down=down,
    )


def _apart(of: Layer) -> list[Tensor]:
    """Gradients of a layer, in the order in which `DecoderLoss` takes its weights."""
    return [of.attention_norm, *of.qkv.chunk(3), of.attended, of.mlp_norm, *of.gate_up.chunk(2), of.down]
