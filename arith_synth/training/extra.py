"""The guard before everything that imports torch: one line instead of a traceback."""

import importlib

from arith_synth.errors import MissingExtraError

_PACKAGES = ("torch", "transformers", "accelerate", "tokenizers", "safetensors")


def require_training_extra() -> None:
    """Raises MissingExtraError when a package of the extra `train` cannot be imported."""
    for package in _PACKAGES:
        try:
            importlib.import_module(package)
        except ImportError as error:
            raise MissingExtraError(
                f"{package} cannot be imported ({_first_line(error)}); say: pip install 'arith-synth[train]'"
            ) from error


def _first_line(error: ImportError) -> str:
    return str(error).partition("\n")[0]
