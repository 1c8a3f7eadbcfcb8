"""The decoding loop: encode the examples once, then one cached step of the decoder for each new token."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache

from arith_synth.decoding.streams import stream_keys, uniforms
from arith_synth.errors import UsageError
from arith_synth.grammar import MAX_LEAVES
from arith_synth.modeling import ArithSynthForProgramSynthesis

#: Ended rows are dropped from the cache when at most this share of its rows goes on.
_DROP_BELOW = 0.75


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """How completions are drawn. `temperature` 0 is greedy; `top_p` keeps the likeliest tokens of that mass.

    Raises UsageError at birth when an option makes no sense.
    """

    n_samples: int = 1
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    max_new_tokens: int = 2 * MAX_LEAVES

    def __post_init__(self) -> None:
        if self.n_samples < 1 or self.max_new_tokens < 1:
            raise UsageError("--samples and the number of new tokens must be at least 1")
        if not 0 <= self.temperature < float("inf"):
            raise UsageError(f"--temperature must be 0 (greedy) or a positive number, not {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise UsageError(f"--top-p must be greater than 0 and at most 1, not {self.top_p}")
        if self.temperature == 0 and self.n_samples > 1:
            raise UsageError("greedy samples are all the same; give --temperature, for example 0.8, with --samples")


@torch.inference_mode()
def decode(
    model: ArithSynthForProgramSynthesis,
    features: Tensor,
    task_ids: Sequence[str],
    decoding: Decoding,
) -> Tensor:
    """New token ids of one batch, each row `<pad>` after its `<eos>`.

    Shapes: features float[task, n_shown, n_features] -> int64[task, n_samples, new], with `new` as long as the longest
    completion. A sampled completion depends on (seed, task id, its number) alone, not on the batch; greedy
    ones are those of `model.generate`.
    """
    pad, eos = model.config.pad_token_id, model.config.eos_token_id
    n_tasks, n_rows = len(task_ids), len(task_ids) * decoding.n_samples
    model.eval()
    cache = DynamicCache(config=model.config)
    prompt = model.prompt_ids(n_tasks)
    logits = model(prompt, features=features, past_key_values=cache, use_cache=True, logits_to_keep=1).logits[:, -1]
    if decoding.n_samples > 1:  # the prompt is computed once for all samples of a task
        cache.batch_repeat_interleave(decoding.n_samples)
        logits = logits.repeat_interleave(decoding.n_samples, dim=0)
    keys = stream_keys(task_ids, decoding.n_samples, decoding.seed).reshape(-1)

    tokens = torch.full((n_rows, decoding.max_new_tokens), pad, dtype=torch.long, device=logits.device)
    rows = torch.arange(n_rows, device=logits.device)  # rows of `tokens` that the cache still holds
    ended = torch.zeros_like(rows, dtype=torch.bool)
    for step in range(decoding.max_new_tokens):
        chosen = _choose(logits, decoding, keys, step).masked_fill(ended, pad)
        tokens[rows, step] = chosen
        ended |= chosen == eos
        going = (~ended).nonzero().flatten()
        if len(going) == 0 or step + 1 == decoding.max_new_tokens:
            return tokens[:, : step + 1].reshape(n_tasks, decoding.n_samples, -1)
        # Dropping ended rows copies the cache: worth it only when enough of them have ended.
        if len(going) <= _DROP_BELOW * len(rows):
            rows, chosen, ended, keys = rows[going], chosen[going], ended[going], keys[going.cpu().numpy()]
            cache.batch_select_indices(going)
        logits = model(chosen[:, None], past_key_values=cache, use_cache=True).logits[:, -1]
    raise AssertionError("the loop returns at its last step")


def _choose(logits: Tensor, decoding: Decoding, keys: np.ndarray, step: int) -> Tensor:
    """The next token of each row: float[row, vocab] -> int64[row]."""
    if decoding.temperature == 0:
        return logits.argmax(dim=-1)
    probabilities = (logits.double() / decoding.temperature).softmax(dim=-1)
    ordered, token_ids = probabilities.sort(dim=-1, descending=True, stable=True)
    before = ordered.cumsum(dim=-1) - ordered
    cumulative = ordered.masked_fill(before >= decoding.top_p, 0.0).cumsum(dim=-1)
    drawn = torch.from_numpy(uniforms(keys, step)).to(logits.device)[:, None] * cumulative[:, -1:]
    place = (cumulative <= drawn).sum(dim=-1, keepdim=True).clamp(max=logits.shape[-1] - 1)
    return token_ids.gather(1, place).flatten()
