"""One builder at a time: a lock beside a folder, which the system lets go of when its holder dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from arith_synth.errors import DatasetError


@contextmanager
def only_builder_of(out: Path) -> Iterator[None]:
    """Hold the lock on `out`, which need not exist yet.

    Raises DatasetError when another process builds into `out`; OSError when the disk is full or read-only.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(out.with_name(f".{out.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        if not Path(lock.lock_file).exists():  # filelock takes every refusal for a lock that another holds
            raise DatasetError(f"no file can be made in {out.parent}; choose another --out") from error
        raise DatasetError(f"another build into {out} is under way; wait for it, or choose another --out") from error
    try:
        yield
    finally:
        # Unlinked while held: a process that waits for the old file sees that its name is gone, and opens anew.
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()
