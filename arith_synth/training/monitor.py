"""The memorization monitor: what a model can do on tasks it has trained on, on others, and how much of that is copied.

A model that memorizes is good on seen tasks, and on unseen ones it answers with targets of its training set. When it
begins to generalize, its accuracy on unseen tasks rises and its answers are copies less often; of those that are still
wrong, not necessarily.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from torch import nn

from arith_synth.scoring import Scorer
from arith_synth.training.answers import GreedyAnswers
from arith_synth.training.measuring import Measurement, TaskSet, measure


@dataclass(frozen=True, kw_only=True)
class Monitor:
    """What is looked at. `seen`: training tasks, None where the model trains on a stream; `targets`: programs of them.

    Without `seen` there is no published training set that answers could be copied from.
    """

    seen: TaskSet | None
    unseen: TaskSet
    targets: Collection[str]

    def look(self, model: nn.Module, answers: GreedyAnswers, scorer: Scorer) -> dict[str, Any]:
        """The line of the log, without its event and step: losses in nats a token, shares from 0 to 1.

        `copied`: answers on unseen tasks that are, as texts, the target of a training task; `copied_wrong`: the same
        among wrong answers, None where there is none.
        """
        unseen = measure(model, self.unseen, answers, scorer)
        line: dict[str, Any] = {"n_monitor": len(self.unseen)}
        if self.seen is not None:
            seen = measure(model, self.seen, answers, scorer)
            line |= {"seen_loss": seen.loss, "seen_accuracy": seen.accuracy}
        line |= {"unseen_loss": unseen.loss, "unseen_accuracy": unseen.accuracy}
        return line if self.seen is None else line | copy_rates(unseen, self.targets)


def copy_rates(unseen: Measurement, targets: Collection[str]) -> dict[str, float | None]:
    """How many answers on unseen tasks are targets of the training set, of all and of the wrong ones."""
    copied = [answer in targets for answer in unseen.answers]
    wrong = [copy for copy, correct in zip(copied, unseen.correct, strict=True) if not correct]
    return {
        "copied": sum(copied) / len(copied) if copied else math.nan,
        "copied_wrong": sum(wrong) / len(wrong) if wrong else None,
    }
