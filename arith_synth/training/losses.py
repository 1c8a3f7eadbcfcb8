"""The loss of a batch."""

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from arith_synth.modeling import IGNORED_LABEL
from arith_synth.training.data import Batch


def batch_loss(model: nn.Module, batch: Batch, label_smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy (nats) over the wanted tokens of a batch: a scalar."""
    output = model(**batch.inputs, use_cache=False, logits_to_keep=batch.labels.shape[1])
    return cross_entropy(
        output.logits.float().flatten(0, 1),
        batch.labels.flatten(),
        ignore_index=IGNORED_LABEL,
        label_smoothing=label_smoothing,
    )
