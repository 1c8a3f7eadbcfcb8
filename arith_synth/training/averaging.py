"""An exponential moving average of the weights: what is measured and saved, when a run keeps one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn


class WeightAverage:
    """The average of a model's parameters; `decay` None keeps none, and everything here then does nothing.

    The first updates weigh more, (1 + n) / (10 + n) instead of `decay` where that is less: a short run is not held
    back by its random initial weights.
    """

    def __init__(self, model: nn.Module, decay: float | None) -> None:
        self._decay = decay
        self._parameters = [] if decay is None else list(model.parameters())
        self._n_updates = 0
        self._averages = [parameter.detach().clone() for parameter in self._parameters]

    @torch.no_grad()
    def update(self) -> None:
        """Take in the parameters as they are now."""
        if self._decay is None:
            return
        decay = min(self._decay, (1 + self._n_updates) / (10 + self._n_updates))
        now = [parameter.detach() for parameter in self._parameters]
        torch._foreach_lerp_(self._averages, now, 1 - decay)  # pyright: ignore[reportPrivateImportUsage]
        self._n_updates += 1

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Within the block the model's parameters are their averages."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {"n_updates": self._n_updates, "averages": self._averages}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict()`."""
        self._n_updates = state["n_updates"]
        with torch.no_grad():
            for average, saved in zip(self._averages, state["averages"], strict=True):
                average.copy_(saved)

    @torch.no_grad()
    def _swap(self) -> None:
        for parameter, average in zip(self._parameters, self._averages, strict=True):
            held = parameter.detach().clone()
            parameter.copy_(average)
            average.copy_(held)
