"""What a model can do at a moment of its training: its loss and its greedy answers on a few tasks."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from arith_synth.data.folder import DatasetFolder
from arith_synth.grammar import Grammar, parse_infix
from arith_synth.modeling import IGNORED_LABEL
from arith_synth.scoring import Scorer, Task, task_of
from arith_synth.semantics.execution import outputs_of
from arith_synth.training.answers import GreedyAnswers
from arith_synth.training.data import Batch, collate, evaluation_tasks
from arith_synth.training.losses import batch_loss

#: Tasks that are measured at a time.
_ROWS = 256


@dataclass(frozen=True, kw_only=True)
class TaskSet:
    """Tasks as the model reads them and as scoring does, in the same order."""

    batches: Sequence[Batch]
    scored: Sequence[Task]

    def __len__(self) -> int:
        return len(self.scored)


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """`loss`: nats a token, without dropout; `answers`, `correct`: one a task."""

    loss: float
    answers: tuple[str, ...]
    correct: tuple[bool, ...]

    @property
    def accuracy(self) -> float:
        """Greedy execution accuracy; NaN of a model that is broken and could not answer."""
        return sum(self.correct) / len(self.correct) if self.correct else math.nan


def read_task_set(
    folder: DatasetFolder,
    config: str,
    split: str,
    model_config: Any,
    *,
    limit: int,
    n_shown: int | None,
    device: torch.device,
    rewritten: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
) -> TaskSet:
    """The first `limit` tasks of a split (all, if there are fewer), each with its first `n_shown` examples.

    That is a choice by keyed hash: tasks are numbered in the order of one. `rewritten`: of `evaluation_tasks`. Raises
    DatasetError when it is damaged.
    """
    tasks = evaluation_tasks(folder, config, split, model_config, limit=limit, n_shown=n_shown, rewritten=rewritten)
    starts = range(0, len(tasks), _ROWS)
    points: dict[Any, Any] = {}
    return TaskSet(
        batches=[collate(tasks, slice(start, start + _ROWS), model_config).to(device) for start in starts],
        scored=[task_of(row, points) for row in folder.read(config, split).slice(0, limit).to_pylist()],
    )


def with_held_out(tasks: TaskSet, example: Task, grammar: Grammar) -> TaskSet:
    """Training tasks hold nothing out: here they get the held-out inputs of a task of the same config.

    Their outputs there are those of their targets, so that seen and unseen tasks are judged alike.
    """
    points = example.heldout_inputs
    return replace(
        tasks,
        scored=[
            replace(
                task,
                heldout_inputs=points,
                heldout_outputs=tuple(outputs_of(parse_infix(task.program, grammar), grammar, points)),
            )
            for task in tasks.scored
        ],
    )


@torch.no_grad()
def measure(model: nn.Module, tasks: TaskSet, answers: GreedyAnswers, scorer: Scorer) -> Measurement:
    """Loss and greedy answers on all tasks; leaves the model in training mode.

    There are no answers where the loss is no finite number: such a model can give none.
    """
    model.eval()
    total, n_tokens = 0.0, 0
    for batch in tasks.batches:
        n_wanted = int((batch.labels != IGNORED_LABEL).sum())
        total += batch_loss(model, batch).item() * n_wanted
        n_tokens += n_wanted
    texts: list[str] = []
    if math.isfinite(total):
        for batch in tasks.batches:
            ids = tuple(task.task_id for task in tasks.scored[len(texts) : len(texts) + len(batch.labels)])
            texts += answers.answer(batch, ids)
    model.train()
    correct = tuple(scorer.verdict(task, text).correct for task, text in zip(tasks.scored, texts, strict=False))
    return Measurement(loss=total / n_tokens, answers=tuple(texts), correct=correct)
