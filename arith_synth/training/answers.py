"""Greedy answers of a model that is being trained, as texts that can be scored."""

from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, PreTrainedModel

from arith_synth.decoding import CompletionReader, Decoding, decode
from arith_synth.modeling import IGNORED_LABEL, ArithSynthForProgramSynthesis
from arith_synth.training.data import Batch

#: Answers may be so many times as long as the longest target.
_ROOM = 2


class GreedyAnswers:
    """Answers the tasks of batches. Draws no random number, so that training goes on as if nobody had asked."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model, self._reader = model, CompletionReader(model.config)

    def answer(self, batch: Batch, task_ids: tuple[str, ...]) -> list[str]:
        """One text a task, canonical infix where the model has written a program."""
        n_new = _ROOM * batch.labels.shape[1]
        if isinstance(self._model, ArithSynthForProgramSynthesis):
            features = _features(self._model, batch)
            tokens = decode(self._model, features, task_ids, Decoding(max_new_tokens=n_new))
        else:
            tokens = self._generate(batch, n_new)[:, None]
        return [only for (only,) in self._reader.read(tokens)]

    @torch.no_grad()
    def _generate(self, batch: Batch, n_new: int) -> Tensor:
        """What a text model writes after the prompts of a batch: int64[task, new]."""
        model: Any = self._model
        ids, mask = _prompts(batch, model.config.pad_token_id)
        rows = model.generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=GenerationConfig(
                do_sample=False,
                max_new_tokens=n_new,
                eos_token_id=model.config.eos_token_id,
                pad_token_id=model.config.pad_token_id,
            ),
        )
        return rows[:, ids.shape[1] :]


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
