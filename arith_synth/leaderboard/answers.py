"""The answers of an entry to one task, read from its predictions without reading the rest twice."""

import os
import re
from functools import lru_cache
from pathlib import Path

from arith_synth.errors import MetricError
from arith_synth.files import MAX_FILE_BYTES, MAX_LINE_BYTES, parse_object
from arith_synth.scoring.predictions import PREDICTIONS_FILE

#: Entries whose places of lines are remembered.
_N_FILES = 64
#: Our own writer puts the task id first; a line that begins otherwise is parsed to find it.
_TASK_ID = re.compile(rb'\s*\{\s*"task_id"\s*:\s*"([a-z0-9_/]{1,200})"')


def answers_to(folder: Path, task_id: str) -> tuple[str, ...] | None:
    """Completions in the order in which they were sampled; None when the entry has none to this task.

    Raises MetricError for predictions that are not there, too large or damaged.
    """
    path = folder / PREDICTIONS_FILE
    if path.is_symlink() or not path.is_file():
        raise MetricError(f"there is no file {path.name} of this submission")
    status = path.stat()
    if status.st_size > MAX_FILE_BYTES:
        raise MetricError(f"{path.name} has {status.st_size} bytes; at most {MAX_FILE_BYTES} are read")
    place = _places(path, status.st_size, status.st_mtime_ns).get(task_id)
    if place is None:
        return None
    with path.open("rb") as file:
        file.seek(place)
        completions = parse_object(file.readline(MAX_LINE_BYTES), path.name).get("completions")
    if not isinstance(completions, list) or not all(isinstance(completion, str) for completion in completions):
        raise MetricError(f"{path.name}: the completions of {task_id} are no list of texts")
    return tuple(completions)


@lru_cache(maxsize=_N_FILES)
def _places(path: Path, n_bytes: int, changed_ns: int) -> dict[str, int]:
    """Where the line of each task begins. The size and time stand for the content."""
    places: dict[str, int] = {}
    with path.open("rb") as file:
        place = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            if len(line) > MAX_LINE_BYTES:
                raise MetricError(f"{path.name} has a line of more than {MAX_LINE_BYTES} bytes")
            if match := _TASK_ID.match(line):
                places[match[1].decode()] = place
            elif line.strip():
                places[str(parse_object(line, os.fspath(path.name)).get("task_id"))] = place
            place += len(line)
    return places
