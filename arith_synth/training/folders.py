"""A run's folder: one run at a time, nothing half-written under a final name."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from arith_synth.errors import CheckpointError, UsageError
from arith_synth.files import parse_json

LOCK_FILE = ".lock"
RUN_FILE = "run.json"


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Make the folder and hold it until the end; the lock dies with the process, however that ends.

    Raises UsageError when another run holds it or a file stands in its place, OSError where it cannot be made.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder with --output")
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / LOCK_FILE, "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"another run is writing to {folder}; wait for it, or name another --output") from error
        yield


def aside_of(folder: Path) -> Path:
    """Where `written_aside` lets a folder be written."""
    return folder.with_name(f".{folder.name}.tmp")


@contextmanager
def written_aside(folder: Path) -> Iterator[Path]:
    """An empty folder beside `folder` that takes its name when the block ends well, and vanishes when it does not.

    Raises CheckpointError when a library's own writer fails: neither safetensors nor torch then raises OSError.
    """
    aside = aside_of(folder)
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        yield aside
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(aside, folder)
    except Exception as error:
        if not _is_failed_write(error):
            raise
        reason = str(error).partition("\n")[0]
        raise CheckpointError(
            f"{folder} cannot be written ({reason}); free the disk, then go on with --resume"
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _is_failed_write(error: Exception) -> bool:
    from safetensors import SafetensorError

    # torch's writer of archives names its source file, and nothing else tells its errors from others.
    return isinstance(error, SafetensorError) or (isinstance(error, RuntimeError) and "inline_container" in str(error))


def object_of(text: bytes) -> dict[str, Any]:
    """The JSON object that a text of a run's folder is; ValueError, with the reason in one line, for anything else."""
    try:
        value = parse_json(text)
    except ValueError as error:
        raise ValueError(f"not valid JSON, {' '.join(str(error).split())[:120]}") from None
    if not isinstance(value, dict):
        raise ValueError(f"a JSON {type(value).__name__}, not an object")
    return value


def is_number(value: Any, *, whole: bool = False) -> bool:
    """Whether a JSON value is a number from 0, and a whole one where that is asked for."""
    return isinstance(value, int if whole else int | float) and not isinstance(value, bool) and value >= 0


def move_files(source: Path, target: Path) -> None:
    """Move each file of `source` to `target` under its name, replacing what is there; each move is atomic."""
    for file in sorted(source.iterdir()):
        os.replace(file, target / file.name)
