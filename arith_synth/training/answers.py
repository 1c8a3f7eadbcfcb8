"""Greedy answers of a model that is being trained, as texts that can be scored."""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerFast

from arith_synth.decoding import Decoding, decode
from arith_synth.errors import ParseError
from arith_synth.grammar import Grammar, to_infix
from arith_synth.modeling import IGNORED_LABEL, ArithSynthForProgramSynthesis
from arith_synth.tokenization import read_program
from arith_synth.training.data import Batch

#: Answers may be so many times as long as the longest target.
_ROOM = 2


class GreedyAnswers:
    """Answers the tasks of batches. Draws no random number, so that training goes on as if nobody had asked."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, grammar: Grammar, notation: str):
        self._model, self._tokenizer, self._grammar, self._notation = model, tokenizer, grammar, notation
        self._canonical = lru_cache(maxsize=1 << 14)(self._uncached)

    def answer(self, batch: Batch, task_ids: tuple[str, ...]) -> list[str]:
        """One text a task, canonical infix where the model has written a program."""
        n_new = _ROOM * batch.labels.shape[1]
        if isinstance(self._model, ArithSynthForProgramSynthesis):
            features = _features(self._model, batch)
            tokens = decode(self._model, features, task_ids, Decoding(max_new_tokens=n_new))[:, 0]
        else:
            tokens = self._generate(batch, n_new)
        return [self._canonical(tuple(row)) for row in tokens.tolist()]

    @torch.no_grad()
    def _generate(self, batch: Batch, n_new: int) -> Tensor:
        """What a text model writes after the prompts of a batch: int64[task, new]."""
        ids, mask = _prompts(batch, self._model.config.pad_token_id)
        model: Any = self._model
        rows = model.generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=GenerationConfig(
                do_sample=False,
                max_new_tokens=n_new,
                eos_token_id=self._tokenizer.eos_token_id,
                pad_token_id=self._tokenizer.pad_token_id,
            ),
        )
        return rows[:, ids.shape[1] :]

    def _uncached(self, ids: tuple[int, ...]) -> str:
        end = self._tokenizer.eos_token_id
        program = ids[: ids.index(end)] if end in ids else ids
        text = str(self._tokenizer.decode(list(program), skip_special_tokens=False)).strip()
        try:
            return to_infix(read_program(text, self._notation, self._grammar))
        except ParseError:
            # Behind the name of its notation, so that it parses as infix neither by intention nor by accident.
            return f"<{self._notation}> {text}"


def _features(model: ArithSynthForProgramSynthesis, batch: Batch) -> Tensor:
    """What the encoder reads of the examples: float[task, n_shown, n_example_features]."""
    inputs = batch.inputs
    if "features" in inputs:
        return inputs["features"]
    return model.features_of(inputs["numerators"], inputs["denominators"], inputs.get("example_inputs"))


def _prompts(batch: Batch, pad_id: int) -> tuple[Tensor, Tensor]:
    """The prompts of a batch for text, their ends aligned: int64[task, longest] ids, and a mask that is 0 on padding.

    In the batch a prompt begins its row, and ends where the first label is wanted.
    """
    ids = batch.inputs["input_ids"]
    first_wanted = (batch.labels != IGNORED_LABEL).int().argmax(dim=1)
    lengths = ids.shape[1] - batch.labels.shape[1] + 1 + first_wanted  # int64[task]
    longest = int(lengths.max())
    places = torch.arange(longest, device=ids.device) - (longest - lengths)[:, None]
    mask = (places >= 0).long()
    return ids.gather(1, places.clamp(min=0)).masked_fill(mask == 0, pad_id), mask
