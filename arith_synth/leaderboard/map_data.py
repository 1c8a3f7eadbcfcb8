"""What the map draws: places of all tasks in both spaces and how often a model is right, small enough to send."""

import base64
import json
from typing import Any

import numpy as np

from arith_synth.leaderboard.results import counts_of
from arith_synth.leaderboard.task_table import TaskTable
from arith_synth.leaderboard.tasks_file import SPACES
from arith_synth.submissions.entries import Entry

#: Places are rounded to a grid this fine along each axis: half a pixel of a drawing.
GRID = 1000
#: Accuracy of one task in steps of 1/200.
_STEPS = 200
_UNANSWERED = 255


def map_data(tasks: TaskTable, entry: Entry, splits: list[str]) -> str:
    """The JSON text that map.js reads: arrays in base64, tasks split after split in the order of their ids.

    Raises MetricError when the entry was graded on other tasks.
    """
    config = entry.task_set.config
    spaces: dict[str, Any] = {}
    for space in SPACES:
        points = np.concatenate([tasks.coordinates(config, split, space) for split in splits]).astype(np.float64)
        low, high = points.min(axis=0), points.max(axis=0)
        grid = np.rint((points - low) / np.where(high > low, high - low, 1.0) * GRID).astype("<u2")
        spaces[space] = {"low": low.tolist(), "high": high.tolist(), "points": _base64(grid)}
    accuracy = [_accuracies(entry, split, len(tasks.task_ids(config, split))) for split in splits]
    return json.dumps(
        {
            "config": config,
            "splits": [[split, len(tasks.task_ids(config, split))] for split in splits],
            "grid": GRID,
            "steps": _STEPS,
            "unanswered": _UNANSWERED,
            "spaces": spaces,
            "accuracy": _base64(np.concatenate(accuracy)),
        }
    )


def _accuracies(entry: Entry, split: str, n_tasks: int) -> np.ndarray:
    """uint8[task]: in steps, `_UNANSWERED` where the split was not answered."""
    if split not in entry.submission["splits"]:
        return np.full(n_tasks, _UNANSWERED, dtype=np.uint8)
    counts, out_of = counts_of(entry, split, n_tasks)
    return np.rint(np.asarray(counts) * (_STEPS / out_of)).astype(np.uint8)


def _base64(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")
