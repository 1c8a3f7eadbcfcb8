"""The constant answer is the best of the training targets; the corpus holds the answer to every task."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from strategies import XY3

from arith_synth.baselines.constant import constant_answers, examples_right
from arith_synth.baselines.lookup import corpus_answers, matches
from arith_synth.data.folder import open_dataset
from arith_synth.errors import DatasetError
from arith_synth.grammar import parse_infix
from arith_synth.scoring import read_tasks
from arith_synth.semantics.execution import outputs_of


@pytest.fixture(scope="module")
def folder(small_dataset):
    return open_dataset(small_dataset)


@pytest.fixture(scope="module")
def tasks(small_dataset):
    return read_tasks(small_dataset, "support_shift", ["test", "test_both"])


def test_no_training_target_gets_more_examples_right_than_the_constant_answer(folder):
    rows = folder.read("support_shift", "train", ["program", "inputs", "outputs"]).to_pylist()[:150]

    def n_right(program):
        outputs = outputs_of(parse_infix(program, XY3), XY3, [tuple(point) for point in rows[0]["inputs"]])
        texts = [str(output) for output in outputs]
        return sum(a == b for row in rows for a, b in zip(texts, row["outputs"], strict=True))

    column = pa.chunked_array([[row["outputs"] for row in rows]])
    assert examples_right(column).tolist() == [n_right(row["program"]) for row in rows]


def test_constant_answers_come_best_first_and_ties_by_row(folder):
    rows = folder.read("support_shift", "train", ["program", "outputs"])
    n_right = examples_right(rows.column("outputs"))
    programs = rows.column("program").to_pylist()
    order = sorted(range(len(programs)), key=lambda row: (-n_right[row], row))
    assert constant_answers(folder, "support_shift", "train", 5) == [programs[row] for row in order[:5]]
    assert len(constant_answers(folder, "support_shift", "train", 10_000)) == len(programs)


def test_the_corpus_has_one_answer_to_each_task_and_it_is_the_target(folder, tasks):
    assert corpus_answers(folder, XY3, tasks, 3) == [[task.program] for task in tasks]


def test_look_up_reads_shown_examples_alone(folder, tasks):
    blind = [
        dataclasses.replace(task, program="x", fingerprint="", heldout_inputs=(), heldout_outputs=()) for task in tasks
    ]
    assert corpus_answers(folder, XY3, blind, 1) == [[task.program] for task in tasks]


def test_tasks_on_other_inputs_are_answered_from_outputs_there(folder, tasks):
    inputs = tuple((b, a) for a, b in tasks[0].inputs)  # the corpus has the program with its variables exchanged
    moved = dataclasses.replace(tasks[0], inputs=inputs)
    (found,), (here,) = corpus_answers(folder, XY3, [moved, tasks[1]], 1)
    assert outputs_of(parse_infix(found, XY3), XY3, list(inputs)) == list(tasks[0].outputs)
    assert here == tasks[1].program


@pytest.mark.parametrize("output", ["12345678901/7", "9" * 40])
def test_a_task_beyond_the_corpus_has_no_answer(folder, tasks, output):
    strange = dataclasses.replace(tasks[0], outputs=(output, *tasks[0].outputs[1:]))
    assert corpus_answers(folder, XY3, [strange, tasks[1]], 1) == [[], [tasks[1].program]]


def test_a_corpus_of_another_grammar_is_refused(folder, tasks):
    grammar = dataclasses.replace(XY3, constants=(7, 8))
    with pytest.raises(DatasetError, match="no programs of"):
        corpus_answers(folder, grammar, tasks, 1)


def test_matches_are_all_pairs_of_equal_rows_and_no_others():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, (30, 4)), rng.integers(0, 2, (20, 4))
    assert matches(a, b) == [(i, j) for i in range(30) for j in range(20) if (a[i] == b[j]).all()]
