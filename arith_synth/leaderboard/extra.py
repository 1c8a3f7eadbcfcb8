"""The guard before everything that imports Gradio: one line instead of a traceback."""

import importlib
import os
from typing import Any

from arith_synth.errors import MissingExtraError

#: Gradio asks the network for news and counts its users unless it is told not to, before it is imported.
_QUIET = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1"}


def gradio() -> Any:
    """The module `gradio`. Raises MissingExtraError when it cannot be imported."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        return importlib.import_module("gradio")
    except ImportError as error:
        reason = str(error).partition("\n")[0]
        raise MissingExtraError(
            f"gradio cannot be imported ({reason}); say: pip install 'arith-synth[leaderboard]'"
        ) from error
