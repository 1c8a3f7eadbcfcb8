"""Two runs on the same tasks: their difference task by task, its interval, and the exact sign test."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from arith_synth.errors import MetricError
from arith_synth.scoring.intervals import Interval, difference_interval
from arith_synth.scoring.outcomes import TaskOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Correct completions of two runs on the same tasks, in the order of their ids: int[n] of `first_out_of`, int[n]
    of `second_out_of` completions a task."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    first_out_of: int
    second_out_of: int

    @property
    def difference(self) -> float:
        """The accuracy of the first less that of the second."""
        return sum(self.differences) / (len(self.first) * self.unit)

    @property
    def interval_95(self) -> Interval:
        """Of the difference; tasks are drawn in pairs."""
        return difference_interval(
            self.first, self.second, out_of=self.first_out_of, subtrahend_out_of=self.second_out_of
        )

    @property
    def unit(self) -> int:
        """Differences are counted in units of 1 / this."""
        return math.lcm(self.first_out_of, self.second_out_of)

    @property
    def differences(self) -> list[int]:
        """The first's share of correct completions less the second's, task by task: int[n], in units."""
        scales = self.unit // self.first_out_of, self.unit // self.second_out_of
        return [one * scales[0] - other * scales[1] for one, other in zip(self.first, self.second, strict=True)]

    @property
    def leads(self) -> tuple[int, int]:
        """On how many tasks the first is better, and on how many the second."""
        return sum(value > 0 for value in self.differences), sum(value < 0 for value in self.differences)


def pair_runs(first: Sequence[TaskOutcome], second: Sequence[TaskOutcome], what: str = "the test") -> Pairing:
    """Pair two runs task by task; `what` names their test in messages.

    Raises MetricError when one has no outcomes, or not equally many completions a task, or they have other tasks.
    """
    counts: list[dict[str, int]] = []
    out_of: list[int] = []
    for outcomes in (first, second):
        samples = {outcome.n_completions for outcome in outcomes}
        if len(samples) != 1:
            raise MetricError(f"a run has no outcomes on {what}, or not equally many a task; evaluate it there")
        counts.append({outcome.task_id: outcome.n_correct for outcome in outcomes})
        out_of.append(samples.pop())
        if len(counts[-1]) < len(outcomes):
            raise MetricError(f"a run has a task of {what} twice; pass each outcome once")
    if counts[0].keys() != counts[1].keys():
        raise MetricError(f"two runs answered different tasks of {what}; evaluate both on the same tasks")
    return Pairing(
        first=tuple(counts[0][task_id] for task_id in sorted(counts[0])),
        second=tuple(counts[1][task_id] for task_id in sorted(counts[0])),
        first_out_of=out_of[0],
        second_out_of=out_of[1],
    )


def compare_runs(first: Sequence[TaskOutcome], second: Sequence[TaskOutcome]) -> dict[str, Any]:
    """The accuracy of one run less that of another on the same tasks, as plain JSON values.

    `difference` and its interval_95 over n tasks; `n_better` and `n_worse`: the tasks on which the first has the larger
    and the smaller share of correct completions; `p_value`: of `sign_test` on these. Raises as `pair_runs` does.
    """
    pairing = pair_runs(first, second)
    n_better, n_worse = pairing.leads
    return {
        "difference": pairing.difference,
        "interval_95": list(pairing.interval_95),
        "n": len(pairing.first),
        "n_better": n_better,
        "n_worse": n_worse,
        "p_value": sign_test(n_better, n_worse),
    }


def sign_test(n_better: int, n_worse: int) -> float:
    """Exact two-sided p-value of as uneven a split of the tasks that differ, if either side were as likely.

    With one completion a task it is McNemar's test (McNemar 1947) in its exact form. 1 when no task differs. In exact
    integers up to the last division.
    """
    if n_better < 0 or n_worse < 0:
        raise MetricError(f"{n_better} and {n_worse} tasks cannot differ; count them again")
    n_differing, few = n_better + n_worse, min(n_better, n_worse)
    n_as_uneven, choose = 0, 1
    for n_of_one_side in range(few + 1):
        n_as_uneven += choose
        choose = choose * (n_differing - n_of_one_side) // (n_of_one_side + 1)
    return min(1.0, 2 * n_as_uneven / (1 << n_differing))
