"""Rows of tasks and of the corpus say of each class what the definitions of one class say."""

import dataclasses

import numpy as np
import pytest

from arith_synth.grammar import depth, n_divisions, shape, size, strahler_number, to_infix, to_prefix
from arith_synth.grammar.prompts import completion, prompt
from arith_synth.names import is_test
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.panels import panel_of, second_panel_of
from arith_synth.semantics.programs import decode_program
from arith_synth.spaces import nearest_by_tree_edit, nearest_k, published_coordinates
from arith_synth.splits.corpus_rows import corpus_rows
from arith_synth.splits.tasks import N_TREE_EDIT_CANDIDATES, distances_to, task_rows


def facts_of(atlas, index):
    """What task and corpus rows both say of a class."""
    corpus = atlas.corpus
    program = decode_program(corpus.codes[index], corpus.grammar)
    first, second = corpus.fingerprints[index].tolist()
    return {
        "program": to_infix(program),
        "size": size(program),
        "fingerprint": f"{first:016x}{second:016x}",
        "depth": depth(program),
        "strahler": strahler_number(program),
        "n_divisions": n_divisions(program),
        "shape": shape(program),
        "syntactic": published_coordinates(atlas.syntactic[index]).tolist(),
        "semantic": published_coordinates(atlas.semantic[index]).tolist(),
    }


def task_of(atlas, plan, number, panel):
    """A row, but for the distances."""
    index, grammar = int(plan.classes[number]), atlas.corpus.grammar
    program = decode_program(atlas.corpus.codes[index], grammar)
    shown = outputs_of(program, grammar, panel.shown)
    has_heldout = plan.reference is not None
    return facts_of(atlas, index) | {
        "task_id": f"{plan.config}/{plan.split}/{number:06d}",
        "prompt": prompt(grammar, panel.shown, shown),
        "completion": completion(to_infix(program)),
        "program_prefix": to_prefix(program),
        "inputs": [list(point) for point in panel.shown],
        "outputs": shown,
        "heldout_inputs": [list(point) for point in panel.heldout] if has_heldout else None,
        "heldout_outputs": outputs_of(program, grammar, panel.heldout) if has_heldout else None,
        "syntactic_region": "out" if plan.syntactic_out is not None and plan.syntactic_out[index] else "in",
        "semantic_region": "out" if plan.semantic_out is not None and plan.semantic_out[index] else "in",
    }


DISTANCES = ("syntactic_distance", "semantic_distance", "tree_edit_distance")


@pytest.mark.parametrize("panel", [0, 1])
@pytest.mark.parametrize("split", ["train", "test", "test_both"])
def test_tasks_say_what_the_definitions_say(atlas, support, split, panel):
    plan = dataclasses.replace(support["support_shift", split], panel=panel)
    plan = dataclasses.replace(plan, classes=plan.classes[:100])
    points = (panel_of, second_panel_of)[panel](atlas.corpus.grammar)
    found = [
        {name: value for name, value in row.items() if name not in DISTANCES}
        for row in task_rows(atlas, plan).to_table().to_pylist()
    ]
    assert found == [task_of(atlas, plan, number, points) for number in range(len(plan.classes))]


def test_distances_are_to_the_nearest_training_programs(atlas, support):
    plan = support["support_shift", "test_syntactic"]
    train, codes = plan.reference, atlas.corpus.codes
    rows = task_rows(atlas, plan).to_table()
    for name in ("syntactic", "semantic"):
        space = published_coordinates(getattr(atlas, name)).astype(np.float64)
        nearest = np.array([np.sqrt(((space[train] - space[own]) ** 2).sum(axis=1).min()) for own in plan.classes])
        assert rows[f"{name}_distance"].to_numpy().tolist() == nearest.astype(np.float32).tolist()
    candidates = nearest_k(atlas.syntactic[plan.classes], atlas.syntactic[train], N_TREE_EDIT_CANDIDATES)
    trees = nearest_by_tree_edit(codes[plan.classes], codes[train], candidates, atlas.corpus.grammar)
    assert rows["tree_edit_distance"].to_pylist() == trees.tolist()


def test_distances_are_null_in_training_splits(atlas, support):
    rows = task_rows(atlas, support["support_shift", "train"]).to_table()
    assert all(rows[name].null_count == rows.num_rows for name in DISTANCES)


def test_no_classes_have_no_distances(atlas):
    assert [values.tolist() for values in distances_to(atlas, np.empty(0, np.int64), np.arange(3))] == [[], [], []]


def test_the_corpus_says_what_the_definitions_say(atlas, planned):
    table = corpus_rows(atlas, planned.plans).to_table()
    tests = {plan.name: set(plan.classes.tolist()) for plan in planned.plans if is_test(plan.split)}
    expected = [
        facts_of(atlas, index)
        | {
            "forced": [name for name, mask in atlas.corpus.forced.items() if mask[index]],
            "used_by": sorted(name for name, classes in tests.items() if index in classes),
        }
        for index in range(0, atlas.corpus.n_classes, 7)
    ]
    assert table.take(np.arange(0, table.num_rows, 7)).to_pylist() == expected
    assert any(row["forced"] for row in expected)
    assert any(len(row["used_by"]) > 1 for row in expected)


@pytest.mark.parametrize("rows_per_batch", [1, 7, 10_000])
def test_rows_do_not_depend_on_the_batches_they_are_read_in(atlas, support, rows_per_batch):
    rows = task_rows(atlas, support["support_shift", "test"])
    batches = list(rows.to_batches(rows_per_batch))
    assert [row for batch in batches for row in batch.to_pylist()] == rows.to_table().to_pylist()
    assert all(batch.schema == rows.schema for batch in batches)


def test_a_split_without_tasks_has_no_rows_and_the_same_columns(atlas, support):
    plan = support["support_shift", "test"]
    rows = task_rows(atlas, dataclasses.replace(plan, classes=plan.classes[:0]))
    assert (rows.to_table().num_rows, rows.schema) == (0, task_rows(atlas, plan).schema)
