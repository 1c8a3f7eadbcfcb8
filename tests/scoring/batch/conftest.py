"""Scoring by both paths, and tasks of any grammar."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from arith_synth.grammar import NAMED_GRAMMARS, Expression, Grammar, size, to_infix
from arith_synth.scoring import Scorer, Task, TaskOutcome
from arith_synth.scoring.batch import batch_outcomes
from arith_synth.scoring.counting import outcome_of
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.fingerprints import fingerprint_of
from arith_synth.semantics.panels import panel_of


@dataclass(frozen=True, kw_only=True)
class Scored:
    """The outcomes of both paths, and how many tasks the kernels left to the plain one."""

    plain: list[TaskOutcome]
    batch: list[TaskOutcome]
    n_left: int


def task_for(target: Expression, grammar: Grammar, index: int = 0, **fields: Any) -> Task:
    panel = panel_of(grammar)
    task = Task(
        task_id=f"support_shift/test/{index:06d}",
        inputs=panel.shown,
        outputs=tuple(outputs_of(target, grammar, panel.shown)),
        heldout_inputs=panel.heldout,
        heldout_outputs=tuple(outputs_of(target, grammar, panel.heldout)),
        program=to_infix(target),
        size=size(target),
        fingerprint=fingerprint_of(target, grammar) or "",
    )
    return replace(task, **fields)


@pytest.fixture(scope="session")
def make() -> Callable[..., Task]:
    """A task whose target is an expression, defined on the panel or not."""
    return task_for


@pytest.fixture(scope="session")
def score_by_both() -> Callable[..., Scored]:
    """Both paths over tasks and the completions of each."""

    def score(tasks: Sequence[Task], completions: Sequence[Sequence[str]], grammar: Grammar, **options: Any) -> Scored:
        texts = {task.task_id: tuple(given) for task, given in zip(tasks, completions, strict=True)}
        in_region, rest = options.pop("in_region", None), options
        scorer = Scorer(grammar, in_region, **rest)
        left: list[Task] = []

        def plain(task: Task) -> TaskOutcome:
            left.append(task)
            return outcome_of(task, texts[task.task_id], scorer)

        batch = list(batch_outcomes(tasks, texts, grammar, plain, in_region=in_region, **rest))
        n_left = len(left)
        return Scored(plain=[plain(task) for task in tasks], batch=batch, n_left=n_left)

    return score


@pytest.fixture(params=NAMED_GRAMMARS)
def grammar(request: pytest.FixtureRequest) -> Grammar:
    """Each named grammar."""
    return NAMED_GRAMMARS[request.param]
