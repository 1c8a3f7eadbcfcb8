"""The one way from predictions to scores that every tool takes: command line, harnesses, submissions, leaderboard.

Light: no torch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arith_synth.data.config_names import check_config
from arith_synth.data.folder import DatasetFolder, open_dataset
from arith_synth.data.forms import held_out_form
from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.names import check_name, is_test
from arith_synth.scoring import (
    Prediction,
    Task,
    TaskOutcome,
    TrainingTargets,
    outcomes_of,
    read_grammar,
    read_tasks,
    scores_by_split,
    split_of,
)
from arith_synth.scoring.scorer import Region

#: `--splits all`: every test split of the config.
ALL = "all"
#: `--lite`: the first tasks of each split, which are in keyed-hash order and so a sample.
N_LITE = 200


@dataclass(frozen=True, kw_only=True)
class Questions:
    """Tasks of one config, and all that scoring answers to them needs. `training`: None when copies are not asked for;
    `lite`: whether these are the first `N_LITE` tasks of each split only; `passed_over`: the ids of its other tasks."""

    folder: DatasetFolder
    config: str
    splits: tuple[str, ...]
    lite: bool
    grammar: Grammar
    tasks: tuple[Task, ...]
    in_region: Region | None
    training: TrainingTargets | None
    passed_over: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Graded:
    """Outcomes in the order of the tasks, and the scores of each split."""

    outcomes: list[TaskOutcome]
    scores: dict[str, dict[str, Any]]


def questions_of(
    data: Path | str, config: str, splits: Sequence[str], *, lite: bool = False, copies: bool = False
) -> Questions:
    """The tasks of some splits; `[ALL]` names every test. `copies`: also which wrong answers would be targets of the
    config's training split.

    Raises DatasetError for a folder that is no dataset, UnknownNameError for a config or split that is not there,
    UsageError for `ALL` of a config without tests.
    """
    folder = open_dataset(data)
    splits = splits_named(folder, config, splits)
    all_tasks = read_tasks(folder.path, config, splits)
    tasks = lite_tasks(all_tasks) if lite else all_tasks
    training = None
    if copies:
        from arith_synth.baselines.retrieval import training_targets_of  # numba: only when it is asked for

        training = training_targets_of(folder, config, tasks)
    return Questions(
        folder=folder,
        config=config,
        splits=tuple(splits),
        lite=lite,
        grammar=read_grammar(folder.path),
        tasks=tuple(tasks),
        in_region=held_out_form(folder, config),
        training=training,
        passed_over=frozenset(task.task_id for task in all_tasks) - {task.task_id for task in tasks},
    )


def splits_named(folder: DatasetFolder, config: str, splits: Sequence[str]) -> list[str]:
    """The splits of a config that a caller names, `[ALL]` meaning every test. Raises as `questions_of`."""
    check_config(config, folder.configs)
    there = folder.configs[config]
    if list(splits) == [ALL]:
        tests = [split for split in there if is_test(split)]
        if not tests:
            raise UsageError(f"config {config!r} has no tests; name another, as with --config support_shift")
        return tests
    for split in splits:
        check_name("split", split, there)
    return list(splits)


def lite_tasks(tasks: Iterable[Task]) -> list[Task]:
    """The first `N_LITE` tasks of each split."""
    by_split: dict[str, list[Task]] = {}
    for task in tasks:
        by_split.setdefault(split_of(task.task_id), []).append(task)
    return [task for split_tasks in by_split.values() for task in split_tasks[:N_LITE]]


def grade(
    questions: Questions, predictions: Iterable[Prediction], *, k: Sequence[int] = (1,), strict: bool = False
) -> Graded:
    """Score one prediction for each task. `strict`: completions are read without the rules of extraction.

    Predictions for tasks that lite passes over are left out, so that answers to whole splits can be scored so too.
    Raises MetricError as `outcomes_of` and `scores_by_split` do.
    """
    outcomes = outcomes_of(
        questions.tasks,
        (prediction for prediction in predictions if prediction.task_id not in questions.passed_over),
        questions.grammar,
        in_region=questions.in_region,
        training=questions.training,
        strict=strict,
    )
    return Graded(outcomes=outcomes, scores=scores_by_split(outcomes, k=k))
