"""The bootstrap over training seeds and tasks, crossed: seeds and tasks are both drawn anew, each with replacement.

A draw of m seeds says how often each of them counts; given it, the sum over n drawn tasks is a sum of n draws (see
`draws`), whose distribution is exact. So the tasks are never resampled. Of up to `MOST_EXACT_SEEDS` seeds neither are
the seeds: all draws of them are gone through, each with its probability. Of more seeds, `N_DRAWS` keyed draws stand for
all, the same on every machine: the probability beyond a bound is then 0.025 with a standard error of at most 0.0025.

Source: the pigeonhole bootstrap of Owen 2007, "The pigeonhole bootstrap", section 3. Of m seeds it knows the spread
only as far as m seeds show it, and is on average too narrow in that part by the factor (m - 1) / m of the variance.
"""

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from arith_synth.errors import MetricError
from arith_synth.scoring.draws import mixed_sums
from arith_synth.scoring.intervals import Interval, Mean, hull, percentiles_of, rate_of_unseen
from arith_synth.seeding import keyed_hash, splitmix64

MOST_EXACT_SEEDS = 6
N_DRAWS = 4_096


def crossed_interval(counts: Sequence[Sequence[int]], *, unit: int, lowest: float = 0.0) -> Interval:
    """95 % interval of mean(counts) / unit, where counts int[m][n] are those of m seeds on the same n tasks.

    Counts / unit lie in lowest..1, and the interval reaches at least as far as the mean moves when an outcome that no
    task has is as frequent as the exact bound allows. Raises MetricError for fewer than two seeds, no tasks, or seeds
    with other numbers of tasks.
    """
    values = _checked(counts)
    m, n = values.shape
    base = int(values.min())
    step = math.gcd(*(values - base).ravel().tolist()) or 1  # 0 where all agree
    steps = (values - base) // step
    span = m * int(steps.max())
    of_seeds = steps.mean(axis=1)
    sums = mixed_sums(
        ((share, np.bincount(weights @ steps, minlength=span + 1) / n) for share, weights in _draws_of_seeds(m)),
        n,
        means=(m * float(of_seeds.min()), m * float(of_seeds.max())),
        deviation=m * float(steps.std(axis=1).max()),
        span=span,
    )
    means = Mean(values=(sums.values * step / m + n * base) / (n * unit), probabilities=sums.probabilities)
    mean, unseen = float(values.mean()) / unit, rate_of_unseen(n)
    return hull([percentiles_of(means), (mean - unseen * (mean - lowest), mean + unseen * (1.0 - mean))])


def _checked(counts: Sequence[Sequence[int]]) -> np.ndarray:
    if len(counts) < 2:
        raise MetricError(f"an interval over seeds needs two seeds or more, and there are {len(counts)}; train again")
    if len({len(of_seed) for of_seed in counts}) > 1 or not counts[0]:
        raise MetricError("the seeds have no tasks, or not the same number; evaluate each on the same tasks")
    return np.asarray(counts, dtype=np.int64)


def _draws_of_seeds(m: int) -> Iterator[tuple[float, np.ndarray]]:
    """The probability of a draw of m of m seeds, and how often it has each: int64[m]."""
    if m <= MOST_EXACT_SEEDS:
        for drawn in itertools.combinations_with_replacement(range(m), m):
            weights = np.bincount(drawn, minlength=m)
            n_orders = math.factorial(m) // math.prod(math.factorial(times) for times in weights.tolist())
            yield n_orders / m**m, weights
        return
    key = np.uint64(keyed_hash("crossed bootstrap", m))
    drawn = splitmix64(splitmix64(np.arange(N_DRAWS * m, dtype=np.uint64)) ^ key).reshape(N_DRAWS, m) % np.uint64(m)
    alike = Counter(tuple(np.bincount(row.astype(np.int64), minlength=m).tolist()) for row in drawn)
    for weights, times in sorted(alike.items()):
        yield times / N_DRAWS, np.asarray(weights, dtype=np.int64)
