"""How `generate` is told which token to take, and where a completion ends."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from transformers import LogitsProcessor, StoppingCriteria

from arith_synth.decoding import Decoding, uniforms
from arith_synth.decoding.choosing import choose
from arith_synth.errors import CheckpointError


class FiniteLogits(LogitsProcessor):
    """Raises CheckpointError where a model has no opinion: tokens would be taken all the same, and scored."""

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """int64[row, prompt + new], float[row, vocab] -> the scores."""
        if scores.isnan().any():
            raise CheckpointError("the model's logits are no numbers: its training diverged; use another checkpoint")
        return scores


class KeyedSampling(LogitsProcessor):
    """Leaves one token a row: the one that the row's own stream draws, whatever else is in the batch.

    So samples depend on (seed, task id, number of the sample) and not on torch's random state, nor do they change it:
    `generate`, asked to be greedy, takes the only token that is left. `keys`: uint64[row].
    """

    def __init__(self, keys: np.ndarray, decoding: Decoding, n_prompt: int) -> None:
        self._keys = keys
        self._decoding = decoding
        self._n_prompt = n_prompt

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """int64[row, prompt + new], float[row, vocab] -> float[row, vocab]."""
        numbers = torch.from_numpy(uniforms(self._keys, input_ids.shape[1] - self._n_prompt)).to(scores.device)
        rows = torch.arange(len(scores), device=scores.device)
        chosen = choose(scores, rows, numbers, self._decoding)
        return torch.full_like(scores, -torch.inf).scatter(1, chosen[:, None], 0.0)  # type: ignore[return-value]


class LineEnd(StoppingCriteria):
    """Ends a row with the first token that has a line end in it: what follows is not read."""

    def __init__(self, ends_line: Callable[[int], bool]) -> None:
        self._ends_line = ends_line

    def __call__(self, input_ids: Tensor, scores: Tensor, **kwargs: object) -> Tensor:
        """int64[row, prompt + new] -> bool[row]."""
        tokens, rows = input_ids[:, -1].unique(return_inverse=True)
        ends = torch.tensor([self._ends_line(token) for token in tokens.tolist()], device=input_ids.device)
        return ends[rows]
