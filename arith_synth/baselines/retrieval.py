"""Retrieval: answer a task with the target of the training task whose shown outputs are nearest.

Only what a task shows is used, and of that only the outputs, position by position: coordinates, distances and regions
come from inputs that no model sees.
"""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from arith_synth.baselines.output_logarithms import logarithms_of_column, logarithms_of_rows
from arith_synth.data.folder import DatasetFolder
from arith_synth.errors import DatasetError
from arith_synth.names import TRAIN_PREFIX
from arith_synth.scoring import Task, TrainingTargets
from arith_synth.spaces.neighbours import nearest_k


def training_targets_of(
    folder: DatasetFolder, config: str, tasks: Sequence[Task], *, split: str = TRAIN_PREFIX
) -> TrainingTargets:
    """What scoring needs to tell copies: the targets of a training split, and for each task the nearest one.

    Raises UnknownNameError when the config has no such split, DatasetError when a file is damaged or the tasks show
    another number of outputs than the training tasks.
    """
    targets, answers = nearest_targets(folder, config, tasks, n=1, split=split)
    nearest = {task.task_id: programs[0] for task, programs in zip(tasks, answers, strict=True)}
    return TrainingTargets(programs=frozenset(targets), nearest=MappingProxyType(nearest))


def nearest_targets(
    folder: DatasetFolder, config: str, tasks: Sequence[Task], *, n: int, split: str = TRAIN_PREFIX
) -> tuple[list[str], list[list[str]]]:
    """The targets of a training split in the order of its rows, and for each task those of the n nearest rows.

    Nearest first, and as many as there are where the split has fewer rows. Raises as `training_targets_of` does.
    """
    rows = folder.read(config, split, ["program", "outputs"])
    targets: list[str] = rows.column("program").to_pylist()
    if not tasks:
        return targets, []
    trained = logarithms_of_column(rows.column("outputs"))
    asked = logarithms_of_rows([task.outputs for task in tasks])
    nearest = nearest_rows(asked, trained, min(n, len(targets)))
    return targets, [[targets[row] for row in found] for found in nearest.tolist()]


def nearest_rows(asked: np.ndarray, trained: np.ndarray, n: int) -> np.ndarray:
    """The n rows of `trained` that are nearest to each row of `asked`, by Euclidean distance, ties by the lower row.

    Shapes: asked int32[m, n_outputs], trained int32[k, n_outputs], as `output_logarithms` makes them -> int64[m, n].
    The search is exact, whatever the machine and the number of threads.
    """
    if asked.shape[1] != trained.shape[1]:
        raise DatasetError(
            f"the tasks show {asked.shape[1]} outputs and the training tasks {trained.shape[1]}; "
            "take both from one dataset"
        )
    return nearest_k(asked, trained, n)
