"""Which rows are significantly better than which: the 95 % interval of the difference of two scores lies above 0.

On one split tasks are drawn in pairs (`scoring.intervals.difference_interval`); splits are drawn independently of each
other, and their intervals put together by the method of variance estimates recovery: a sum's lower bound is its value
minus the square root of the sum of the squared distances of the parts to their lower bounds, and so above.
Source: Zou and Donner 2008, Statistics in Medicine 27, 1693.

Two hundred rows have 20,000 pairs, and an interval takes a millisecond. Where the normal approximation leaves no doubt
it decides: of the rest the interval is computed. `_doubt` is how far the two may be apart; a test holds that they never
disagree beyond it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from arith_synth.errors import MetricError
from arith_synth.scoring.intervals import Interval, difference_interval

_Z = 1.959963984540054
_TAIL = 0.025


@dataclass(frozen=True, kw_only=True, eq=False)
class Answered:
    """The headline counts of some rows on one split, which are one row's each: int64[row, task] out of int64[row]."""

    counts: np.ndarray
    out_of: np.ndarray

    @property
    def n_tasks(self) -> int:
        """Tasks of the split."""
        return self.counts.shape[1]

    @cached_property
    def rates(self) -> np.ndarray:
        """Share of right completions: float64[row, task]."""
        return self.counts / self.out_of[:, None]

    @cached_property
    def differences(self) -> np.ndarray:
        """Mean of row i minus mean of row j: float64[row, row]."""
        means = self.rates.mean(axis=1)
        return means[:, None] - means[None, :]

    def lower_reach(self, row: int, other: int) -> float:
        """How far the interval of the difference reaches below it."""
        low, _ = difference_interval(
            self.counts[row],
            self.counts[other],
            out_of=int(self.out_of[row]),
            subtrahend_out_of=int(self.out_of[other]),
        )
        return float(self.differences[row, other]) - low

    def bounds_of_reach(self) -> tuple[np.ndarray, np.ndarray]:
        """Between which two numbers `lower_reach` lies for each pair: float64[row, row] twice."""
        gram = self.rates @ self.rates.T / self.n_tasks
        squares = np.diag(gram)
        variances = np.maximum(squares[:, None] + squares[None, :] - 2 * gram - self.differences**2, 0.0)
        # What an outcome that was never seen may still move: the floor of every interval.
        floor = -math.expm1(math.log(_TAIL) / self.n_tasks) * (1.0 + self.differences)
        normal = _Z * np.sqrt(variances / self.n_tasks)
        doubt = _doubt(variances * self.n_tasks)
        return np.maximum(floor, normal * (1 - doubt)), np.maximum(floor, normal * (1 + doubt))


def answered(rows: Sequence[tuple[Sequence[int], int]]) -> Answered:
    """From each row's counts, one a task, and out of how many. Raises MetricError unless all have the same tasks."""
    if len({len(counts) for counts, _ in rows}) != 1:
        raise MetricError("rows of one task set have answered different numbers of tasks; verify them again")
    return Answered(
        counts=np.array([counts for counts, _ in rows], dtype=np.int64),
        out_of=np.array([out_of for _, out_of in rows], dtype=np.int64),
    )


def better_on_mean(splits: Sequence[Answered]) -> np.ndarray:
    """Whether row i is significantly better than row j by the mean over the splits: bool[row, row].

    With one split this is the paired interval itself.
    """
    difference = np.mean([split.differences for split in splits], axis=0)
    bounds = [split.bounds_of_reach() for split in splits]
    least, most = (np.sqrt(np.sum([bound[side] ** 2 for bound in bounds], axis=0)) / len(splits) for side in (0, 1))
    better = difference > most
    for row, other in np.argwhere((difference > 0) & (difference > least) & ~better).tolist():
        reach = math.hypot(*(split.lower_reach(row, other) for split in splits)) / len(splits)
        better[row, other] = difference[row, other] > reach
    return better


def lies_above(value: float, interval: Interval, other: float, other_interval: Interval) -> bool:
    """Whether one score is significantly better than another that was measured on other tasks."""
    return value - other > math.hypot(value - interval[0], other_interval[1] - other)


def mean_over(parts: Sequence[tuple[float, Interval]]) -> tuple[float, Interval]:
    """The mean of independent scores, and its interval."""
    value = math.fsum(part for part, _ in parts) / len(parts)
    below = math.hypot(*(part - low for part, (low, _) in parts)) / len(parts)
    above = math.hypot(*(high - part for part, (_, high) in parts)) / len(parts)
    return value, (value - below, value + above)


def _doubt(n_differing: np.ndarray) -> np.ndarray:
    """By which share an interval may be wider or narrower than the normal one: less, the more tasks differ."""
    with np.errstate(divide="ignore"):
        return np.minimum(1.0, 0.02 + 1.0 / np.sqrt(n_differing))
