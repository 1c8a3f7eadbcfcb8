"""Counting what a model earned: predictions matched to tasks, and every completion's verdict counted."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence

from arith_synth.errors import MetricError
from arith_synth.grammar import Grammar
from arith_synth.scoring.outcomes import COUNTS, TaskOutcome
from arith_synth.scoring.predictions import Prediction
from arith_synth.scoring.reasons import reason_kind
from arith_synth.scoring.scorer import Region, Scorer, Verdict
from arith_synth.scoring.tasks import DISTANCES, Task, config_of
from arith_synth.scoring.training_targets import TrainingTargets
from arith_synth.semantics.meanings import identity_of

#: From so many distinct completions on, kernels are worth loading, by the identity of the grammar: loading takes a
#: second, compiling them once 15 s. Observational fingerprints take one verdict after another long.
BATCH_FROM = {"algebraic": 50_000, "observational": 2_000}


def outcomes_of(
    tasks: Sequence[Task],
    predictions: Iterable[Prediction],
    grammar: Grammar,
    *,
    in_region: Region | None = None,
    training: TrainingTargets | None = None,
    strict: bool = False,
) -> list[TaskOutcome]:
    """Score every task's completions, in the order of `tasks`.

    Many are scored by kernels (`scoring.batch`), which give the same outcomes as one verdict after another. The options
    are those of `Scorer`. Raises MetricError unless there are tasks, all of one config, and exactly one prediction for
    each of them.
    """
    if not tasks:
        raise MetricError("there are no tasks to score; name a split that has some")
    configs = sorted({config_of(task.task_id) for task in tasks})
    if len(configs) > 1:
        raise MetricError(f"the tasks are of several configs ({', '.join(configs)}); score one config at a time")
    completions = _completions_by_task(tasks, predictions)
    scorer = Scorer(grammar, in_region, training=training, strict=strict)

    def plain(task: Task) -> TaskOutcome:
        return outcome_of(task, completions[task.task_id], scorer)

    if not _are_at_least(BATCH_FROM[identity_of(grammar)], completions):
        return [plain(task) for task in tasks]
    from arith_synth.scoring.batch import batch_outcomes  # numba: only when it is worth it

    return list(
        batch_outcomes(tasks, completions, grammar, plain, in_region=in_region, training=training, strict=strict)
    )


def _completions_by_task(tasks: Sequence[Task], predictions: Iterable[Prediction]) -> dict[str, tuple[str, ...]]:
    known = {task.task_id for task in tasks}
    if len(known) < len(tasks):
        raise MetricError("a task id stands twice among the tasks; pass each split once")
    completions: dict[str, tuple[str, ...]] = {}
    for prediction in predictions:
        if prediction.task_id not in known:
            asked = ", ".join(dict.fromkeys(task.task_id.rpartition("/")[0] for task in tasks))
            raise MetricError(f"unknown task id {prediction.task_id[:80]!r}; predict only the tasks of {asked}")
        if prediction.task_id in completions:
            raise MetricError(f"task {prediction.task_id!r} has two predictions; keep one, with all its completions")
        if not prediction.completions:
            raise MetricError(f"task {prediction.task_id!r} has no completion; give at least one, if an empty text")
        completions[prediction.task_id] = prediction.completions
    if missing := [task.task_id for task in tasks if task.task_id not in completions]:
        raise MetricError(f"{len(missing)} of {len(tasks)} tasks lack a prediction, first {missing[0]!r}; predict all")
    return completions


def _are_at_least(n: int, completions: Mapping[str, Sequence[str]]) -> bool:
    """Whether there are n distinct completions; those of two tasks are distinct."""
    n_distinct = 0
    for texts in completions.values():
        n_distinct += len(set(texts))
        if n_distinct >= n:
            return True
    return False


def outcome_of(task: Task, completions: Sequence[str], scorer: Scorer) -> TaskOutcome:
    """What one task's completions earned, one verdict after another. MetricError as `Scorer.verdict`."""
    # A dictionary keeps the order in which texts first came, which is that of the samples.
    verdicts = {text: (scorer.verdict(task, text), times) for text, times in Counter(completions).items()}
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    ratios = 0.0
    for verdict, times in verdicts.values():
        if verdict.reason is not None:
            reasons[reason_kind(verdict.reason)] += times
        if verdict.rule is not None:
            rules[verdict.rule] += times
        if verdict.size_ratio is not None:
            ratios += verdict.size_ratio * times
        for name in COUNTS:
            counts[name] += times * bool(getattr(verdict, name.removeprefix("n_")))
    training = scorer.training
    return TaskOutcome(
        task_id=task.task_id,
        size=task.size,
        n_completions=len(completions),
        **{name: counts[name] for name in COUNTS if name not in ("n_in_region", "n_copied", "n_copied_nearest")},
        n_in_region=counts["n_in_region"] if scorer.has_region else None,
        n_copied=None if training is None else counts["n_copied"],
        n_copied_nearest=None if training is None or not training.knows_nearest else counts["n_copied_nearest"],
        first_consistent=_first_consistent([verdict for verdict, _ in verdicts.values()]),
        largest_cluster=_largest_cluster(list(verdicts.values())),
        size_ratio=ratios / counts["n_correct"] if counts["n_correct"] else None,
        **{name: getattr(task, name) for name in DISTANCES},
        reasons=dict(reasons),
        rules=dict(rules),
    )


def _first_consistent(verdicts: Sequence[Verdict]) -> int:
    """1 when the first sample that agrees with all shown examples is correct, else 0; also when none agrees."""
    return int(next((verdict.correct for verdict in verdicts if verdict.consistent), False))


def _largest_cluster(verdicts: Sequence[tuple[Verdict, int]]) -> int:
    """1 when the first sample of the largest cluster is correct, else 0; also when no sample is a program.

    A cluster: samples that give the same outputs on the shown inputs, right or wrong. Of equally large ones, the one
    that began first.
    """
    sizes: Counter[Hashable] = Counter()
    firsts: dict[Hashable, Verdict] = {}
    for verdict, times in verdicts:
        if verdict.behaviour is not None:
            sizes[verdict.behaviour] += times
            firsts.setdefault(verdict.behaviour, verdict)
    # max takes the first of equals, and the clusters stand in the order in which they began.
    return int(firsts[max(sizes, key=sizes.__getitem__)].correct) if sizes else 0
