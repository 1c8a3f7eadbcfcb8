"""What is measured along a run, and when: the validation split, and the memorization monitor."""

from dataclasses import dataclass
from typing import Any

from torch import nn

from arith_synth.errors import UnknownNameError
from arith_synth.scoring import Scorer
from arith_synth.training.answers import GreedyAnswers
from arith_synth.training.averaging import WeightAverage
from arith_synth.training.config import TrainingConfig
from arith_synth.training.measuring import TaskSet, measure
from arith_synth.training.monitor import Monitor
from arith_synth.training.progress import Progress

#: The monitor waits until its last look has taken at most this share of the time.
_MONITOR_SHARE = 0.03


@dataclass(kw_only=True)
class Cadence:
    """When something is due: every so many steps, if given, else every so many seconds."""

    every_steps: int | None
    every_seconds: float
    largest_share: float = 1.0
    last_seconds: float = 0.0
    cost_s: float = 0.0

    def is_due(self, progress: Progress) -> bool:
        """Whether it is time, right after a step."""
        if self.every_steps is not None:
            return progress.steps % self.every_steps == 0
        pause = max(self.every_seconds, self.cost_s / self.largest_share)
        return progress.seconds - self.last_seconds >= pause

    def done(self, before: Progress, after: Progress) -> None:
        """It was done, between these two moments."""
        self.last_seconds, self.cost_s = after.seconds, after.seconds - before.seconds


class Observer:
    """Measures the averaged weights, where a run keeps an average, without a trace in the training itself."""

    def __init__(
        self,
        config: TrainingConfig,
        model: nn.Module,
        average: WeightAverage,
        answers: GreedyAnswers,
        scorer: Scorer,
        *,
        validation: TaskSet | None,
        monitor: Monitor | None,
    ) -> None:
        self._model, self._average, self._answers, self._scorer = model, average, answers, scorer
        self._validation, self._monitor = validation, monitor
        self._cadences: dict[str, Cadence] = {}
        if validation is not None:
            self._cadences["validation"] = Cadence(
                every_steps=config.validate_every_steps, every_seconds=config.validate_every_seconds
            )
        if monitor is not None:
            self._cadences["monitor"] = Cadence(
                every_steps=config.monitor_every_steps,
                every_seconds=config.monitor_every_seconds,
                largest_share=_MONITOR_SHARE,
            )

    @property
    def events(self) -> list[str]:
        """What this run measures: "validation", "monitor", both or nothing."""
        return list(self._cadences)

    def start(self, progress: Progress) -> None:
        """Begin to count the pauses, after a first look that is thrown away.

        It compiles what looks need: else that would be taken for the cost of a look, and the next one put off.
        """
        if self._monitor is not None:
            self.measure("monitor")
        for cadence in self._cadences.values():
            cadence.last_seconds = progress.seconds

    def due(self, progress: Progress) -> list[str]:
        """The events whose time has come."""
        return [event for event, cadence in self._cadences.items() if cadence.is_due(progress)]

    def done(self, event: str, before: Progress, after: Progress) -> None:
        """Remember when an event was measured, and how long that took."""
        self._cadences[event].done(before, after)

    def measure(self, event: str) -> dict[str, Any]:
        """What the line of an event says. A loss may be no finite number; then there are no answers."""
        with self._average.applied():
            if event == "monitor" and self._monitor is not None:
                return self._monitor.look(self._model, self._answers, self._scorer)
            if event == "validation" and self._validation is not None:
                found = measure(self._model, self._validation, self._answers, self._scorer)
                return {
                    "validation_loss": found.loss,
                    "validation_accuracy": found.accuracy,
                    "n_validation": len(self._validation),
                }
        raise UnknownNameError(
            f"this run does not measure {event!r}; it measures {', '.join(self.events) or 'nothing'}"
        )
