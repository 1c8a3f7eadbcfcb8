"""Checked completions a second: the scorer's two paths, one-by-one `fractions.Fraction`, and SymPy, in one run.

A completion is checked when its text is parsed, executed exactly on all shown and held-out inputs of its task and
compared with them, and counted in the task's outcome. `distinct`: every completion is another program, 100 a task;
`repeated`: 100 samples a task of which 11 are different; `greedy`: one completion a task, half of them right.
`submission`: a file of 2,000 tasks with 100 samples each, 40 of them different and 4 no programs, read and scored.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sympy

from arith_synth.grammar import Expression, compose, grammar_named, leaf_expression, parse_infix, size, to_infix
from arith_synth.scoring import (
    Prediction,
    Scorer,
    Task,
    outcomes_of,
    read_predictions,
    scores_by_split,
    write_predictions,
)
from arith_synth.scoring.batch import batch_outcomes
from arith_synth.scoring.counting import outcome_of
from arith_synth.seeding import keyed_hash
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.fingerprints import fingerprint_of
from arith_synth.semantics.panels import panel_of

GRAMMAR = grammar_named("xy3")
PANEL = panel_of(GRAMMAR)
N_TASKS = 4_000
N_SAMPLES = 100
N_WRONG = 50_000
N_SUBMITTED = 2_000
N_PLAIN = 50
N_FRACTION = 400
N_SYMPY = 20

#: The completions of some tasks.
Completions = list[tuple[str, ...]]


def run() -> dict[str, Any]:
    tasks = _tasks(N_TASKS)
    wrong = _distinct_programs(N_WRONG)
    distinct = [tuple(wrong[start : start + N_SAMPLES]) for start in range(0, N_WRONG, N_SAMPLES)]
    repeated = [_repeated(task, wrong, index) for index, task in enumerate(tasks)]
    # A wrong answer is found out at its first output, so half of them are right, as of a model that is worth scoring.
    greedy = [(task.program if index % 2 else wrong[index],) for index, task in enumerate(tasks)]
    _by_batch(tasks[:1], distinct[:1])  # compiles, or loads, the kernels
    per_s = {
        "batch_distinct": _per_s(_by_batch, tasks, distinct),
        "batch_repeated": _per_s(_by_batch, tasks, repeated),
        "batch_greedy": _per_s(_by_batch, tasks, greedy),
        "plain_distinct": _per_s(_by_verdicts, tasks, distinct[:N_PLAIN]),
        "plain_repeated": _per_s(_by_verdicts, tasks, repeated[:N_PLAIN]),
        "plain_greedy": _per_s(_by_verdicts, tasks, greedy),
        "fraction": _per_s(_by_fractions, tasks, greedy[:N_FRACTION]),
        "sympy": _per_s(_by_sympy, tasks, greedy[:N_SYMPY]),
    }
    return {
        **{f"{name}_per_s": value for name, value in per_s.items()},
        "n_inputs": len(PANEL.points),
        "distinct_batch_over_plain_ratio": per_s["batch_distinct"] / per_s["plain_distinct"],
        "repeated_batch_over_plain_ratio": per_s["batch_repeated"] / per_s["plain_repeated"],
        "distinct_over_fraction_ratio": per_s["batch_distinct"] / per_s["fraction"],
        "distinct_over_sympy_ratio": per_s["batch_distinct"] / per_s["sympy"],
        "submission_seconds": _submission_seconds(tasks[:N_SUBMITTED], wrong),
        "import_seconds": _seconds_in_a_new_process("import arith_synth.scoring"),
        "batch_import_seconds": _seconds_in_a_new_process("import arith_synth.scoring.batch"),
    }


def _per_s(score: Callable[[list[Task], Completions], Any], tasks: list[Task], completions: Completions) -> float:
    """Completions a second, the best of three."""
    return sum(map(len, completions)) / min(_seconds(lambda: score(tasks, completions)) for _ in range(3))


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _seconds_in_a_new_process(code: str) -> float:
    """What the code takes beyond starting Python, the best of three."""

    def best(text: str) -> float:
        return min(_seconds(lambda: subprocess.run([sys.executable, "-c", text], check=True)) for _ in range(3))

    return best(code) - best("pass")


def _by_batch(tasks: list[Task], completions: Completions) -> None:
    answered = tasks[: len(completions)]
    by_task = {task.task_id: texts for task, texts in zip(answered, completions, strict=True)}
    scorer = Scorer(GRAMMAR)
    list(batch_outcomes(answered, by_task, GRAMMAR, lambda task: outcome_of(task, by_task[task.task_id], scorer)))


def _by_verdicts(tasks: list[Task], completions: Completions) -> None:
    scorer = Scorer(GRAMMAR)
    for task, texts in zip(tasks, completions, strict=False):
        outcome_of(task, texts, scorer)


def _by_fractions(tasks: list[Task], completions: Completions) -> None:
    for task, (text,) in zip(tasks, completions, strict=False):
        outputs = outputs_of(parse_infix(text, GRAMMAR), GRAMMAR, PANEL.points)
        assert outputs == [*task.outputs, *task.heldout_outputs] or text != task.program


def _by_sympy(tasks: list[Task], completions: Completions) -> None:
    x, y = sympy.symbols("x y")
    for task, (text,) in zip(tasks, completions, strict=False):
        expression = sympy.sympify(text)
        values = [expression.subs({x: first, y: second}) for first, second in PANEL.points]
        expected = [sympy.Rational(output) for output in task.outputs + task.heldout_outputs]
        assert values == expected or text != task.program


def _submission_seconds(tasks: list[Task], wrong: list[str]) -> float:
    """Reading a file of predictions, scoring it, and the scores with their intervals."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.jsonl"
        predictions = [
            Prediction(task_id=task.task_id, completions=_submitted(task, wrong, index))
            for index, task in enumerate(tasks)
        ]
        write_predictions(path, predictions)
        return _seconds(lambda: scores_by_split(outcomes_of(tasks, read_predictions(path), GRAMMAR), k=(1, 10)))


def _repeated(task: Task, wrong: list[str], index: int) -> tuple[str, ...]:
    """Every tenth sample is another wrong program."""
    others = [wrong[(10 * index + sample) % N_WRONG] for sample in range(10)]
    return tuple(others[sample // 10] if sample % 10 == 0 else task.program for sample in range(N_SAMPLES))


def _submitted(task: Task, wrong: list[str], index: int) -> tuple[str, ...]:
    others = [wrong[(35 * index + sample) % N_WRONG] for sample in range(35)]
    nonsense = [f"the program is x plus {index} over {sample}" for sample in range(4)]
    return (*others, *nonsense, *[task.program] * (N_SAMPLES - len(others) - len(nonsense)))


def _distinct_programs(n: int) -> list[str]:
    texts: dict[str, None] = {}
    index = 0
    while len(texts) < n:
        texts[to_infix(_program(5 + index % 3, "wrong", index))] = None
        index += 1
    return list(texts)


def _tasks(n: int) -> list[Task]:
    tasks: list[Task] = []
    index = 0
    while len(tasks) < n:
        target = _program(5, "target", index)
        index += 1
        outputs = outputs_of(target, GRAMMAR, PANEL.points)
        if "undef" in outputs:
            continue
        tasks.append(
            Task(
                task_id=f"support_shift/test/{len(tasks):06d}",
                inputs=PANEL.shown,
                outputs=tuple(outputs[: len(PANEL.shown)]),
                heldout_inputs=PANEL.heldout,
                heldout_outputs=tuple(outputs[len(PANEL.shown) :]),
                program=to_infix(target),
                size=size(target),
                fingerprint=fingerprint_of(target, GRAMMAR) or "",
            )
        )
    return tasks


def _program(n_leaves: int, *names: str | int) -> Expression:
    """A program that is a function of the names alone."""
    draw = keyed_hash(*names, n_leaves)
    if n_leaves == 1:
        return leaf_expression(GRAMMAR.leaves[draw % len(GRAMMAR.leaves)])
    operator = GRAMMAR.operators[draw % len(GRAMMAR.operators)]
    n_left = draw // len(GRAMMAR.operators) % (n_leaves - 1) + 1
    return compose(operator, _program(n_left, *names, "left"), _program(n_leaves - n_left, *names, "right"))
