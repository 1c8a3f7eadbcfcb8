"""One layer of the decoder, forward and backward, on rows."""

from dataclasses import dataclass

import torch
from torch import Tensor

from arith_synth.training.fused import attention, kernels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layer:
    """The weights of a layer, joined where the same rows are multiplied; matrices [outputs, inputs].

    qkv [3 * width, hidden]; attended [hidden, width]; gate_up [2 * intermediate, hidden]; down [hidden, intermediate].
    """

    attention_norm: Tensor
    qkv: Tensor
    attended: Tensor
    mlp_norm: Tensor
    gate_up: Tensor
    down: Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attending:
    """How rows attend, in all layers; cosines, sines [position, head_dim], firsts int64[row]."""

    n_heads: int
    scale: float
    epsilon: float
    cosines: Tensor
    sines: Tensor
    firsts: Tensor


@dataclass(slots=True, kw_only=True, eq=False)
class Normalized:
    """A norm's input and output [row, hidden], and one over the root mean square of each row."""

    rows: Tensor
    out: Tensor
    scales: Tensor


@dataclass(slots=True, kw_only=True, eq=False)
class Kept:
    """What the way back through a layer needs. `sources`, `asked`: as `forward` was given them."""

    sources: Tensor | None
    asked: Tensor | None
    queries: Tensor
    attention_norm: Normalized
    qkv: Tensor
    weights: Tensor
    attended: Tensor
    mlp_norm: Normalized
    gate_up: Tensor
    gated: Tensor


def forward(
    layer: Layer, how: Attending, hidden: Tensor, *, sources: Tensor | None, asked: Tensor | None
) -> tuple[Tensor, Kept]:
    """hidden [row, hidden] -> [query, hidden], and what the way back needs.

    `sources` int64[row]: the rows of `hidden` that the rows of the batch come from, None where they are those.
    `asked` int64[query]: the rows that are wanted after this layer, None for all.
    """
    first = normalize(hidden, layer.attention_norm, how.epsilon)
    qkv = first.out @ layer.qkv.t()
    if sources is not None:
        qkv = qkv.index_select(0, sources)
    queries = torch.arange(len(qkv)) if asked is None else asked
    attention.rotate(how.n_heads, qkv.numpy(), how.cosines.numpy(), how.sines.numpy(), how.firsts.numpy())
    most = len(how.cosines)
    weights, attended = torch.zeros(len(queries), how.n_heads, most), torch.empty(len(queries), qkv.shape[1] // 3)
    attention.attend(
        how.n_heads, how.scale, qkv.numpy(), how.firsts.numpy(), queries.numpy(), weights.numpy(), attended.numpy()
    )
    places = _places(sources, asked)
    residual = hidden if places is None else hidden.index_select(0, places)
    middle = torch.addmm(residual, attended, layer.attended.t())
    second = normalize(middle, layer.mlp_norm, how.epsilon)
    gate_up = second.out @ layer.gate_up.t()
    gated = torch.empty(len(gate_up), gate_up.shape[1] // 2)
    kernels.gate(gate_up.numpy(), gated.numpy())
    kept = Kept(
        sources=sources,
        asked=asked,
        queries=queries,
        attention_norm=first,
        qkv=qkv,
        weights=weights,
        attended=attended,
        mlp_norm=second,
        gate_up=gate_up,
        gated=gated,
    )
    return torch.addmm(middle, gated, layer.down.t()), kept


def backward(layer: Layer, how: Attending, kept: Kept, gradient: Tensor) -> tuple[Tensor, Layer]:
    """From the gradient of what `forward` returned to that of `hidden`, and those of the weights.

    Once only: `kept` is overwritten, and so is `gradient`.
    """
    of_down = gradient.t() @ kept.gated
    kernels.gate_backward((gradient @ layer.down).numpy(), kept.gate_up.numpy())
    of_gate_up = kept.gate_up.t() @ kept.mlp_norm.out
    of_mlp_norm = normalize_backward(kept.mlp_norm, layer.mlp_norm, kept.gate_up @ layer.gate_up, gradient)

    of_attended = gradient.t() @ kept.attended
    of_rows = torch.zeros_like(kept.qkv)
    attention.attend_backward(
        how.n_heads,
        how.scale,
        (gradient @ layer.attended).numpy(),
        kept.qkv.numpy(),
        how.firsts.numpy(),
        kept.queries.numpy(),
        kept.weights.numpy(),
        of_rows.numpy(),
    )
    attention.rotate(how.n_heads, of_rows.numpy(), how.cosines.numpy(), -how.sines.numpy(), how.firsts.numpy())
    hidden = kept.attention_norm.rows
    of_rows = _gathered(of_rows, kept.sources, len(hidden))
    of_hidden = _gathered(gradient, _places(kept.sources, kept.asked), len(hidden))
    of_qkv = of_rows.t() @ kept.attention_norm.out
    of_attention_norm = normalize_backward(kept.attention_norm, layer.attention_norm, of_rows @ layer.qkv, of_hidden)
    return of_hidden, Layer(
        attention_norm=of_attention_norm,
        qkv=of_qkv,
        attended=of_attended,
        mlp_norm=of_mlp_norm,
        gate_up=of_gate_up,
        down=of_down,
    )


def normalize(rows: Tensor, weight: Tensor, epsilon: float) -> Normalized:
    """RMSNorm of each row: float32[row, hidden]."""
    out, scales = torch.empty_like(rows), torch.empty(len(rows))
    kernels.normalize(rows.numpy(), weight.numpy(), epsilon, out.numpy(), scales.numpy())
    return Normalized(rows=rows, out=out, scales=scales)


def normalize_backward(kept: Normalized, weight: Tensor, gradient: Tensor, of_rows: Tensor) -> Tensor:
    """Add the gradient of the norm's input to `of_rows`; that of its weight."""
    of_weight = torch.zeros_like(weight)
    kernels.normalize_backward(
        gradient.numpy(), kept.rows.numpy(), weight.numpy(), kept.scales.numpy(), of_rows.numpy(), of_weight.numpy()
    )
    return of_weight


def _places(sources: Tensor | None, asked: Tensor | None) -> Tensor | None:
    """The rows of a layer's input that the rows of its output continue."""
    if sources is None or asked is None:
        return asked if sources is None else sources
    return sources.index_select(0, asked)


def _gathered(rows: Tensor, places: Tensor | None, n: int) -> Tensor:
    """Rows added up at their places: [row, width] -> [n, width]; as they are where they stay."""
    if places is None:
        return rows
    out = torch.zeros(n, rows.shape[1])
    kernels.add_rows(rows.numpy(), places.numpy(), out.numpy())
    return out
