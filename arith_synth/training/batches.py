"""The order of training tasks: a permutation of its own for each epoch, found again from (seed, step) alone."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from arith_synth.errors import UsageError
from arith_synth.modeling import IGNORED_LABEL, ArithSynthConfig
from arith_synth.seeding import keyed_hash
from arith_synth.training.tasks import ModelTasks


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What the model is fed.

    Shapes: input_ids int64[batch, n_prefix + length - 1]; features float32[batch, n_shown, n_features];
    labels int64[batch, length]: what the last `length` logits should say.
    """

    input_ids: Tensor
    features: Tensor
    labels: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same batch on `device`."""
        return Batch(
            input_ids=self.input_ids.to(device), features=self.features.to(device), labels=self.labels.to(device)
        )


class BatchOrder:
    """Which tasks step `t` takes. The tasks that are left over at the end of an epoch wait for the next one."""

    def __init__(self, n_tasks: int, batch_size: int, seed: int) -> None:
        if n_tasks < batch_size:
            raise UsageError(
                f"--batch-size {batch_size} is more than the {n_tasks} tasks of the split; make it smaller"
            )
        self.steps_per_epoch = n_tasks // batch_size
        self._n_tasks, self._batch_size, self._seed = n_tasks, batch_size, seed
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.long)

    def tasks_of(self, step: int) -> Tensor:
        """Row numbers of the tasks of a step, counted from 0: int64[batch_size]."""
        epoch, place = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            key = keyed_hash("training", self._seed, "batch order", epoch, bits=128)
            permutation = np.random.Generator(np.random.Philox(key=key)).permutation(self._n_tasks)
            self._epoch, self._order = epoch, torch.from_numpy(permutation)
        return self._order[place * self._batch_size : (place + 1) * self._batch_size]


def collate(tasks: ModelTasks, rows: Tensor | slice, config: ArithSynthConfig) -> Batch:
    """The batch of some rows: a gather, and the placeholders in front. No Python per task."""
    labels = tasks.labels[rows]
    # Where nothing is wanted, any token will do: it stands after the end, where no wanted logit attends to it.
    inputs = labels[:, :-1].masked_fill(labels[:, :-1] == IGNORED_LABEL, config.pad_token_id)
    placeholders = inputs.new_full((len(labels), config.n_prefix), config.example_token_id)
    return Batch(
        input_ids=torch.cat([placeholders, inputs], dim=1),
        features=tasks.features[rows].float(),
        labels=labels,
    )
