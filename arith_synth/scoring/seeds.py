"""Scores over training seeds: their mean and interval, and two systems compared over the same seeds.

The seeds of two systems are paired: what the seed decides (the order of tasks, the initial weights where shapes agree)
is alike in both.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from arith_synth.errors import MetricError
from arith_synth.scoring.crossed import crossed_interval
from arith_synth.scoring.groups import accuracy_of
from arith_synth.scoring.outcomes import TaskOutcome
from arith_synth.scoring.paired import pair_runs

#: With fewer, the p-values of a rank test are few and coarse: of 5 seeds the smallest is 2 / 2^5.
MIN_RANK_SEEDS = 8

#: The outcomes of one test by training seed.
Runs = Mapping[int, Sequence[TaskOutcome]]


def scores_over_seeds(runs: Runs) -> dict[str, Any]:
    """Accuracy over training seeds on the same tasks, as plain JSON values.

    execution_accuracy: the mean over seeds and tasks; interval_95: of the bootstrap over seeds and tasks (see
    `crossed`); standard_deviation: of the seeds' accuracies (n - 1 below the line); n tasks, n_seeds; by_seed: each
    seed's accuracy with the interval over its tasks. Raises MetricError for fewer than two seeds, or seeds that
    answered other tasks or unequal numbers of completions.
    """
    first, *_ = _at_least_two(runs)
    pairings = {seed: pair_runs(runs[first], outcomes, f"seed {seed}") for seed, outcomes in runs.items()}
    for seed, pairing in pairings.items():
        if pairing.second_out_of != pairing.first_out_of:
            raise MetricError(f"seeds {first} and {seed} have unequal numbers of completions; sample equally many")
    counts = [pairing.second for pairing in pairings.values()]
    out_of = pairings[first].first_out_of
    by_seed = {str(seed): accuracy_of(outcomes) for seed, outcomes in runs.items()}
    accuracies = [scores["execution_accuracy"] for scores in by_seed.values()]
    return {
        "n": len(counts[0]),
        "n_seeds": len(counts),
        "execution_accuracy": statistics.fmean(accuracies),
        "interval_95": list(crossed_interval(counts, unit=out_of)),
        "standard_deviation": statistics.stdev(accuracies),
        "by_seed": by_seed,
    }


def compare_over_seeds(first: Runs, second: Runs) -> dict[str, Any]:
    """The accuracy of one system less that of another, over the same training seeds and tasks, as plain JSON values.

    difference: of the means; interval_95: of the bootstrap over seeds and tasks, both drawn in pairs; by_seed: the
    differences; t_test: paired, two-sided, over the seeds' differences, with statistic, degrees_of_freedom and p_value
    (both None where all seeds differ alike, and the test is not defined); rank_test: `rank_test`'s p-value, None below
    `MIN_RANK_SEEDS` seeds. Raises MetricError for fewer than two seeds, or unpaired seeds or tasks.
    """
    seeds = _at_least_two(first)
    if first.keys() != second.keys():
        raise MetricError("two systems have other training seeds; train both with the same ones")
    pairings = [pair_runs(first[seed], second[seed], f"seed {seed}") for seed in seeds]
    for seed, pairing in zip(seeds, pairings, strict=True):
        pair_runs(first[seeds[0]], first[seed], f"seed {seed}")  # the same tasks across seeds too
        if pairing.first_out_of != pairings[0].first_out_of or pairing.second_out_of != pairings[0].second_out_of:
            raise MetricError(f"seeds {seeds[0]} and {seed} have unequal numbers of completions; sample equally many")
    counts = [pairing.differences for pairing in pairings]
    differences = [pairing.difference for pairing in pairings]
    return {
        "n": len(counts[0]),
        "n_seeds": len(seeds),
        "difference": statistics.fmean(differences),
        "interval_95": list(crossed_interval(counts, unit=pairings[0].unit, lowest=-1.0)),
        "by_seed": {str(seed): difference for seed, difference in zip(seeds, differences, strict=True)},
        "t_test": t_test(differences),
        "rank_test": rank_test(differences) if len(seeds) >= MIN_RANK_SEEDS else None,
    }


def t_test(differences: Sequence[float]) -> dict[str, Any]:
    """Paired two-sided t-test that differences float[m] have mean 0: statistic, degrees_of_freedom and p_value.

    Source: Student 1908. Statistic and p-value are None where all differences agree. Raises MetricError below two.
    """
    if len(differences) < 2:
        raise MetricError(f"a t-test needs two seeds or more, and there are {len(differences)}; train again")
    degrees, deviation = len(differences) - 1, statistics.stdev(differences)
    if deviation <= 1e-12:  # they agree up to rounding
        return {"statistic": None, "degrees_of_freedom": degrees, "p_value": None}
    from scipy.stats import t  # here, so that scoring without seeds does not pay for it

    statistic = statistics.fmean(differences) / deviation * math.sqrt(len(differences))
    return {"statistic": statistic, "degrees_of_freedom": degrees, "p_value": float(2 * t.sf(abs(statistic), degrees))}


def rank_test(differences: Sequence[float]) -> dict[str, Any]:
    """Wilcoxon's signed-rank test of differences float[m], exact and two-sided, zeros dropped and ties at mid-ranks.

    `n_nonzero` and `p_value`: the share of all 2^n_nonzero choices of signs that are as uneven, counted, not
    approximated; 1 where all are zero. Source: Wilcoxon 1945; exact with ties: Pratt and Gibbons 1981, section 3.7.
    Raises MetricError below `MIN_RANK_SEEDS` seeds.
    """
    if len(differences) < MIN_RANK_SEEDS:
        raise MetricError(f"a rank test needs {MIN_RANK_SEEDS} seeds, and there are {len(differences)}; train more")
    rounded = [round(difference, 12) for difference in differences]
    nonzero = [difference for difference in rounded if difference]
    sizes = sorted(abs(difference) for difference in nonzero)
    # Twice the mid-rank: of equal sizes, the first's and the last's rank together.
    ranks = [2 * sizes.index(abs(value)) + sizes.count(abs(value)) + 1 for value in nonzero]
    total = sum(ranks)
    n_choices = [1] + [0] * total  # of signs, by the sum of the positive ranks
    for rank in ranks:
        for place in range(total, rank - 1, -1):
            n_choices[place] += n_choices[place - rank]
    positive = sum(rank for rank, value in zip(ranks, nonzero, strict=True) if value > 0)
    as_uneven = sum(n_choices[: min(positive, total - positive) + 1])
    return {"n_nonzero": len(nonzero), "p_value": min(1.0, 2 * as_uneven / 2 ** len(nonzero))}


def _at_least_two(runs: Runs) -> list[int]:
    if len(runs) < 2:
        raise MetricError(f"scores over seeds need two training seeds or more, and there are {len(runs)}; train again")
    return list(runs)
