"""95 % bootstrap intervals over tasks, without resampling.

The bootstrap draws n tasks with replacement and takes their mean; its interval is what infinitely many such draws
would give, since outcomes are counts (see `draws`). Source of the percentile interval: Efron and Tibshirani 1993,
chapter 13.

The fewer tasks differ from the others the narrower is the bootstrap, and where all agree it is a point, which would
claim certainty. So no interval is narrower than the exact binomial bound allows: an outcome seen in none of n tasks has
a rate of at most 1 - 0.025^(1/n) (Clopper and Pearson 1934), and the interval reaches at least as far as the mean would
move at that rate. With right and wrong answers this is felt at two or fewer of one kind.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arith_synth.errors import MetricError
from arith_synth.scoring.draws import ROUNDING, sums_of_draws

LEVEL = 0.95
TAIL = (1 - LEVEL) / 2
#: Bounds the length of the transform.
_LARGEST_UNIT = 1 << 20

Interval = tuple[float, float]
#: One integer a task.
Counts = Sequence[int] | np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """The bootstrap distribution of a mean: values float64[s] increasing, probabilities float64[s]."""

    values: np.ndarray
    probabilities: np.ndarray


def mean_interval(counts: Counts, *, out_of: int = 1) -> Interval:
    """Interval of mean(counts) / out_of over tasks, where each count is one of 0..out_of.

    It holds the mean, stays within 0..1 and moves with the counts: a task with more right never lowers a bound.
    Raises MetricError for no tasks.
    """
    values = _checked(counts, 0, out_of)
    return hull([percentiles_of(_bootstrap_mean(values, out_of)), _reach_of_unseen(values, out_of, 0.0)])


def difference_interval(
    minuend: Counts, subtrahend: Counts, *, out_of: int = 1, subtrahend_out_of: int = 1
) -> Interval:
    """Interval of the difference of two rates on the same tasks, in the same order: tasks are drawn in pairs."""
    unit = _common_unit(out_of, subtrahend_out_of)
    differences = _differences(minuend, subtrahend, out_of, subtrahend_out_of)
    return hull([percentiles_of(_bootstrap_mean(differences, unit)), _reach_of_unseen(differences, unit, -1.0)])


def net_interval(
    first: tuple[Sequence[int], Sequence[int]],
    second: tuple[Sequence[int], Sequence[int]],
    *,
    out_of: int = 1,
    subtrahend_out_of: int = 1,
) -> Interval:
    """Interval of (difference on the first test) - (difference on the second), the two tests drawn independently.

    Each test is a pair (minuend, subtrahend) of counts on its own tasks.
    """
    unit = _common_unit(out_of, subtrahend_out_of)
    means = []
    for minuend, subtrahend in (first, second):
        differences = _differences(minuend, subtrahend, out_of, subtrahend_out_of)
        low, high = _reach_of_unseen(differences, unit, -1.0)
        # All its mass within the tails' bounds: the widest distribution that the exact bound allows.
        widest = Mean(values=np.array([low, high]), probabilities=np.array([0.5, 0.5]))
        means.append((_bootstrap_mean(differences, unit), widest))
    # Whichever of the two is wider, on either test: no test's tasks are then surer than if they all agreed.
    return hull([_difference_percentiles(one, other) for one in means[0] for other in means[1]])


def _checked(counts: Counts, low: int, high: int) -> np.ndarray:
    values = np.asarray(counts, dtype=np.int64)
    if not len(values):
        raise MetricError("an interval over no tasks is not defined; score at least one task")
    if values.min() < low or values.max() > high:
        raise MetricError(f"a task's count is outside {low}..{high}; count its correct completions again")
    return values


def _common_unit(out_of: int, subtrahend_out_of: int) -> int:
    unit = math.lcm(out_of, subtrahend_out_of)
    if unit > _LARGEST_UNIT:
        raise MetricError(f"rates over {out_of} and {subtrahend_out_of} have no small common unit; sample equally many")
    return unit


def _differences(minuend: Counts, subtrahend: Counts, out_of: int, subtrahend_out_of: int) -> np.ndarray:
    """In units of 1 / `_common_unit`: int[n]."""
    unit = _common_unit(out_of, subtrahend_out_of)
    first, second = _checked(minuend, 0, out_of), _checked(subtrahend, 0, subtrahend_out_of)
    if len(first) != len(second):
        raise MetricError(f"{len(first)} and {len(second)} tasks cannot be paired; score both runs on the same tasks")
    return first * (unit // out_of) - second * (unit // subtrahend_out_of)


def _reach_of_unseen(values: np.ndarray, unit: int, low: float) -> Interval:
    """How far the mean of values int[n] / unit, which lie in low..1, moves if an outcome that none has is as frequent
    as the exact bound allows: below is the outcome `low`, above 1."""
    mean = int(values.sum()) / (len(values) * unit)
    unseen = rate_of_unseen(len(values))
    return mean - unseen * (mean - low), mean + unseen * (1.0 - mean)


def rate_of_unseen(n: int) -> float:
    """How frequent an outcome may be that none of n tasks has: the exact bound."""
    return -math.expm1(math.log(TAIL) / n)


def hull(intervals: Sequence[Interval]) -> Interval:
    """The smallest interval that holds them all."""
    return min(low for low, _ in intervals), max(high for _, high in intervals)


def _bootstrap_mean(values: np.ndarray, unit: int) -> Mean:
    """Distribution of the mean of n draws from values int[n], divided by `unit`."""
    n, lowest = len(values), int(values.min())
    step = int(np.gcd.reduce(values - lowest)) or 1  # 0 where all agree
    steps = (values - lowest) // step
    sums = sums_of_draws(np.bincount(steps) / n, n)
    return Mean(values=(sums.values * step + n * lowest) / (n * unit), probabilities=sums.probabilities)


def percentiles_of(mean: Mean) -> Interval:
    """The 2.5 and the 97.5 percentile: of each, the smallest value that reaches it."""
    cumulative = np.cumsum(mean.probabilities)
    low, high = np.searchsorted(cumulative, [TAIL - ROUNDING, 1 - TAIL - ROUNDING])
    return float(mean.values[low]), float(mean.values[high])


def _difference_percentiles(first: Mean, second: Mean) -> Interval:
    """Percentiles of X - Y for independent X and Y, by bisection on P(X - Y <= t), to 1e-12."""
    cumulative = np.concatenate([np.cumsum(second.probabilities[::-1])[::-1], [0.0]])  # P(Y >= its i-th value)

    def probability_up_to(threshold: float) -> float:
        index = np.searchsorted(second.values, first.values - threshold - 1e-12)
        return float(first.probabilities @ cumulative[index])

    def quantile(probability: float) -> float:
        below, above = first.values[0] - second.values[-1] - 1.0, first.values[-1] - second.values[0]
        while above - below > 1e-12:
            middle = (below + above) / 2
            below, above = (below, middle) if probability_up_to(middle) >= probability - ROUNDING else (middle, above)
        return round(float(above), 10)

    return quantile(TAIL), quantile(1 - TAIL)
