"""What may lie in the folder of a submission: two files, and the record of their verification; nothing else."""

import os
from collections.abc import Iterator
from pathlib import Path

from arith_synth.errors import MetricError, UsageError
from arith_synth.scoring.predictions import PREDICTIONS_FILE
from arith_synth.submissions.entries import SUBMISSION_FILE, VERIFICATION_FILE

_WANTED = (SUBMISSION_FILE, PREDICTIONS_FILE)
_MAX_LISTED = 10


def folder_problems(folder: Path) -> Iterator[str]:
    """What is wrong with the files, before any of them is opened.

    Raises UsageError when there is no such folder, MetricError when no record could be written there.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}; name one with a {SUBMISSION_FILE} in it")
    if (folder / VERIFICATION_FILE).is_dir():
        raise MetricError(f"{folder / VERIFICATION_FILE} is a folder; remove it")
    for name in _WANTED:
        if not os.path.lexists(folder / name):
            yield f"there is no {name}"
    n_strangers = 0
    with os.scandir(folder) as listed:
        for entry in listed:
            if entry.name not in (*_WANTED, VERIFICATION_FILE):
                yield f"{entry.name!r} does not belong into it"
            elif entry.is_symlink() or not entry.is_file():
                yield f"{entry.name} is no plain file"
            else:
                continue
            n_strangers += 1
            if n_strangers == _MAX_LISTED:
                return
