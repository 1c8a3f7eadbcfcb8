"""Checkpoints: all of a run's state, whole or not at all.

A checkpoint is a folder `step-00000123` that Accelerate has filled (model, optimizers, average of the weights, random
states of every process), with a manifest that holds our own progress and the size and SHA-256 of every file.
"""

import shutil
from contextlib import ExitStack
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from arith_synth.data.checksums import file_sha256
from arith_synth.errors import CheckpointError
from arith_synth.files import write_json
from arith_synth.training.folders import aside_of, is_number, object_of, written_aside
from arith_synth.training.progress import Progress

#: Of the layout below; another number means another version of this package wrote it.
FORMAT = 2
#: State before a step whose loss was no number; kept for whoever wants to know why, never resumed from.
DIVERGED = "diverged"
_FOLDER = "checkpoints"
_MANIFEST = "manifest.json"


def save_checkpoint(output: Path, accelerator: Accelerator, progress: Progress, key: dict[str, Any], keep: int) -> Path:
    """Write the checkpoint of this step and remove all but the newest `keep`; returns its folder.

    Every process calls it; the main one writes what they share, and none goes on before all is on disk.
    `key`: what a run must share with the checkpoint to go on from it. OSError passes through (a full disk).
    """
    folder = output / _FOLDER / _name(progress)
    _save_state(folder, accelerator, progress, key)
    if accelerator.is_main_process:
        for old in _checkpoints(output)[:-keep]:
            shutil.rmtree(old)
    return folder


def save_diverged(output: Path, accelerator: Accelerator, progress: Progress, key: dict[str, Any]) -> Path:
    """The same state under another name, for the state before a step that cannot be taken."""
    folder = output / DIVERGED / _name(progress)
    _save_state(folder, accelerator, progress, key)
    return folder


def newest_checkpoint(output: Path) -> Path | None:
    """The checkpoint with the most steps, if there is one."""
    return next(reversed(_checkpoints(output)), None)


def load_checkpoint(folder: Path, accelerator: Accelerator, key: dict[str, Any]) -> Progress:
    """Put the state of a checkpoint into everything that the accelerator has prepared; returns its progress.

    Raises CheckpointError when the checkpoint is damaged, of another version, or of a run with another `key`.
    """
    manifest = _read_manifest(folder)
    progress = _progress_of(folder, manifest["progress"])
    for name, expected in manifest["files"].items():
        file = folder / name
        if not file.is_file():
            raise _damaged(folder, f"{name} is missing")
        if {"bytes": file.stat().st_size, "sha256": file_sha256(file)} != expected:
            raise _damaged(folder, f"{name} is truncated or changed")
    for name, value in key.items():
        if manifest["key"].get(name) != value:
            raise CheckpointError(
                f"{folder} was made with {name}={manifest['key'].get(name)}, and now it is {value}; "
                "resume with the options of the first session, or name another --output"
            )
    accelerator.load_state(str(folder))
    return progress


def remove_checkpoints(output: Path) -> None:
    """Remove them all: the run is done, or begins."""
    shutil.rmtree(output / _FOLDER, ignore_errors=True)
    shutil.rmtree(output / DIVERGED, ignore_errors=True)


def _save_state(folder: Path, accelerator: Accelerator, progress: Progress, key: dict[str, Any]) -> None:
    with ExitStack() as stack:
        if accelerator.is_main_process:
            stack.enter_context(written_aside(folder))
        accelerator.wait_for_everyone()
        aside = aside_of(folder)
        accelerator.save_state(str(aside))
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            files = {
                str(file.relative_to(aside)): {"bytes": file.stat().st_size, "sha256": file_sha256(file)}
                for file in sorted(aside.rglob("*"))
                if file.is_file()
            }
            manifest = {"format": FORMAT, "key": key, "progress": asdict(progress), "files": files}
            write_json(aside / _MANIFEST, manifest)
    accelerator.wait_for_everyone()


def _name(progress: Progress) -> str:
    return f"step-{progress.steps:08d}"


def _checkpoints(output: Path) -> list[Path]:
    return sorted((output / _FOLDER).glob("step-*"))


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = object_of((folder / _MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError) as error:
        raise _damaged(folder, f"{_MANIFEST} is missing or half written") from error
    if manifest.get("format") != FORMAT:
        raise _of_another_version(folder, f"another format than {FORMAT}")
    for name in ("files", "key", "progress"):
        if not isinstance(manifest.get(name), dict):
            raise _damaged(folder, f"{_MANIFEST} has no {name}")
    if not manifest["files"]:
        raise _damaged(folder, f"{_MANIFEST} has no files")
    return manifest


def _progress_of(folder: Path, values: dict[str, Any]) -> Progress:
    """The numbers of a manifest as Progress; a later version may write more of them, and damage leaves others."""
    known = fields(Progress)
    if more := sorted(values.keys() - {field.name for field in known}):
        raise _of_another_version(folder, f"progress that is unknown here ({', '.join(more)})")
    for field in known:
        value = values.get(field.name)
        # A loss is absent before the first one is read, and rounding may take one of almost 0 below it.
        is_loss = field.default is None and (value is None or isinstance(value, int | float))
        if not is_loss and not is_number(value, whole=isinstance(field.default, int)):
            raise _damaged(folder, f"{_MANIFEST} has a wrong progress: {field.name}")
    return Progress(**values)


def _of_another_version(folder: Path, reason: str) -> CheckpointError:
    return CheckpointError(
        f"{folder} has {reason}; resume with the version that wrote it, or name another folder with --output"
    )


def _damaged(folder: Path, reason: str) -> CheckpointError:
    return CheckpointError(f"{folder} is damaged: {reason}; remove that folder to go on from the one before")
