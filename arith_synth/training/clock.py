"""What a run has spent, as all its processes see it."""

import time
from dataclasses import replace

from accelerate import Accelerator

from arith_synth.training.interruption import Interruption
from arith_synth.training.launching import agreed
from arith_synth.training.progress import Progress


class Clock:
    """Counts from the progress at which it was started; measurements take their part of a budget."""

    def __init__(self, accelerator: Accelerator, start: Progress, interruption: Interruption) -> None:
        self._accelerator, self._start, self._interruption = accelerator, start, interruption
        self._seconds, self._cpu_seconds, self._flops = time.monotonic(), time.process_time(), 0.0
        self.signal = 0

    def tell(self, progress: Progress, flops: float = 0.0) -> Progress:
        """The progress with seconds of the main process, CPU-seconds and FLOPs of all; `flops` are new ones of ours.

        After it `signal` is that of any process that was told to stop, 0 if none was. All processes must call it.
        """
        self._flops += flops
        seconds, cpu_seconds = time.monotonic() - self._seconds, time.process_time() - self._cpu_seconds
        everyone = agreed(self._accelerator, [seconds, cpu_seconds, self._flops, float(self._interruption.signal or 0)])
        self.signal = max(int(own[3]) for own in everyone)
        return replace(
            progress,
            seconds=self._start.seconds + everyone[0][0],
            cpu_seconds=self._start.cpu_seconds + sum(own[1] for own in everyone),
            flops=self._start.flops + sum(own[2] for own in everyone),
        )
