"""The order of a split's tasks: a permutation of its own for each epoch, found again from (seed, step) alone."""

import numpy as np

from arith_synth.errors import UsageError
from arith_synth.seeding import keyed_hash


class BatchOrder:
    """Which tasks step `t` takes. The tasks that are left over at the end of an epoch wait for the next one."""

    def __init__(self, n_tasks: int, batch_size: int, seed: int) -> None:
        if n_tasks < batch_size:
            raise UsageError(
                f"--batch-size {batch_size} is more than the {n_tasks} tasks of the split; make it smaller"
            )
        self.steps_per_epoch = n_tasks // batch_size
        self._n_tasks, self._batch_size, self._seed = n_tasks, batch_size, seed
        self._epoch, self._order = -1, np.empty(0, dtype=np.int64)

    def epoch_of(self, step: int) -> int:
        """The epoch that a step is in, counted from 0."""
        return step // self.steps_per_epoch

    def tasks_of(self, step: int) -> np.ndarray:
        """Row numbers of the tasks of a step, counted from 0: int64[batch_size]."""
        epoch, place = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            key = keyed_hash("training", self._seed, "batch order", epoch, bits=128)
            self._order = np.random.Generator(np.random.Philox(key=key)).permutation(self._n_tasks)
            self._epoch = epoch
        return self._order[place * self._batch_size : (place + 1) * self._batch_size]
