"""Checkpoints: all of a run's state, whole or not at all.

A checkpoint is a folder `step-00000123` that Accelerate has filled (model, optimizers, random states), with a
manifest that holds our own progress and the size and SHA-256 of every file.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from arith_synth.data.checksums import file_sha256
from arith_synth.errors import CheckpointError
from arith_synth.files import write_json
from arith_synth.training.folders import written_aside

#: Of the layout below; another number means another version of this package wrote it.
FORMAT = 1
_FOLDER = "checkpoints"
_MANIFEST = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run has come. `seconds`: of training, over all its sessions; `recent_loss`: over the last steps."""

    step: int = 0
    seconds: float = 0.0
    sessions: int = 1
    recent_loss: float | None = None
    validation_loss: float | None = None


def save_checkpoint(output: Path, accelerator: Accelerator, progress: Progress, key: dict[str, Any], keep: int) -> Path:
    """Write the checkpoint of this step and remove all but the newest `keep`; returns its folder.

    `key`: what a run must share with the checkpoint to go on from it. OSError passes through (a full disk).
    """
    folder = output / _FOLDER / f"step-{progress.step:08d}"
    with written_aside(folder) as aside:
        accelerator.save_state(str(aside))
        files = {
            file.name: {"bytes": file.stat().st_size, "sha256": file_sha256(file)} for file in sorted(aside.iterdir())
        }
        manifest = {"format": FORMAT, "key": key, "progress": asdict(progress), "files": files}
        write_json(aside / _MANIFEST, manifest)
    for old in _checkpoints(output)[:-keep]:
        shutil.rmtree(old)
    return folder


def newest_checkpoint(output: Path) -> Path | None:
    """The checkpoint with the most steps, if there is one."""
    return next(reversed(_checkpoints(output)), None)


def load_checkpoint(folder: Path, accelerator: Accelerator, key: dict[str, Any]) -> Progress:
    """Put the state of a checkpoint into everything that the accelerator has prepared; returns its progress.

    Raises CheckpointError when the checkpoint is damaged, of another version, or of a run with another `key`.
    """
    manifest = _read_manifest(folder)
    for name, expected in manifest["files"].items():
        file = folder / name
        if not file.is_file():
            raise _damaged(folder, f"{name} is missing")
        if file.stat().st_size != expected["bytes"] or file_sha256(file) != expected["sha256"]:
            raise _damaged(folder, f"{name} is truncated or changed")
    for name, value in key.items():
        if manifest["key"].get(name) != value:
            raise CheckpointError(
                f"{folder} was made with {name}={manifest['key'].get(name)}, and now it is {value}; "
                "resume with the options of the first session, or name another --output"
            )
    accelerator.load_state(str(folder))
    return Progress(**manifest["progress"])


def remove_checkpoints(output: Path) -> None:
    """Remove them all: the run is done."""
    shutil.rmtree(output / _FOLDER, ignore_errors=True)


def _checkpoints(output: Path) -> list[Path]:
    return sorted((output / _FOLDER).glob("step-*"))


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError) as error:
        raise _damaged(folder, f"{_MANIFEST} is missing or half written") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise CheckpointError(f"{folder} has another format than {FORMAT}; resume with the version that wrote it")
    return manifest


def _damaged(folder: Path, reason: str) -> CheckpointError:
    return CheckpointError(f"{folder} is damaged: {reason}; remove that folder to go on from the one before")
