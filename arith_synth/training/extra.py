"""The guard before everything that imports torch: one line instead of a traceback."""

import contextlib
import importlib
import signal
from collections.abc import Iterator

from arith_synth.errors import MissingExtraError

_PACKAGES = ("torch", "transformers", "accelerate", "tokenizers", "safetensors")


def require_training_extra() -> None:
    """Raises MissingExtraError when a package of the extra `train` cannot be imported."""
    for package in _PACKAGES:
        try:
            with _ctrl_c_waiting():
                importlib.import_module(package)
        except ImportError as error:
            raise MissingExtraError(
                f"{package} cannot be imported ({_first_line(error)}); say: pip install 'arith-synth[train]'"
            ) from error


@contextlib.contextmanager
def _ctrl_c_waiting() -> Iterator[None]:
    """Let Ctrl-C wait: torch aborts the process when it comes while its compiled half imports Python modules."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _first_line(error: ImportError) -> str:
    return str(error).partition("\n")[0]
