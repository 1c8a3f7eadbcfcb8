"""The one place that knows where a model keeps its weights: read once, and joined as the decoding wants them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import LlamaModel

from arith_synth.errors import CheckpointError, UsageError
from arith_synth.modeling import ArithSynthForProgramSynthesis


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayerWeights:
    """One layer. Matrices are [outputs, inputs] as in `nn.Linear`; biases are None where the model has none."""

    attention_norm: Tensor
    qkv: Tensor
    qkv_bias: Tensor | None
    attended: Tensor
    attended_bias: Tensor | None
    mlp_norm: Tensor
    gate_up: Tensor
    gate_up_bias: Tensor | None
    down: Tensor
    down_bias: Tensor | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DecoderWeights:
    """A Llama decoder and its head.

    Shapes: embeddings [vocab, hidden]; head [vocab, hidden]; cosines, sines [position, head_dim].
    """

    embeddings: Tensor
    layers: tuple[LayerWeights, ...]
    norm: Tensor
    head: Tensor
    head_bias: Tensor | None
    cosines: Tensor
    sines: Tensor
    n_heads: int
    n_kv_heads: int
    head_dim: int
    epsilon: float
    activation: Callable[[Tensor], Tensor]


def read_weights(model: ArithSynthForProgramSynthesis, n_positions: int) -> DecoderWeights:
    """The decoder of a model, with rotations of the first `n_positions` positions.

    Raises UsageError when its decoder is no LlamaModel or its rotations depend on the length of the text,
    CheckpointError when its rotations do not turn whole heads.
    """
    decoder, config = model.decoder, model.config
    if type(decoder) is not LlamaModel:
        raise UsageError(f"a decoder of type {type(decoder).__name__} is decoded by generate; this needs a LlamaModel")
    if decoder.rotary_emb.rope_type in ("dynamic", "longrope"):
        raise UsageError(
            f"rope_type {decoder.rotary_emb.rope_type!r} is decoded by generate; this needs fixed rotations"
        )
    positions = torch.arange(n_positions, device=model.device)[None]
    embeddings = decoder.embed_tokens.weight.detach()
    cosines, sines = decoder.rotary_emb(embeddings, positions)
    first: Any = decoder.layers[0]
    head_dim = first.self_attn.head_dim
    if cosines.shape[-1] != head_dim:  # a kernel would read beyond them
        raise CheckpointError(
            f"the rotations of the model turn {cosines.shape[-1]} numbers and its heads have {head_dim}; "
            "correct head_dim and rope_parameters in its config.json"
        )
    return DecoderWeights(
        embeddings=embeddings,
        layers=tuple(_layer(layer) for layer in decoder.layers),
        norm=decoder.norm.weight.detach(),
        head=model.lm_head.weight.detach(),
        head_bias=None if model.lm_head.bias is None else model.lm_head.bias.detach(),
        cosines=cosines[0].contiguous(),
        sines=sines[0].contiguous(),
        n_heads=config.num_attention_heads,
        n_kv_heads=config.num_key_value_heads or config.num_attention_heads,
        head_dim=head_dim,
        epsilon=decoder.norm.variance_epsilon,
        activation=first.mlp.act_fn,
    )


@torch.inference_mode()
def prefix_embeddings(model: ArithSynthForProgramSynthesis, features: Tensor) -> Tensor:
    """What the decoder sees of the examples: features float[task, n_shown, n_features] -> [task, n_prefix, hidden]."""
    prompt = model.prompt_ids(len(features))
    return model._embed(prompt, features=features, is_first=True)


def _layer(layer: Any) -> LayerWeights:
    attention, mlp = layer.self_attn, layer.mlp
    qkv, qkv_bias = _joined(attention.q_proj, attention.k_proj, attention.v_proj)
    attended, attended_bias = _joined(attention.o_proj)
    gate_up, gate_up_bias = _joined(mlp.gate_proj, mlp.up_proj)
    down, down_bias = _joined(mlp.down_proj)
    return LayerWeights(
        attention_norm=layer.input_layernorm.weight.detach(),
        qkv=qkv,
        qkv_bias=qkv_bias,
        attended=attended,
        attended_bias=attended_bias,
        mlp_norm=layer.post_attention_layernorm.weight.detach(),
        gate_up=gate_up,
        gate_up_bias=gate_up_bias,
        down=down,
        down_bias=down_bias,
    )


def _joined(*linears: nn.Linear) -> tuple[Tensor, Tensor | None]:
    """The linear map to the outputs of all, one after the other."""
    weight = torch.cat([linear.weight.detach() for linear in linears])
    if linears[0].bias is None:
        return weight, None
    return weight, torch.cat([linear.bias.detach() for linear in linears])
