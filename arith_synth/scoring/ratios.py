"""95 % bootstrap interval of a ratio of sums over tasks, without resampling.

Some scores are shares of what a task need not have: copies among the wrong completions, leaves among the correct ones.
Tasks are drawn as ever, n with replacement, and the ratio of the sums of the drawn tasks is taken, of the parts over
the wholes. It is at most r exactly when the sum of part - r * whole is at most 0, which is again a sum of n draws; so
the percentiles are found by bisection over r. Draws in which no task has a whole have no ratio, and are left out.
Source: Efron and Tibshirani 1993, chapter 13; the inversion of the ratio is that of Fieller 1954.

Where a task's part - r * whole falls between two points of the lattice, it is shared between them in proportion, which
keeps the mean of the sum and hardly widens it. Of few tasks the lattice is so fine that none falls between.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from arith_synth.errors import MetricError
from arith_synth.scoring.draws import ROUNDING, sums_of_draws
from arith_synth.scoring.intervals import TAIL, Interval, hull, rate_of_unseen

#: Bounds are multiples of 1 / `_GRID`.
_GRID = 10_000
#: Where the lattice is not the finest, its cells are this part of the deviation of a task's value, but not so small
#: that there are more than `_MOST_CELLS` from the least to the largest value.
_CELLS = 32
_MOST_CELLS = 512
#: The finest lattice is used up to this many points of the sum.
_MOST_POINTS = 1 << 17


def ratio_interval(parts: Sequence[float], wholes: Sequence[int], *, limits: Interval = (0.0, 1.0)) -> Interval | None:
    """Interval of sum(parts) / sum(wholes) over tasks, to four decimals; None when all wholes are 0.

    `limits`: between them lies the ratio of any task that could be. The interval reaches at least as far as the ratio
    moves when one at a limit is as frequent as the exact bound for the unseen allows.
    Raises MetricError for no tasks, a part without a whole, or a ratio outside of the limits.
    """
    pairs = _checked(parts, wholes, limits)
    n, n_with_whole = len(parts), int((pairs[:, 1] > 0).sum())
    if not n_with_whole:
        return None
    values, times = np.unique(pairs, axis=0, return_counts=True)
    # Draws without any whole would count as at most 0 for every ratio.
    undefined = (1 - n_with_whole / n) ** n

    def probability_up_to(ratio: int) -> float:
        probability = _not_above_zero(values[:, 0] - ratio * values[:, 1], times / n, n)
        return (probability - undefined) / (1 - undefined)

    ratios = values[values[:, 1] > 0]
    ratios = ratios[:, 0] / ratios[:, 1]
    ends = math.floor(ratios.min()), math.ceil(ratios.max())

    def percentile(probability: float, deviations: float) -> int:
        guesses = _guesses(pairs, deviations)
        return _least(ends, lambda ratio: probability_up_to(ratio) >= probability - ROUNDING, guesses)

    low, high = percentile(TAIL, -1.96), percentile(1 - TAIL, 1.96)
    ratio, unseen = math.fsum(parts) / sum(wholes), rate_of_unseen(n_with_whole)
    reach = ratio - unseen * (ratio - limits[0]), ratio + unseen * (limits[1] - ratio)
    return hull([(low / _GRID, high / _GRID), reach])


def _checked(parts: Sequence[float], wholes: Sequence[int], limits: Interval) -> np.ndarray:
    """Pairs int64[n, 2] of parts, in units of 1 / `_GRID`, and wholes."""
    if not parts or len(parts) != len(wholes):
        raise MetricError(f"a ratio of {len(parts)} parts and {len(wholes)} wholes is not defined; give both of a task")
    for part, whole in zip(parts, wholes, strict=True):
        # The mean of exact ratios may lie beyond a limit by a rounding of its last bit.
        if not limits[0] * whole - ROUNDING <= part <= limits[1] * whole + ROUNDING:
            raise MetricError(f"a part of {part} of {whole} is outside of {limits[0]}..{limits[1]}; count it again")
    return np.stack([np.rint(np.asarray(parts) * _GRID).astype(np.int64), np.asarray(wholes, dtype=np.int64)], axis=1)


def _not_above_zero(values: np.ndarray, probabilities: np.ndarray, n: int) -> float:
    """The probability that n draws from values int64[v] sum to at most 0."""
    span = int(np.ptp(values))
    step = math.gcd(*values.tolist()) or 1  # 0 where all are
    if n * (span // step) <= _MOST_POINTS:
        places, shared = values // step, np.zeros(len(values))
    else:
        # Zero, the value of a task without a whole, lies on the lattice.
        deviation = math.sqrt(float(probabilities @ (values - probabilities @ values) ** 2))
        step = max(1.0, deviation / _CELLS, span / _MOST_CELLS)
        places = np.floor(values / step).astype(np.int64)
        shared = values / step - places
    lowest = int(places.min())
    length = int(places.max()) - lowest + 2
    observed = np.bincount(places - lowest, weights=probabilities * (1 - shared), minlength=length)
    observed += np.bincount(places - lowest + 1, weights=probabilities * shared, minlength=length)
    sums = sums_of_draws(observed, n)
    return float(sums.probabilities[: np.searchsorted(sums.values, -n * lowest, side="right")].sum())


def _guesses(pairs: np.ndarray, deviations: float) -> tuple[int, int]:
    """Two ratios a little under and over where a normal law of the ratio has this percentile."""
    parts, wholes = pairs[:, 0], pairs[:, 1]
    ratio = parts.sum() / wholes.sum()
    deviation = math.sqrt(float(((parts - ratio * wholes) ** 2).sum())) / wholes.sum()
    return int(ratio + (deviations - 0.1) * deviation), int(ratio + (deviations + 0.1) * deviation) + 1


def _least(ends: tuple[int, int], holds: Callable[[int], bool], guesses: tuple[int, int]) -> int:
    """The least number between the ends from which on it holds, as it does at the upper end; guesses save steps."""
    below, above = ends[0] - 1, ends[1]
    untried = [guess for guess in guesses if below < guess < above]
    while above - below > 1:
        middle = untried.pop() if untried else (below + above) // 2
        if below < middle < above:
            below, above = (below, middle) if holds(middle) else (middle, above)
    return above
