"""Scores of a set of predictions: overall, by size and by distance to training, each with n and a 95 % interval."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from arith_synth.errors import MetricError
from arith_synth.grammar import Grammar
from arith_synth.scoring.counting import outcomes_of
from arith_synth.scoring.intervals import mean_interval
from arith_synth.scoring.outcomes import TaskOutcome
from arith_synth.scoring.pass_at_k import check_k, pass_at_k
from arith_synth.scoring.predictions import Prediction
from arith_synth.scoring.scorer import Region
from arith_synth.scoring.tasks import DISTANCES, Task, split_of

N_DISTANCE_BINS = 5
#: pass@k for k > 1 is no whole number of completions; its interval is taken on a grid this fine.
_PASS_UNITS = 1 << 12

Scores = dict[str, Any]


def score_predictions(
    tasks: Sequence[Task],
    predictions: Iterable[Prediction],
    grammar: Grammar,
    *,
    k: Sequence[int] = (1,),
    in_region: Region | None = None,
) -> dict[str, Scores]:
    """The scores of each split among `tasks`, as `scores_by_split` gives them.

    `in_region` tests a program for the form that training held out. Raises MetricError unless there are tasks, all
    of one config, exactly one prediction for each, equally many completions in each, and k of them at least.
    """
    return scores_by_split(outcomes_of(tasks, predictions, grammar, in_region=in_region), k=k)


def scores_by_split(outcomes: Sequence[TaskOutcome], *, k: Sequence[int] = (1,)) -> dict[str, Scores]:
    """`scores_of` each split, in the order in which the splits first appear."""
    by_split: dict[str, list[TaskOutcome]] = {}
    for outcome in outcomes:
        by_split.setdefault(split_of(outcome.task_id), []).append(outcome)
    if not by_split:
        raise MetricError("there are no outcomes; a score over no tasks is not defined")
    return {split: scores_of(split_outcomes, k=k) for split, split_outcomes in by_split.items()}


def scores_of(outcomes: Sequence[TaskOutcome], *, k: Sequence[int] = (1,)) -> Scores:
    """All scores over some tasks, as plain JSON values.

    Rates (0 to 1) are means over tasks of completions / completions: execution_accuracy (= pass@1), parsed,
    consistent, equivalent, exact_match, in_region (None without a region), and pass@k for each k; `intervals_95`
    holds the interval of each, `interval_95` that of execution_accuracy. size_ratio is the mean over tasks with a
    correct completion, whose number is n_solved. by_size and by_distance (quintiles of the distance to training;
    equal distances share a bin) carry execution_accuracy, interval_95 and n. reasons counts completions that did
    not parse.
    """
    if not outcomes:
        raise MetricError("there are no outcomes; a score over no tasks is not defined")
    n_completions = outcomes[0].n_completions
    for outcome in outcomes:
        if outcome.n_completions != n_completions:
            raise MetricError(
                f"task {outcome.task_id!r} has {outcome.n_completions} completions and others {n_completions}; "
                "sample equally many for every task"
            )
    rates: dict[str, float] = {}
    intervals: dict[str, list[float]] = {}

    def add_rate(name: str, counts: Sequence[int], out_of: int) -> None:
        rates[name] = sum(counts) / (out_of * len(counts))
        intervals[name] = list(mean_interval(counts, out_of=out_of))

    add_rate("execution_accuracy", [outcome.n_correct for outcome in outcomes], n_completions)
    for name in ("parsed", "consistent", "equivalent", "exact_match"):
        add_rate(name, [getattr(outcome, f"n_{name}") for outcome in outcomes], n_completions)
    in_region = [outcome.n_in_region for outcome in outcomes if outcome.n_in_region is not None]
    if len(in_region) == len(outcomes):
        add_rate("in_region", in_region, n_completions)
    for draws in k:
        check_k(draws, n_completions)
        passes = [pass_at_k(outcome.n_correct, n_completions, draws) for outcome in outcomes]
        add_rate(f"pass@{draws}", [round(passed * _PASS_UNITS) for passed in passes], _PASS_UNITS)
        rates[f"pass@{draws}"] = sum(passes) / len(passes)
    ratios = [outcome.size_ratio for outcome in outcomes if outcome.size_ratio is not None]
    reasons = sum((Counter(outcome.reasons) for outcome in outcomes), Counter())
    return {
        "n": len(outcomes),
        "n_completions": n_completions,
        "execution_accuracy": rates.pop("execution_accuracy"),
        "interval_95": intervals.pop("execution_accuracy"),
        "in_region": None,
        **rates,
        "n_solved": len(ratios),
        "size_ratio": sum(ratios) / len(ratios) if ratios else None,
        "intervals_95": intervals,
        "by_size": {str(size): _accuracy(group) for size, group in _by_size(outcomes).items()},
        "by_distance": {
            name: _by_distance(outcomes, name)
            for name in DISTANCES
            if all(getattr(outcome, name) is not None for outcome in outcomes)
        },
        "reasons": dict(reasons.most_common()),
    }


def _accuracy(outcomes: Sequence[TaskOutcome]) -> Scores:
    n_completions = outcomes[0].n_completions
    counts = [outcome.n_correct for outcome in outcomes]
    return {
        "n": len(outcomes),
        "execution_accuracy": sum(counts) / (n_completions * len(counts)),
        "interval_95": list(mean_interval(counts, out_of=n_completions)),
    }


def _by_size(outcomes: Sequence[TaskOutcome]) -> dict[int, list[TaskOutcome]]:
    groups: dict[int, list[TaskOutcome]] = {}
    for outcome in sorted(outcomes, key=lambda outcome: outcome.size):
        groups.setdefault(outcome.size, []).append(outcome)
    return groups


def _by_distance(outcomes: Sequence[TaskOutcome], name: str) -> list[Scores]:
    distances = sorted(getattr(outcome, name) for outcome in outcomes)
    edges = [distances[len(distances) * cut // N_DISTANCE_BINS] for cut in range(1, N_DISTANCE_BINS)]
    bins: dict[int, list[TaskOutcome]] = {}
    for outcome in sorted(outcomes, key=lambda outcome: getattr(outcome, name)):
        bins.setdefault(bisect_right(edges, getattr(outcome, name)), []).append(outcome)
    return [
        {"from": getattr(group[0], name), "to": getattr(group[-1], name), **_accuracy(group)} for group in bins.values()
    ]
