"""Accuracy by groups of tasks: by size, by distance to training, and the worst of the groups."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from arith_synth.scoring.intervals import mean_interval
from arith_synth.scoring.outcomes import TaskOutcome
from arith_synth.scoring.tasks import DISTANCES

N_DISTANCE_BINS = 5
#: A smaller group is too small to be called the worst: one task is more than 3 points of its accuracy.
MIN_WORST_GROUP = 30

Scores = dict[str, Any]


def accuracy_of(outcomes: Sequence[TaskOutcome]) -> Scores:
    """n, execution_accuracy and interval_95 over some tasks, which have equally many completions."""
    n_completions = outcomes[0].n_completions
    counts = [outcome.n_correct for outcome in outcomes]
    return {
        "n": len(outcomes),
        "execution_accuracy": sum(counts) / (n_completions * len(counts)),
        "interval_95": list(mean_interval(counts, out_of=n_completions)),
    }


def by_size(outcomes: Sequence[TaskOutcome]) -> dict[str, Scores]:
    """The accuracy at each size of the target, small ones first."""
    groups: dict[int, list[TaskOutcome]] = {}
    for outcome in sorted(outcomes, key=lambda outcome: outcome.size):
        groups.setdefault(outcome.size, []).append(outcome)
    return {str(size): accuracy_of(group) for size, group in groups.items()}


def by_distance(outcomes: Sequence[TaskOutcome]) -> dict[str, list[Scores]]:
    """The accuracy in each quintile of each distance to training that all tasks have; equal distances share a bin."""
    return {
        name: _quintiles(outcomes, name)
        for name in DISTANCES
        if all(getattr(outcome, name) is not None for outcome in outcomes)
    }


def worst_group(sizes: Mapping[str, Scores], distances: Mapping[str, Sequence[Scores]]) -> Scores | None:
    """The group of at least `MIN_WORST_GROUP` tasks with the lowest accuracy, of two the first by name.

    `group` names it: "size 5", or "semantic_distance 0.25 to 0.75". None when every group is smaller. Its interval is
    that of the group alone: the lowest of several is lower than its own accuracy by chance too.
    """
    # Pairs, no mapping: bins whose edges differ in later digits have one name.
    groups = [(f"size {size}", scores) for size, scores in sizes.items()]
    for name, bins in distances.items():
        groups += [(f"{name} {scores['from']:.4g} to {scores['to']:.4g}", scores) for scores in bins]
    large = [(name, scores) for name, scores in groups if scores["n"] >= MIN_WORST_GROUP]
    if not large:
        return None
    worst, scores = min(large, key=lambda group: (group[1]["execution_accuracy"], group[0]))
    return {"group": worst, **{key: scores[key] for key in ("n", "execution_accuracy", "interval_95")}}


def _quintiles(outcomes: Sequence[TaskOutcome], name: str) -> list[Scores]:
    ordered = sorted(outcomes, key=lambda outcome: getattr(outcome, name))
    distances = [getattr(outcome, name) for outcome in ordered]
    edges = [distances[len(distances) * cut // N_DISTANCE_BINS] for cut in range(1, N_DISTANCE_BINS)]
    bins: dict[int, list[TaskOutcome]] = {}
    for outcome, distance in zip(ordered, distances, strict=True):
        bins.setdefault(bisect_right(edges, distance), []).append(outcome)
    return [
        {"from": getattr(group[0], name), "to": getattr(group[-1], name), **accuracy_of(group)}
        for group in bins.values()
    ]
