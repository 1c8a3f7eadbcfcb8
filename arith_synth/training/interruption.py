"""Ctrl-C and SIGTERM while training: finish the step, save, leave."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from arith_synth.errors import ArithSynthError


class TrainingInterruptedError(ArithSynthError):
    """A run was told to stop, has saved a checkpoint, and can be resumed."""


class Interruption:
    """Which signal has come, if any."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None


@contextmanager
def catching_signals() -> Iterator[Interruption]:
    """Within the block the first SIGINT or SIGTERM is only noted; the second acts as it always does."""
    interruption = Interruption()
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in previous.items():
            signal.signal(number, handler)

    def note(number: int, frame: FrameType | None) -> None:
        interruption.signal = signal.Signals(number)
        restore()

    for number in previous:
        signal.signal(number, note)
    try:
        yield interruption
    finally:
        restore()
