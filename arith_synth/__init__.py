"""arith-synth: does a neural program synthesizer generalize, or retrieve?

Importing this package is quick: it loads neither torch, transformers, datasets nor evaluate.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arith_synth.data.loading import load_dataset as load_dataset

__version__ = "0.1.0"

#: The version of the published bytes: schema, prompt, panels, meaning of every split. See docs/decisions/.
DATA_VERSION = "1.1.0"

__all__ = ["DATA_VERSION", "__version__", "load_dataset"]


def __getattr__(name: str) -> Any:
    if name == "load_dataset":
        from arith_synth.data.loading import load_dataset

        return load_dataset
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
