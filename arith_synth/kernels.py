"""Compiled kernels are kept between processes; this drops those that were compiled from other sources.

numba checks only the file that a kernel stands in. But kernels inline functions of other files: after a change there,
an old kernel would go on giving old answers.
"""

import contextlib
import hashlib
from pathlib import Path

#: The rooms whose kernels call each other.
_ROOMS = ("semantics", "enumeration", "spaces", "splits/audit")
#: They freeze the operator table too.
_SOURCES = ("grammar", *_ROOMS)
_STAMP = "kernels.sha256"


def drop_stale_kernels() -> None:
    """Remove cached kernels unless they come from the present sources. Quick; does nothing in a read-only place."""
    package = Path(__file__).parent
    sources = [path for room in _SOURCES for path in sorted((package / room).glob("*.py"))]
    digest = hashlib.sha256()
    for path in sources:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    stamp = digest.hexdigest()
    for room in _ROOMS:
        with contextlib.suppress(OSError):
            _refresh(package / room / "__pycache__", stamp)


def compiling_text() -> str | None:
    """What to tell someone who waits for the enumeration's kernels to be compiled; None when they are."""
    drop_stale_kernels()
    cache = Path(__file__).parent / "enumeration" / "__pycache__"
    return None if any(cache.glob("*.nbc")) else "compiling, which takes about 20 s, once"


def _refresh(cache: Path, stamp: str) -> None:
    path = cache / _STAMP
    if path.is_file() and path.read_text(encoding="ascii") == stamp:
        return
    for kernel in (*cache.glob("*.nbi"), *cache.glob("*.nbc")):
        kernel.unlink(missing_ok=True)
    cache.mkdir(exist_ok=True)
    path.write_text(stamp, encoding="ascii")
