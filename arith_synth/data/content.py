"""What names the data that a run used. Task ids do not: they say config, split and number, in every dataset alike."""

import hashlib

from arith_synth.data.folder import DatasetFolder


def content_of(folder: DatasetFolder, config: str, split: str) -> str | None:
    """SHA-256 over the content checksums of a split's files, 64 hex digits; None when there is no such split.

    It depends on every published value of the split and on nothing else.
    """
    prefix = f"{config}/{split}-"
    contents = [
        entry["content_sha256"] for name, entry in sorted(folder.checksums["files"].items()) if name.startswith(prefix)
    ]
    return hashlib.sha256("\n".join(contents).encode()).hexdigest() if contents else None
