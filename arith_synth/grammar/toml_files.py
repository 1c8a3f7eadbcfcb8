"""Reading a user's short TOML file, whatever it holds."""

import os
import tomllib
from typing import Any

from arith_synth.errors import UsageError


def read_toml(path: str | os.PathLike[str], kind: str, max_bytes: int, too_long: str) -> dict[str, Any]:
    """The document in a file; `kind` says what of, and `too_long` why more than `max_bytes` make no sense.

    Raises UsageError, one line, for a file that is unreadable, too long or not TOML.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise UsageError(f"cannot read {kind} file {path}: {error.strerror}; check the path") from error
    if len(content) > max_bytes:
        raise UsageError(f"{path} has more than {max_bytes} bytes; {too_long}")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, or nested without end
        raise UsageError(f"{path} is not a TOML file: {' '.join(str(error).split())[:120]}; correct it") from error
