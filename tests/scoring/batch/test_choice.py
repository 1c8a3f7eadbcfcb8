"""Which path is taken, and what it costs to have two."""

import subprocess
import sys

import pytest
from strategies import XY3

from arith_synth.errors import MetricError
from arith_synth.grammar import parse_infix
from arith_synth.scoring import Prediction, counting, outcomes_of


@pytest.fixture
def predicted(make):
    programs = ["x + 1", "x * y", "x / y"]
    tasks = [make(parse_infix(program, XY3), XY3, index) for index, program in enumerate(programs)]
    given = ["x + 1", "x * y", "junk", "x + 1"]
    return tasks, [Prediction(task_id=task.task_id, completions=tuple(given)) for task in tasks]


def test_few_and_many_completions_get_the_same_outcomes(predicted, monkeypatch):
    plain = outcomes_of(*predicted, XY3)
    monkeypatch.setattr(counting, "BATCH_FROM", dict.fromkeys(counting.BATCH_FROM, 9))
    taken = []
    monkeypatch.setattr(counting, "outcome_of", lambda *arguments: taken.append(arguments))
    assert outcomes_of(*predicted, XY3) == plain
    assert not taken, "nine distinct completions are enough, and no task was left to the plain path"


def test_a_training_task_is_refused_by_both_paths(predicted, monkeypatch):
    tasks, predictions = predicted
    training = type(tasks[0])(
        **{name: getattr(tasks[0], name) for name in tasks[0].__slots__} | {"heldout_inputs": (), "heldout_outputs": ()}
    )
    for bound in (9, 10**9):
        monkeypatch.setattr(counting, "BATCH_FROM", dict.fromkeys(counting.BATCH_FROM, bound))
        with pytest.raises(MetricError, match="holds no outputs out"):
            outcomes_of([training, *tasks[1:]], predictions, XY3)


def test_importing_the_scorer_loads_no_numba():
    probe = "import sys, arith_synth.scoring; sys.exit(any(name.startswith('numba') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
