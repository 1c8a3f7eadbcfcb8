"""Train and test splits that isolate one distribution shift each: regions, pools, matching, tasks, the audit.

Importing this package loads nothing; `training_stream` and its kin are loaded when they are asked for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arith_synth.splits.streams.source import TrainingSource as TrainingSource
    from arith_synth.splits.streams.source import training_source as training_source
    from arith_synth.splits.streams.source import training_source_of as training_source_of
    from arith_synth.splits.streams.source import training_stream as training_stream
    from arith_synth.splits.streams.stream import TrainingStream as TrainingStream

__all__ = ["TrainingSource", "TrainingStream", "training_source", "training_source_of", "training_stream"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from arith_synth.splits.streams import source

        return getattr(source, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
