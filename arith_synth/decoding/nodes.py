"""The decoder on a tree of prefixes: each node is computed once, and its keys and values stay for its descendants.

A node is a prefix of completions of one task; its ancestors are the places of that prefix. Only what a node needs is
computed: no modules, no masks, no copies of a cache.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from arith_synth.decoding.kernels import attend, normalize
from arith_synth.decoding.weights import DecoderWeights, LayerWeights


class NodeDecoder:
    """Logits of one level of a tree after the other.

    `n_slots` is a first guess of how many nodes the trees will have. With `compiled`, what is no matrix product runs in
    the kernels of `arith_synth.decoding.kernels`: by default in float32 on a CPU. Without, in torch, on any device.
    """

    def __init__(self, weights: DecoderWeights, *, n_slots: int, compiled: bool | None = None) -> None:
        if compiled is None:
            compiled = weights.embeddings.device.type == "cpu" and weights.embeddings.dtype == torch.float32
        self._weights = weights
        self._n_slots = 0
        width = weights.n_kv_heads * weights.head_dim
        self._keys = weights.embeddings.new_empty(len(weights.layers), n_slots, width)
        self._values = torch.empty_like(self._keys)
        self._compiled = compiled
        if compiled:
            self._cosines, self._sines = weights.cosines.numpy(), weights.sines.numpy()
        first = weights.layers[0]
        # The first layer sees nothing but the token: its queries, keys and values are a table.
        normalized = self._normalize(weights.embeddings, first.attention_norm)
        self._first_qkv = functional.linear(normalized, first.qkv, first.qkv_bias)
        self._ancestors = torch.empty(0, 0, dtype=torch.long)  # int64[node, time]: slots, those of the present level

    def start(self, prefix: Tensor) -> Tensor:
        """The roots of new trees: embeddings float[task, time, hidden] -> logits float[task, vocab] after them."""
        self._n_slots = 0
        n_tasks, time, _ = prefix.shape
        slots = torch.arange(n_tasks * time, device=prefix.device).view(n_tasks, time)
        self._ancestors = slots
        seen = torch.ones(time, time, dtype=torch.bool, device=prefix.device).tril()
        ancestors = slots[:, None].expand(-1, time, -1).masked_fill(~seen, -1).flatten(0, 1)
        positions = torch.arange(time, device=prefix.device).repeat(n_tasks)
        hidden = prefix.flatten(0, 1).clone()
        first = self._weights.layers[0]
        qkv = functional.linear(self._normalize(hidden, first.attention_norm), first.qkv, first.qkv_bias)
        hidden = self._layers(hidden, qkv, positions, ancestors).view(n_tasks, time, -1)[:, -1]
        return self._logits(hidden)

    def extend(self, parents: Tensor, tokens: Tensor) -> Tensor:
        """The next level: int64[node] nodes of the present level and the tokens after them -> float[node, vocab]."""
        slots = torch.arange(self._n_slots, self._n_slots + len(tokens), device=tokens.device)
        self._ancestors = torch.cat([self._ancestors.index_select(0, parents), slots[:, None]], dim=1)
        positions = torch.full_like(tokens, self._ancestors.shape[1] - 1)
        hidden = self._weights.embeddings.index_select(0, tokens)
        qkv = self._first_qkv.index_select(0, tokens)
        return self._logits(self._layers(hidden, qkv, positions, self._ancestors))

    def _layers(self, hidden: Tensor, qkv: Tensor, positions: Tensor, ancestors: Tensor) -> Tensor:
        """All layers: hidden float[node, hidden], which is overwritten; qkv those of the first layer."""
        self._reserve(len(hidden))
        for number, layer in enumerate(self._weights.layers):
            if number > 0:
                qkv = functional.linear(self._normalize(hidden, layer.attention_norm), layer.qkv, layer.qkv_bias)
            attended = self._attend(number, qkv, positions, ancestors)
            _add_linear(hidden, attended, layer.attended, layer.attended_bias)
            _add_linear(hidden, self._gated(hidden, layer), layer.down, layer.down_bias)
        self._n_slots += len(hidden)
        return hidden

    def _gated(self, hidden: Tensor, layer: LayerWeights) -> Tensor:
        gate_up = functional.linear(self._normalize(hidden, layer.mlp_norm), layer.gate_up, layer.gate_up_bias)
        gate, up = gate_up.chunk(2, dim=-1)
        if isinstance(self._weights.activation, nn.SiLU):
            return functional.silu(gate, inplace=True).mul_(up)
        return self._weights.activation(gate).mul_(up)

    def _logits(self, hidden: Tensor) -> Tensor:
        return functional.linear(
            self._normalize(hidden, self._weights.norm), self._weights.head, self._weights.head_bias
        )

    def _normalize(self, hidden: Tensor, weight: Tensor) -> Tensor:
        if not self._compiled:
            return functional.rms_norm(hidden, weight.shape, weight, self._weights.epsilon)
        out = torch.empty_like(hidden, memory_format=torch.contiguous_format)
        normalize(hidden.numpy(), weight.numpy(), self._weights.epsilon, out.numpy())
        return out

    def _attend(self, layer: int, qkv: Tensor, positions: Tensor, ancestors: Tensor) -> Tensor:
        """Store this level's keys and values; what each node reads of its ancestors: float[node, heads * head_dim]."""
        weights = self._weights
        keys, values = self._keys[layer], self._values[layer]
        if self._compiled:
            out = qkv.new_empty(len(qkv), weights.n_heads * weights.head_dim)
            attend(
                np.uint64(weights.n_heads),
                np.uint64(weights.n_kv_heads),
                np.uint64(weights.head_dim),
                qkv.numpy(),
                self._cosines,
                self._sines,
                positions.numpy(),
                ancestors.numpy(),
                self._n_slots,
                keys.numpy(),
                values.numpy(),
                out.numpy(),
            )
            return out
        here = slice(self._n_slots, self._n_slots + len(qkv))
        query, key, value = qkv.unflatten(-1, (-1, weights.head_dim)).split(
            [weights.n_heads, weights.n_kv_heads, weights.n_kv_heads], dim=1
        )
        cosines, sines = weights.cosines[positions][:, None], weights.sines[positions][:, None]
        keys[here] = _turned(key, cosines, sines).flatten(1)
        values[here] = value.flatten(1)
        read = ancestors.clamp(min=0)
        group = weights.n_heads // weights.n_kv_heads
        attended = functional.scaled_dot_product_attention(
            _turned(query, cosines, sines)[:, :, None],  # [node, heads, 1, head_dim]
            keys[read].unflatten(-1, (weights.n_kv_heads, -1)).transpose(1, 2).repeat_interleave(group, dim=1),
            values[read].unflatten(-1, (weights.n_kv_heads, -1)).transpose(1, 2).repeat_interleave(group, dim=1),
            attn_mask=(ancestors >= 0)[:, None, None],
        )
        return attended.flatten(1)

    def _reserve(self, n_nodes: int) -> None:
        """Make room for the nodes of a level."""
        needed = self._n_slots + n_nodes
        if needed > self._keys.shape[1]:
            self._keys, self._values = (_grown(kept, self._n_slots, 2 * needed) for kept in (self._keys, self._values))


def _add_linear(hidden: Tensor, inputs: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """Add a linear map of `inputs` to `hidden`, in place."""
    hidden.addmm_(inputs, weight.t())
    if bias is not None:
        hidden += bias


def _turned(heads: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """Rotary embeddings (Su et al. 2021, arXiv:2104.09864), in the order of dimensions that Llama has."""
    low, high = heads.chunk(2, dim=-1)
    return heads * cosines + torch.cat([-high, low], dim=-1) * sines


def _grown(kept: Tensor, n_slots: int, size: int) -> Tensor:
    larger = kept.new_empty(kept.shape[0], size, kept.shape[2])
    larger[:, :n_slots] = kept[:, :n_slots]
    return larger
