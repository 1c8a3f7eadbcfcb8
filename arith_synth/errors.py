"""Named errors: each message is one line that says what is wrong and what to do next.

The command line prints the message and exits with `exit_status`: 1 when the work failed, 2 when the
command was called wrongly. Anything that is not an `ArithSynthError` (or an OSError) is our own bug.
"""


class ArithSynthError(Exception):
    """The work failed for a reason that the user can act on."""

    exit_status = 1

    def __str__(self) -> str:  # KeyError would print the repr of its message
        return str(self.args[0]) if self.args else ""


class UsageError(ArithSynthError, ValueError):
    """The command or function was called wrongly."""

    exit_status = 2


class GrammarError(UsageError):
    """A grammar is unknown, or its definition makes no sense."""


class UnknownNameError(UsageError, KeyError):
    """A config, split, preset or pattern that is not in the registry."""


class ParseError(ArithSynthError, ValueError):
    """A text is not a program of the grammar. For a model's completion this is a result, not a failure."""


class CapacityError(ArithSynthError, MemoryError):
    """The request would need more memory, or larger integers, than there are."""


class SplitError(ArithSynthError):
    """A split cannot be filled; says which one and how many classes there are."""


class DatasetError(ArithSynthError):
    """A dataset folder is missing, damaged, of another version or of another grammar."""


class HubError(ArithSynthError):
    """The Hub refuses, fails or cannot be reached, or holds a version with other bytes; the text never has a token."""


class CheckpointError(ArithSynthError):
    """A model folder or training checkpoint is missing, damaged or of another version."""


class DeviceError(UsageError):
    """A device was asked for that is not there."""


class MetricError(ArithSynthError, ValueError):
    """A score is not defined for this input (no examples, k > n, unknown task ids)."""


class MissingExtraError(ArithSynthError, ImportError):
    """An optional dependency is needed; says which extra brings it."""

    exit_status = 2


class ServerError(ArithSynthError):
    """A server that runs a model refuses, fails, cannot be reached or answers nonsense; the text never has a key."""
