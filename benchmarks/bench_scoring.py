"""Checked programs a second: our scorer against one-by-one `fractions.Fraction` and SymPy, in one run.

A program is checked when its text is parsed, executed exactly on all shown and held-out inputs of its task and
compared with them. `distinct`: every completion is another program; `repeated`: 100 samples a task, few of them new.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import sympy

from arith_synth.grammar import Expression, compose, grammar_named, leaf_expression, parse_infix, size, to_infix
from arith_synth.scoring import Prediction, Task, outcomes_of
from arith_synth.seeding import keyed_hash
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.fingerprints import fingerprint_of
from arith_synth.semantics.panels import panel_of

GRAMMAR = grammar_named("xy3")
PANEL = panel_of(GRAMMAR)
N_TASKS = 4_000
N_SAMPLES = 100
N_FRACTION = 400
N_SYMPY = 20


def run() -> dict[str, Any]:
    tasks = _tasks(N_TASKS)
    # Every second answer is right, as of a model that is worth scoring: a wrong one is found out at its first output.
    wrong = [to_infix(_program(5, "wrong", index)) for index in range(N_TASKS)]
    greedy = [task.program if index % 2 else wrong[index] for index, task in enumerate(tasks)]
    distinct = [Prediction(task_id=task.task_id, completions=(text,)) for task, text in zip(tasks, greedy, strict=True)]
    repeated = [
        Prediction(
            task_id=task.task_id,
            completions=tuple(wrong[index] if sample % 10 == 0 else task.program for sample in range(N_SAMPLES)),
        )
        for index, task in enumerate(tasks)
    ]
    per_s = {
        "distinct": N_TASKS / _seconds(lambda: outcomes_of(tasks, distinct, GRAMMAR)),
        "repeated": N_TASKS * N_SAMPLES / _seconds(lambda: outcomes_of(tasks, repeated, GRAMMAR)),
        "fraction": N_FRACTION / _seconds(lambda: [_by_fractions(*pair) for pair in _pairs(tasks, greedy, N_FRACTION)]),
        "sympy": N_SYMPY / _seconds(lambda: [_by_sympy(*pair) for pair in _pairs(tasks, greedy, N_SYMPY)]),
    }
    return {
        "checked_programs_per_s": per_s,
        "n_inputs": len(PANEL.points),
        "distinct_over_fraction": per_s["distinct"] / per_s["fraction"],
        "distinct_over_sympy": per_s["distinct"] / per_s["sympy"],
        "repeated_over_fraction": per_s["repeated"] / per_s["fraction"],
        "import_s": min(_seconds(_import_in_a_new_process) for _ in range(3))
        - min(_seconds(_start_a_new_process) for _ in range(3)),
    }


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _import_in_a_new_process() -> None:
    subprocess.run([sys.executable, "-c", "import arith_synth.scoring"], check=True)


def _start_a_new_process() -> None:
    subprocess.run([sys.executable, "-c", "pass"], check=True)


def _pairs(tasks: list[Task], texts: list[str], n: int) -> list[tuple[Task, str]]:
    return list(zip(tasks, texts, strict=True))[:n]


def _by_fractions(task: Task, text: str) -> bool:
    return outputs_of(parse_infix(text, GRAMMAR), GRAMMAR, PANEL.points) == [*task.outputs, *task.heldout_outputs]


def _by_sympy(task: Task, text: str) -> bool:
    x, y = sympy.symbols("x y")
    expression = sympy.sympify(text)
    values = [expression.subs({x: first, y: second}) for first, second in task.inputs + task.heldout_inputs]
    return values == [sympy.Rational(output) for output in task.outputs + task.heldout_outputs]


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
