"""Scores of a set of predictions: overall, by groups and by split, each with n and a 95 % interval.

Floats are added by `math.fsum`: the order of tasks, and the version of Python, then decide no digit.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from arith_synth.errors import MetricError
from arith_synth.grammar import Grammar
from arith_synth.scoring.counting import outcomes_of
from arith_synth.scoring.groups import Scores, by_distance, by_size, worst_group
from arith_synth.scoring.intervals import mean_interval
from arith_synth.scoring.outcomes import TaskOutcome
from arith_synth.scoring.pass_at_k import check_k, pass_at_k
from arith_synth.scoring.predictions import Prediction
from arith_synth.scoring.ratios import ratio_interval
from arith_synth.scoring.scorer import Region
from arith_synth.scoring.tasks import Task, split_of
from arith_synth.scoring.training_targets import TrainingTargets

#: pass@k for k > 1 is no whole number of completions; its interval is taken on a grid this fine.
_PASS_UNITS = 1 << 12
#: Rates over completions that every file of outcomes has, and those that depend on what the scorer was given.
_RATES = ("parsed", "consistent", "equivalent", "exact_match")
_CHOICES = ("first_consistent", "largest_cluster")
_COPIES = ("copied", "copied_nearest")
#: How long an answer may be, of its minimal size, that none was: the mean has no bound, and its interval needs one.
_UNSEEN_SIZE_RATIO = 2.0


def score_predictions(
    tasks: Sequence[Task],
    predictions: Iterable[Prediction],
    grammar: Grammar,
    *,
    k: Sequence[int] = (1,),
    in_region: Region | None = None,
    training: TrainingTargets | None = None,
    strict: bool = False,
) -> dict[str, Scores]:
    """The scores of each split among `tasks`, as `scores_by_split` gives them; the options are those of `Scorer`.

    Raises MetricError unless there are tasks, all of one config, exactly one prediction for each, equally many
    completions in each, and k of them at least.
    """
    outcomes = outcomes_of(tasks, predictions, grammar, in_region=in_region, training=training, strict=strict)
    return scores_by_split(outcomes, k=k)


def scores_by_split(outcomes: Sequence[TaskOutcome], *, k: Sequence[int] = (1,)) -> dict[str, Scores]:
    """`scores_of` each split, in the order in which the splits first appear."""
    by_split = outcomes_by_split(outcomes)
    if not by_split:
        raise MetricError("there are no outcomes; a score over no tasks is not defined")
    return {split: scores_of(split_outcomes, k=k) for split, split_outcomes in by_split.items()}


def outcomes_by_split(outcomes: Iterable[TaskOutcome]) -> dict[str, list[TaskOutcome]]:
    """The outcomes of each split, in the order in which the splits first appear."""
    by_split: dict[str, list[TaskOutcome]] = {}
    for outcome in outcomes:
        by_split.setdefault(split_of(outcome.task_id), []).append(outcome)
    return by_split


def scores_of(outcomes: Sequence[TaskOutcome], *, k: Sequence[int] = (1,)) -> Scores:
    """All scores over some tasks, as plain JSON values; docs/scoring.md defines each.

    Rates, 0 to 1: execution_accuracy (= pass@1), parsed, consistent, equivalent, exact_match, in_region, pass@k for
    each k, first_consistent and largest_cluster. copied and copied_nearest: share of the n_wrong wrong completions, and
    its interval_95. size_ratio: mean over the n_solved tasks with a correct completion. `intervals_95` holds the
    intervals of these by name, `interval_95` that of execution_accuracy. by_size, by_distance and worst_group carry
    execution_accuracy, interval_95 and n. reasons counts why completions did not parse, rules by which rule of
    extraction others were read. None where a score is not known, or is over nothing.
    """
    n_completions = _completions_of_each(outcomes)
    rates: dict[str, float | None] = {}
    intervals: dict[str, list[float]] = {}

    def add_rate(name: str, counts: Sequence[int | None], out_of: int) -> None:
        known = [count for count in counts if count is not None]
        if len(known) < len(counts):
            rates[name] = None
            return
        rates[name] = sum(known) / (out_of * len(known))
        intervals[name] = list(mean_interval(known, out_of=out_of))

    add_rate("execution_accuracy", [outcome.n_correct for outcome in outcomes], n_completions)
    for name in (*_RATES, "in_region"):
        add_rate(name, [getattr(outcome, f"n_{name}") for outcome in outcomes], n_completions)
    for draws in k:
        check_k(draws, n_completions)
        if draws == 1:  # the accuracy, to the last digit
            rates["pass@1"], intervals["pass@1"] = rates["execution_accuracy"], intervals["execution_accuracy"]
            continue
        passes = [pass_at_k(outcome.n_correct, n_completions, draws) for outcome in outcomes]
        add_rate(f"pass@{draws}", [round(passed * _PASS_UNITS) for passed in passes], _PASS_UNITS)
        rates[f"pass@{draws}"] = math.fsum(passes) / len(passes)
    for name in _CHOICES:
        add_rate(name, [getattr(outcome, name) for outcome in outcomes], 1)
    n_solved, size_ratio, ratio_bounds = _parsimony(outcomes)
    if ratio_bounds is not None:
        intervals["size_ratio"] = ratio_bounds
    sizes, distances = by_size(outcomes), by_distance(outcomes)
    return {
        "n": len(outcomes),
        "n_completions": n_completions,
        "execution_accuracy": rates.pop("execution_accuracy"),
        "interval_95": intervals.pop("execution_accuracy"),
        **rates,
        "n_solved": n_solved,
        "size_ratio": size_ratio,
        **{name: _share_of_wrong(outcomes, name) for name in _COPIES},
        "intervals_95": intervals,
        "by_size": sizes,
        "by_distance": distances,
        "worst_group": worst_group(sizes, distances),
        "reasons": _counted(outcome.reasons for outcome in outcomes),
        "rules": _counted(outcome.rules for outcome in outcomes),
    }


def _completions_of_each(outcomes: Sequence[TaskOutcome]) -> int:
    if not outcomes:
        raise MetricError("there are no outcomes; a score over no tasks is not defined")
    n_completions = outcomes[0].n_completions
    for outcome in outcomes:
        if outcome.n_completions != n_completions:
            raise MetricError(
                f"task {outcome.task_id!r} has {outcome.n_completions} completions and others {n_completions}; "
                "sample equally many for every task"
            )
    return n_completions


def _parsimony(outcomes: Sequence[TaskOutcome]) -> tuple[int, float | None, list[float] | None]:
    """The number of solved tasks, the mean of their size ratios, and its interval."""
    solved = [outcome for outcome in outcomes if outcome.size_ratio is not None]
    ratios = [outcome.size_ratio or 0.0 for outcome in outcomes]
    if not solved:
        return 0, None, None
    limits = min(1.0, *(outcome.size_ratio or 1.0 for outcome in solved)), max(_UNSEEN_SIZE_RATIO, *ratios)
    interval = ratio_interval(ratios, [int(outcome.size_ratio is not None) for outcome in outcomes], limits=limits)
    return len(solved), math.fsum(ratios) / len(solved), None if interval is None else list(interval)


def _share_of_wrong(outcomes: Sequence[TaskOutcome], name: str) -> Scores | None:
    """The share of wrong completions that were counted as `name`; None when nobody counted."""
    counts = [getattr(outcome, f"n_{name}") for outcome in outcomes]
    if any(count is None for count in counts):
        return None
    wrong = [outcome.n_completions - outcome.n_correct for outcome in outcomes]
    interval = ratio_interval(counts, wrong)
    return {
        "share": sum(counts) / sum(wrong) if interval is not None else None,
        "interval_95": None if interval is None else list(interval),
        "n_wrong": sum(wrong),
    }


def _counted(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    """The sum of the counts, most frequent first, ties by name."""
    total = sum(map(Counter, counts), Counter())
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))
