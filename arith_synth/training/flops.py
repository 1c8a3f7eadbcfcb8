"""Floating-point operations of a training step, by a formula instead of a counter.

A matrix parameter costs 2 operations for each vector that goes through it, and twice that again backward: 6 in all.
Vectors are: a task in the encoder, which reads it once (an example, where each is a token of its own); a position of
the text in the decoder's layers, padding too; a place with a label in the output layer. Attention adds 12 · layers ·
width · time² a task, its masked half included, as is usual (Chowdhery et al. 2022, arXiv:2204.02311, appendix B).
Look-ups, norms and activations are not counted, nor is what an optimizer does.
"""

from dataclasses import dataclass
from typing import Any

from torch import nn
from transformers import PreTrainedModel

from arith_synth.training.data import Batch

_PER_WEIGHT = 6
_ATTENTION = 12


@dataclass(frozen=True, kw_only=True)
class FlopFormula:
    """Operations for each task, for each position read, for each place scored, and for each pair of positions."""

    per_task: int
    per_position: int
    per_place: int
    per_pair: int

    def of(self, batch: Batch) -> float:
        """Operations of a step forward and backward on a batch."""
        n_tasks, time = batch.inputs["input_ids"].shape
        places = batch.labels.shape[1]
        return float(
            n_tasks * (self.per_task + self.per_position * time + self.per_place * places + self.per_pair * time**2)
        )


def flop_formula(model: PreTrainedModel) -> FlopFormula:
    """The formula of a model with a Llama decoder, and an `encoder` or none."""
    config = model.config
    encoder: Any = getattr(model, "encoder", None)
    # Where each example is a token of its own, the encoder's matrices are used for each of them.
    n_uses = config.n_shown if getattr(config, "encoder", None) == "tokens" else 1
    layers: Any = model.get_decoder().layers
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return FlopFormula(
        per_task=_PER_WEIGHT * n_uses * (0 if encoder is None else _n_matrix_weights(encoder)),
        per_position=_PER_WEIGHT * _n_matrix_weights(layers),
        per_place=_PER_WEIGHT * config.vocab_size * config.hidden_size,
        per_pair=_ATTENTION * config.num_hidden_layers * config.num_attention_heads * head_dim,
    )


def _n_matrix_weights(module: nn.Module) -> int:
    """Weights of all maps in a module; embeddings are looked up, not multiplied."""
    parts = [part for part in module.modules() if not isinstance(part, nn.Embedding)]
    own = [part._parameters.get("weight") for part in parts]
    return sum(weight.numel() for weight in own if weight is not None and weight.ndim == 2)
