"""A loss that is no finite number ends a run: no later step could mend it."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from arith_synth.errors import CheckpointError
from arith_synth.training.progress import Progress

_REMEDY = "lower --lr and --muon-lr, set --clip 1, lengthen --warmup or say --precision fp32, with another --output"


class TrainingDivergedError(CheckpointError):
    """The loss is not a number any more."""


class Losses:
    """The losses of steps, read from the device when there is a reason to wait for it."""

    def __init__(self) -> None:
        self._unread: list[Tensor] = []
        self.last: float | None = None

    def add(self, loss_and_tokens: Tensor) -> None:
        """Take the answer of `Step.backward`."""
        self._unread.append(loss_and_tokens)

    def read(self, progress: Progress, step: int, keep: Callable[[], Path] | None = None) -> Progress:
        """The progress with all losses up to that of `step`, the last one added, counted from 1; waits for the device.

        Raises TrainingDivergedError, naming the step, when one is no finite number; `keep` saves the state aside first.
        """
        if not self._unread:
            return progress
        rows = [(loss, int(n_tokens)) for loss, n_tokens in self._checked(step, keep)]
        self.last = rows[-1][0]
        return progress.after_losses(rows)

    def _checked(self, step: int, keep: Callable[[], Path] | None) -> list[list[float]]:
        rows = torch.stack(self._unread).tolist()
        self._unread.clear()
        for place, (loss, _) in enumerate(rows, start=step - len(rows) + 1):
            if not math.isfinite(loss):
                kept = f"; the state before it is in {keep()}" if keep is not None else ""
                raise TrainingDivergedError(f"the loss is {loss} at step {place}; {_REMEDY}{kept}")
        return rows


def check_finite(line: Mapping[str, Any], step: int) -> None:
    """Raises TrainingDivergedError when a number that was measured after `step` steps is none."""
    for name, value in line.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise TrainingDivergedError(f"{name} is {value} after step {step}; {_REMEDY}")
