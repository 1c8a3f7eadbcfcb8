"""Arrays that took work to make, kept in files between runs, memory-mapped and shared by all processes.

They live in `$ARITH_SYNTH_CACHE`, or `$XDG_CACHE_HOME/arith-synth`, or `~/.cache/arith-synth`, one folder an entry,
named by the hash of all that its content depends on. The folder may be removed at any time. When it holds more than
`$ARITH_SYNTH_CACHE_GB` (20 by default), the entries that were used least recently go first. Where nothing can be
written, arrays are made anew each time, in memory.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock
import numpy as np

from arith_synth.data.checksums import file_sha256
from arith_synth.errors import UsageError
from arith_synth.files import parse_json, write_json

#: What stands in an entry's folder beside its arrays: the key, what there is to say, and the arrays' shapes.
MANIFEST_FILE = "entry.json"
#: Counted up when the files of entries change their form.
_VERSION = 2
_DEFAULT_GB = 20.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """Arrays by name, and facts that JSON can hold."""

    arrays: dict[str, np.ndarray]
    facts: dict[str, Any] = field(default_factory=dict)


def cached(kind: str, key: Mapping[str, Any], make: Callable[[], Entry]) -> Entry:
    """The entry of a kind that belongs to a key, made where it is not there, or damaged.

    `key`: all that the entry depends on, as JSON can hold it. Two processes that want one entry make it once: the
    second waits. The arrays are memory-mapped; what is written to them stays with this process.
    """
    stamp = json.dumps({"version": _VERSION, "kind": kind, "key": key}, sort_keys=True)
    root, name = cache_root(), f"{kind}-{hashlib.sha256(stamp.encode()).hexdigest()[:24]}"
    folder = root / name
    found = _open(folder, stamp)
    if found is not None:
        return found
    made: Entry | None = None
    try:
        root.mkdir(parents=True, exist_ok=True)
        if not os.access(root, os.W_OK):  # a lock that cannot be made would be waited for
            raise PermissionError(root)
        with filelock.FileLock(root / f".{name}.lock"):
            found = _open(folder, stamp)
            if found is not None:
                return found
            _remove(folder)
            for left_over in root.glob(f"{name}.partial-*"):  # of one that was killed: whoever lives holds the lock
                _remove(left_over)
            made = make()
            _write(folder, stamp, made)
            _prune(root, keep=name)
        return _open(folder, stamp) or made
    except OSError:  # no space, no rights: then without files
        return made or make()


def cache_root() -> Path:
    """Where entries are kept."""
    if named := os.environ.get("ARITH_SYNTH_CACHE"):
        return Path(named).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "arith-synth"


def cache_limit_bytes() -> int:
    """The most bytes that entries may take. Raises UsageError when the environment says no number."""
    text = os.environ.get("ARITH_SYNTH_CACHE_GB", str(_DEFAULT_GB))
    try:
        limit = float(text)
    except ValueError:
        limit = -1.0
    if not limit >= 0:
        raise UsageError(f"ARITH_SYNTH_CACHE_GB is {text!r}; set it to a number of gigabytes, 0 to keep one entry only")
    return int(min(limit, 1e9) * 1e9)


def _open(folder: Path, stamp: str) -> Entry | None:
    """The entry, or None when it is not there, of another key, or its files are not what it says."""
    try:
        manifest = parse_json((folder / MANIFEST_FILE).read_bytes())
        if manifest["stamp"] != stamp:
            return None
        arrays = {name: _map(folder / f"{name}.npy", expected) for name, expected in manifest["arrays"].items()}
        os.utime(folder / MANIFEST_FILE)  # used just now
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Entry(arrays=arrays, facts=manifest["facts"])


def _map(path: Path, expected: Mapping[str, Any]) -> np.ndarray:
    """The array in a file; ValueError when it is another one than expected."""
    # Arrays decide what is held out: a block that a crash left empty must not pass for one.
    if file_sha256(path) != expected["sha256"]:
        raise ValueError(f"{path} is damaged")
    # Copy on write: kernels are compiled for arrays that may be written to, and none of them does.
    array = np.asarray(np.load(path, mmap_mode="c", allow_pickle=False))
    if array.dtype.str != expected["dtype"] or list(array.shape) != expected["shape"]:
        raise ValueError(f"{path} holds another array")
    return array


def _write(folder: Path, stamp: str, entry: Entry) -> None:
    """Write aside, then rename: an entry is whole, or not there."""
    aside = folder.with_name(f"{folder.name}.partial-{os.getpid()}")
    try:
        aside.mkdir()
        arrays = {}
        for name, array in entry.arrays.items():
            path = aside / f"{name}.npy"
            np.save(path, array, allow_pickle=False)
            arrays[name] = {"dtype": array.dtype.str, "shape": list(array.shape), "sha256": file_sha256(path)}
        write_json(aside / MANIFEST_FILE, {"stamp": stamp, "arrays": arrays, "facts": entry.facts})
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _prune(root: Path, *, keep: str) -> None:
    """Remove what was used least recently until the rest is within the limit. Processes that map it keep it."""
    entries = []
    for manifest in root.glob(f"*/{MANIFEST_FILE}"):
        folder = manifest.parent
        if ".partial-" not in folder.name:
            n_bytes = sum(path.stat().st_size for path in folder.iterdir())
            entries.append((folder.name == keep, manifest.stat().st_mtime, n_bytes, folder))
    total, limit = sum(n_bytes for _, _, n_bytes, _ in entries), cache_limit_bytes()
    for is_kept, _, n_bytes, folder in sorted(entries, key=lambda entry: entry[:2]):
        if total <= limit or is_kept:
            return
        shutil.rmtree(folder, ignore_errors=True)
        total -= n_bytes
