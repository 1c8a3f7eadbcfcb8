"""The loss of a batch, and of a whole set of tasks."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from arith_synth.modeling import IGNORED_LABEL, ArithSynthConfig
from arith_synth.training.batches import Batch, collate
from arith_synth.training.tasks import ModelTasks


def batch_loss(model: nn.Module, batch: Batch, label_smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy (nats) over the wanted tokens of a batch: a scalar."""
    n_wanted = batch.labels.shape[1]
    output = model(batch.input_ids, features=batch.features, use_cache=False, logits_to_keep=n_wanted)
    return cross_entropy(
        output.logits.float().flatten(0, 1),
        batch.labels.flatten(),
        ignore_index=IGNORED_LABEL,
        label_smoothing=label_smoothing,
    )


@torch.no_grad()
def mean_loss(model: nn.Module, tasks: ModelTasks, model_config: ArithSynthConfig, batch_size: int) -> float:
    """Mean cross-entropy (nats a token) over all tasks, without dropout; leaves the model in training mode."""
    device = next(model.parameters()).device
    model.eval()
    total, n_tokens = 0.0, 0
    for start in range(0, len(tasks), batch_size):
        batch = collate(tasks, slice(start, start + batch_size), model_config)
        n_wanted = int((batch.labels != IGNORED_LABEL).sum())
        total += batch_loss(model, batch.to(device)).item() * n_wanted
        n_tokens += n_wanted
    model.train()
    return total / n_tokens
