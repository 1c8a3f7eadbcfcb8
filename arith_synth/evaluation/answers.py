"""What a model of any family gives: the predictions of a split, and how many tokens they took."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from rich.console import Console
from rich.progress import track

from arith_synth.data.folder import DatasetFolder
from arith_synth.errors import CapacityError
from arith_synth.grammar import Grammar
from arith_synth.scoring import Prediction

#: The completions of each task, all equally many, and how many tokens were generated for them.
Completions = tuple[list[tuple[str, ...]], int]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """A split's predictions in its order. `n_tokens` counts what was generated, end tokens too, padding not."""

    predictions: list[Prediction]
    n_tokens: int


@dataclass(frozen=True, kw_only=True)
class Answerer:
    """A loaded model that answers splits.

    `sha256` names the files that decide its answers. `grammar`: the one it was made for, None when it was made for
    none. `about`: what run.json says of it, its family and number of parameters at least. `answer` takes a dataset
    folder and the name of a split.
    """

    sha256: str
    grammar: Grammar | None
    about: dict[str, Any]
    answer: Callable[[DatasetFolder, str], Answers]


def answer_in_batches(
    task_ids: Sequence[str], batch_size: int, complete: Callable[[slice], Completions], *, split: str, seed: int
) -> Answers:
    """The answers of a split, `batch_size` tasks at a time, with a bar where somebody watches.

    `complete` takes the rows of a batch. Raises CapacityError when a batch is too large for the device.
    """
    console = Console(stderr=True)
    starts = range(0, len(task_ids), batch_size)
    predictions: list[Prediction] = []
    n_tokens = 0
    for start in track(starts, split, console=console, disable=not console.is_terminal, transient=True):
        rows = slice(start, start + batch_size)
        try:
            texts, n_new = complete(rows)
        except RuntimeError as error:
            if not isinstance(error, torch.OutOfMemoryError) and "can't allocate memory" not in str(error):
                raise
            raise CapacityError("the memory of the device is full; say a lower --batch-size, then go on") from error
        n_tokens += n_new
        predictions.extend(
            Prediction(task_id=task_id, completions=completions, seed=seed)
            for task_id, completions in zip(task_ids[rows], texts, strict=True)
        )
    return Answers(predictions=predictions, n_tokens=n_tokens)
