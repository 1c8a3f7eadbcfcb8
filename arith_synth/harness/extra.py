"""The guard before everything that imports a harness: one line instead of a traceback."""

import importlib

from arith_synth.errors import MissingExtraError


def require_harness(module: str, package: str) -> None:
    """Raises MissingExtraError, which names the extra, when the harness cannot be imported."""
    try:
        importlib.import_module(module)
    except ImportError as error:
        reason = str(error).partition("\n")[0]
        raise MissingExtraError(
            f"{package} cannot be imported ({reason}); say: pip install 'arith-synth[harness]'"
        ) from error
