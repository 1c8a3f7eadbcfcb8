"""The loss of a batch, in the fast way where that is one."""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import LlamaModel
from transformers.models.llama.modeling_llama import LlamaDecoderLayer

from arith_synth.modeling import ArithSynthForProgramSynthesis
from arith_synth.training.data import Batch
from arith_synth.training.fused.decoder import DecoderLoss, Task
from arith_synth.training.fused.layer import Attending
from arith_synth.training.fused.rows import rows_of
from arith_synth.training.losses import batch_loss

_LENGTH_DEPENDENT = ("dynamic", "longrope")


def fused_loss(model: nn.Module, batch: Batch, label_smoothing: float = 0.0) -> Tensor:
    """What `batch_loss` returns, for a model that `can_fuse`, to the rounding of float32; so are its gradients.

    A batch that is not as the loop makes them is left to `batch_loss`.
    """
    assert isinstance(model, ArithSynthForProgramSynthesis)
    config, inputs, decoder = model.config, batch.inputs, model.decoder
    if set(inputs) != {"input_ids", "features"}:
        return batch_loss(model, batch, label_smoothing)
    ids = inputs["input_ids"]
    embeddings = decoder.embed_tokens.weight
    rows = rows_of(
        ids,
        batch.labels,
        n_prefix=config.n_prefix,
        placeholder=config.example_token_id,
        n_tokens=len(embeddings),
    )
    if rows is None:
        return batch_loss(model, batch, label_smoothing)
    first: Any = decoder.layers[0]
    cosines, sines = decoder.rotary_emb(embeddings, torch.arange(rows.n_positions)[None])
    how = Attending(
        n_heads=config.num_attention_heads,
        scale=first.self_attn.scaling,
        epsilon=decoder.norm.variance_epsilon,
        cosines=cosines[0].contiguous(),
        sines=sines[0].contiguous(),
        firsts=rows.firsts,
    )
    task = Task(rows=rows, how=how, smoothing=label_smoothing, padding=decoder.embed_tokens.padding_idx)
    weights = [weight for layer in decoder.layers for weight in _weights(layer)]
    prefix = model.encoder(inputs["features"])
    loss: Any = DecoderLoss.apply(task, prefix, embeddings, decoder.norm.weight, model.lm_head.weight, *weights)
    return loss


def can_fuse(model: nn.Module) -> bool:
    """Whether `fused_loss` is for this model: ours, as it was made, on a CPU in float32, a layer at least.

    Not with attention dropout or biases, with fewer heads for keys than for queries, with another activation than
    SiLU, with rotations that depend on the length of a text, or with gradient checkpoints.
    """
    if type(model) is not ArithSynthForProgramSynthesis or type(model.decoder) is not LlamaModel:
        return False
    config, decoder = model.config, model.decoder
    return (
        all(weight.device.type == "cpu" and weight.dtype == torch.float32 for weight in model.parameters())
        and len(decoder.layers) > 0
        and all(_is_plain(layer) for layer in decoder.layers)
        and config.attention_dropout == 0
        and config.hidden_act in ("silu", "swish")
        and config.num_key_value_heads in (None, config.num_attention_heads)
        and decoder.rotary_emb.rope_type not in _LENGTH_DEPENDENT
        and type(model.lm_head) is nn.Linear
        and model.lm_head.bias is None
        and decoder.embed_tokens.max_norm is None
        and not any(getattr(module, "gradient_checkpointing", False) for module in model.modules())
    )


def _is_plain(layer: Any) -> bool:
    """Whether a layer is Llama's, of linear maps without biases."""
    if type(layer) is not LlamaDecoderLayer:
        return False
    attention, mlp = layer.self_attn, layer.mlp
    linears = (*_attention_maps(attention), *_mlp_maps(mlp))
    return all(type(linear) is nn.Linear and linear.bias is None for linear in linears)


def _weights(layer: Any) -> list[Tensor]:
    """Those of a layer, in the order in which `DecoderLoss` takes them."""
    return [
        layer.input_layernorm.weight,
        *(linear.weight for linear in _attention_maps(layer.self_attn)),
        layer.post_attention_layernorm.weight,
        *(linear.weight for linear in _mlp_maps(layer.mlp)),
    ]


def _attention_maps(attention: Any) -> tuple[nn.Linear, ...]:
    return attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj


def _mlp_maps(mlp: Any) -> tuple[nn.Linear, ...]:
    return mlp.gate_proj, mlp.up_proj, mlp.down_proj
