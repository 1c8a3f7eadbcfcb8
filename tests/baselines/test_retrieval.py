"""Retrieval answers with the target of the nearest training task, and nearest is what a slow exact search says."""

import dataclasses
import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.baselines.output_logarithms import LOG_UNIT_BITS, logarithms_of_rows, output_logarithm
from arith_synth.baselines.retrieval import nearest_rows, nearest_targets, training_targets_of
from arith_synth.data.folder import open_dataset
from arith_synth.errors import DatasetError, UnknownNameError
from arith_synth.scoring import read_tasks

fractions = st.fractions(max_denominator=10**6)


def naive_logarithm(value: Fraction) -> Fraction:
    """Signed, piecewise linear between powers of two; exact, neither floored nor clipped."""
    rest, octaves = 1 + abs(value), 0
    while rest >= 2:
        rest, octaves = rest / 2, octaves + 1
    return (octaves + rest - 1) * (-1 if value < 0 else 1)


def naive_units(text: str) -> int:
    units = min(int(abs(naive_logarithm(Fraction(text))) * 2**LOG_UNIT_BITS), 32 * 2**LOG_UNIT_BITS - 1)
    return -units if text.startswith("-") else units


@pytest.fixture(scope="module")
def folder(small_dataset):
    return open_dataset(small_dataset)


@pytest.fixture(scope="module")
def tasks(small_dataset):
    return read_tasks(small_dataset, "support_shift", ["test", "test_syntactic"])


@given(fractions)
def test_an_output_is_read_as_its_piecewise_linear_logarithm_floored_and_clipped(value):
    assert output_logarithm(str(value)) == naive_units(str(value))


@given(fractions, fractions)
def test_a_larger_output_never_has_a_smaller_logarithm(a, b):
    low, high = sorted([a, b])
    assert output_logarithm(str(low)) <= output_logarithm(str(high))


def test_logarithms_of_powers_of_two_less_one_are_whole_octaves():
    assert [output_logarithm(str(2**n - 1)) for n in range(32)] == [n << LOG_UNIT_BITS for n in range(32)]


def test_an_output_beyond_all_machine_numbers_is_as_far_as_any_can_be():
    assert output_logarithm("9" * 400) == output_logarithm(str(2**40)) == -output_logarithm("-" + "9" * 4000)


@pytest.mark.parametrize("text", ["", "undef", "1/0", "1/-2", "x", "1.5"])
def test_what_is_no_output_is_refused(text):
    with pytest.raises(DatasetError, match="no output of a task"):
        output_logarithm(text)


def test_the_nearest_training_task_is_that_of_a_slow_exact_search(folder, tasks):
    rows = folder.read("support_shift", "train", ["program", "outputs"]).to_pylist()
    trained = [[naive_units(text) for text in row["outputs"]] for row in rows]
    for task, answers in zip(tasks, nearest_targets(folder, "support_shift", tasks, n=3)[1], strict=True):
        asked = [naive_units(text) for text in task.outputs]
        distances = [sum((a - b) ** 2 for a, b in zip(asked, row, strict=True)) for row in trained]
        order = sorted(range(len(rows)), key=lambda row: (distances[row], row))  # ties: the earlier row
        assert answers == [rows[row]["program"] for row in order[:3]]


def test_of_training_tasks_as_near_the_earlier_is_taken():
    trained = np.array([[3, 0], [0, 5], [5, 0], [0, 5]], dtype=np.int32)
    assert nearest_rows(np.array([[0, 0]], dtype=np.int32), trained, 4).tolist() == [[0, 1, 2, 3]]


def test_nothing_but_shown_outputs_is_looked_at(folder, tasks):
    blind = [
        dataclasses.replace(
            task, heldout_inputs=(), heldout_outputs=(), program="x", size=1, fingerprint="", syntactic_distance=None,
            semantic_distance=None, tree_edit_distance=None, syntactic_region=None, semantic_region=None,
            inputs=((0, 0),) * len(task.inputs),
        )
        for task in tasks
    ]  # fmt: skip
    seeing = training_targets_of(folder, "support_shift", tasks)
    assert training_targets_of(folder, "support_shift", blind) == seeing


def test_training_targets_are_those_of_the_split_and_nearest_answers_are_among_them(folder, tasks):
    for config, split in (("support_shift", "train"), ("support_shift_control", "train_semantic_excluded")):
        targets = training_targets_of(folder, config, tasks, split=split)
        assert targets.programs == set(folder.read(config, split, ["program"]).column("program").to_pylist())
        assert set(targets.nearest) == {task.task_id for task in tasks}
        assert set(targets.nearest.values()) <= targets.programs


def test_a_training_task_is_nearest_to_itself(folder, small_dataset):
    trained = read_tasks(small_dataset, "support_shift", ["train"])[:100]
    nearest = training_targets_of(folder, "support_shift", trained).nearest
    assert [nearest[task.task_id] for task in trained] == [task.program for task in trained]


def test_a_split_with_fewer_rows_gives_all_of_them(folder, tasks):
    targets, (answers,) = nearest_targets(folder, "support_shift", tasks[:1], n=10_000)
    assert sorted(answers) == sorted(targets)


def test_without_tasks_there_are_still_training_targets(folder):
    assert training_targets_of(folder, "support_shift", []).nearest == {}


def test_tasks_that_show_another_number_of_outputs_are_refused(folder, tasks):
    fewer = [dataclasses.replace(task, inputs=task.inputs[:3], outputs=task.outputs[:3]) for task in tasks]
    with pytest.raises(DatasetError, match="3 outputs and the training tasks 16"):
        training_targets_of(folder, "support_shift", fewer)
    with pytest.raises(DatasetError, match="unequally many"):
        training_targets_of(folder, "support_shift", [tasks[0], fewer[1]])


def test_a_config_without_such_a_training_split_is_an_unknown_name(folder, tasks):
    with pytest.raises(UnknownNameError, match="train_far"):
        training_targets_of(folder, "support_shift", tasks, split="train_far")


@given(st.lists(st.lists(fractions.map(str), min_size=2, max_size=2), min_size=1, max_size=8))
def test_rows_of_outputs_become_rows_of_logarithms(rows):
    texts = list(itertools.chain.from_iterable(rows))
    assert logarithms_of_rows(rows).ravel().tolist() == [output_logarithm(text) for text in texts]
