"""The guards before everything that imports datatrove or Ray: one line instead of a traceback."""

import importlib

from arith_synth.errors import MissingExtraError


def require_cluster_extra() -> None:
    """Raises MissingExtraError when datatrove cannot be imported."""
    _require("datatrove.executor", "datatrove", "pip install 'arith-synth[cluster]'")


def require_ray() -> None:
    """Raises MissingExtraError when Ray cannot be imported."""
    _require("ray", "ray", "pip install ray, of the version that the cluster runs")


def _require(module: str, package: str, remedy: str) -> None:
    try:
        importlib.import_module(module)
    except ImportError as error:
        reason = str(error).partition("\n")[0]
        raise MissingExtraError(f"{package} cannot be imported ({reason}); say: {remedy}") from error
