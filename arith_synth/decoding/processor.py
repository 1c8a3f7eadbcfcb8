"""The grammar mask for `generate` of transformers: whatever the model, it then writes programs of the grammar."""

import torch
from torch import Tensor
from transformers import LogitsProcessor

from arith_synth.decoding.mask import GrammarMask, MaskState


class GrammarLogitsProcessor(LogitsProcessor):
    """Gives no chance to tokens that `mask` does not allow after the first `n_prompt` tokens.

    Example: `model.generate(ids, logits_processor=[GrammarLogitsProcessor(mask, ids.shape[1])], max_new_tokens=64)`,
    with as many new tokens as the mask was made for. The model must have the token ids of `build_tokenizer`, as those
    of `build_text_tokenizer` have; the mask the model's `vocab_size`. It may be used again, and with beams.
    """

    def __init__(self, mask: GrammarMask, n_prompt: int) -> None:
        self._mask = mask
        self._n_prompt = n_prompt
        self._read: Tensor | None = None  # the new tokens after which `_state` is
        self._state: MaskState | None = None

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """The scores of the tokens that may follow, and -inf: float[row, vocab] -> float[row, vocab]."""
        allowed = self._mask.allowed(self._state_after(input_ids[:, self._n_prompt :]))
        return scores.masked_fill(~allowed, -torch.inf)  # type: ignore[return-value]

    def _state_after(self, tokens: Tensor) -> MaskState:
        """One step from the last call, unless rows were exchanged since, as beams are, or it is another call."""
        state, read = self._state, self._read
        if state is None or read is None or not (tokens.shape[1] and torch.equal(tokens[:, :-1], read)):
            state = self._mask.start(len(tokens))
            read = tokens[:, :0]
        for place in range(read.shape[1], tokens.shape[1]):
            state = self._mask.advance(state, tokens[:, place])
        self._state, self._read = state, tokens.clone()
        return state
