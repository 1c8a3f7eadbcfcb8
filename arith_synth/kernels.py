"""Compiled kernels are kept between processes; this drops those that were compiled from other sources.

numba checks only the file that a kernel stands in. But kernels inline functions of other files: after a change there,
an old kernel would go on giving old answers.
"""

import contextlib
import hashlib
from functools import cache
from pathlib import Path

#: Rooms whose kernels inline each other's functions, and what else they inline or freeze, as the table of operators.
_GROUPS = (
    (("semantics", "enumeration", "spaces", "splits/audit"), ("grammar",)),
    (("scoring/batch",), ("grammar", "semantics")),
    (("modeling", "decoding", "training/data", "training/fused"), ("grammar", "semantics")),
)
_STAMP = "kernels.sha256"


@cache
def drop_stale_kernels() -> None:
    """Remove cached kernels unless they come from the present sources. Quick; does nothing in a read-only place."""
    package = Path(__file__).parent
    for rooms, others in _GROUPS:
        digest = hashlib.sha256()
        for path in (path for room in (*others, *rooms) for path in sorted((package / room).glob("*.py"))):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
        for room in rooms:
            with contextlib.suppress(OSError):
                _refresh(package / room / "__pycache__", digest.hexdigest())


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
