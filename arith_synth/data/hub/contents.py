"""What a dataset folder publishes, what a repository of the Hub holds, and where the two differ."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from arith_synth.data.checksums import file_sha256
from arith_synth.data.folder import BUILD_FILE, BUILD_LOG_FILE, CARD_FILE, DatasetFolder
from arith_synth.errors import DatasetError
from arith_synth.progress import Progress

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile, RepoFolder

#: What the Hub itself puts into a repository; the folder does not have it, and it stays.
HUB_FILE = ".gitattributes"

#: Times of one build on one machine: every build has others, so they would make the same data look like other data.
_NOT_PUBLISHED = (BUILD_LOG_FILE,)


@dataclass(frozen=True, kw_only=True)
class LocalFile:
    """A file to publish: where it is and what it holds."""

    path: Path
    n_bytes: int
    sha256: str


def files_to_publish(folder: DatasetFolder, progress: Progress | None = None) -> dict[str, LocalFile]:
    """The folder's files by their path in it, all but the build's log and what is hidden.

    Raises DatasetError when a file is not what `checksums.json` says, since somebody has changed it since the audit;
    and for links and other things that are no plain file, which could send what is not in the folder.
    """
    for path in folder.path.rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise DatasetError(f"{path} is no plain file; remove it, then publish")
    names = sorted(
        path.relative_to(folder.path).as_posix()
        for path in folder.path.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder.path).parts)
    )
    names = [name for name in names if name not in _NOT_PUBLISHED]
    expected = {name: entry["sha256"] for name, entry in folder.checksums["files"].items()}
    expected |= folder.checksums.get("cards", {})
    files: dict[str, LocalFile] = {}
    for number, name in enumerate(names, start=1):
        path = folder.path / name
        files[name] = LocalFile(path=path, n_bytes=path.stat().st_size, sha256=file_sha256(path))
        if progress is not None:
            progress("reading files", number, len(names))
    for name, sha256 in expected.items():
        if name not in files or files[name].sha256 != sha256:
            raise DatasetError(f"{folder.path / name} has changed since it was audited; build the folder again")
    return files


def files_held(entries: Iterable["RepoFile | RepoFolder"]) -> dict[str, "RepoFile"]:
    """The files of a listed repository by path, without the Hub's own."""
    from huggingface_hub.hf_api import RepoFile

    return {entry.path: entry for entry in entries if isinstance(entry, RepoFile) and entry.path != HUB_FILE}


def differences(files: Mapping[str, LocalFile], held: Mapping[str, "RepoFile"]) -> list[str]:
    """The paths at which folder and repository differ, in order: other bytes, missing there, or missing here."""
    return sorted(
        path
        for path in {*files, *held}
        if path not in files or path not in held or not _is_same(files[path], held[path])
    )


def is_foreign(held: Mapping[str, "RepoFile"]) -> bool:
    """Whether a repository holds something else than a dataset of ours: more than a card, and no `build.json`."""
    return BUILD_FILE not in held and not set(held) <= {CARD_FILE}


def _is_same(file: LocalFile, held: "RepoFile") -> bool:
    if held.lfs is not None:
        return held.lfs.sha256 == file.sha256
    if held.size != file.n_bytes:
        return False
    content = file.path.read_bytes()  # the Hub keeps nothing large in this way
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest() == held.blob_id
