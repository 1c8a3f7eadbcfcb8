"""Answers of a model that runs here: batch by batch, always the same batches."""

from collections.abc import Callable, Iterator, Sequence

import torch

from arith_synth.errors import CapacityError
from arith_synth.evaluation.answers import Answer, Lacking
from arith_synth.training.device import flushed_denormals

#: The completions of each task, all equally many, and how many tokens were generated for each task.
Completions = tuple[list[tuple[str, ...]], list[int]]


def answer_in_batches(
    task_ids: Sequence[str], batch_size: int, complete: Callable[[slice], Completions], lacking: Lacking
) -> Iterator[list[Answer]]:
    """The answers that are lacking, a batch of `batch_size` tasks at a time.

    A batch that lacks any is computed whole, as an evaluation that nobody interrupted computes it: a sum of floats, and
    so a close choice, may depend on what else is in the batch. `complete` takes the rows of a batch. Raises
    CapacityError when a batch is too large for the device.
    """
    for start in range(0, len(task_ids), batch_size):
        rows = slice(start, start + batch_size)
        if not any(lacking(task_id) for task_id in task_ids[rows]):
            continue
        try:
            with flushed_denormals():
                texts, n_tokens = complete(rows)
        except RuntimeError as error:
            if not isinstance(error, torch.OutOfMemoryError) and "can't allocate memory" not in str(error):
                raise
            raise CapacityError("the memory of the device is full; say a lower --batch-size, then go on") from error
        yield [
            Answer(task_id=task_id, completions=completions, n_tokens=n)
            for task_id, completions, n in zip(task_ids[rows], texts, n_tokens, strict=True)
            if lacking(task_id)
        ]
