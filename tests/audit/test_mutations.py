"""Each claim notices what it is about: rows of a real dataset are changed by hand, and its checksums written anew."""

from pathlib import Path
from typing import Any

import pytest

from arith_synth.grammar import grammar_named, parse_infix
from arith_synth.grammar.prompts import prompt
from arith_synth.semantics.execution import outputs_of
from arith_synth.splits.audit import Claim, audit_folder

XY3 = grammar_named("xy3")


def other_value(text: str) -> str:
    return "7" if text != "7" else "8"


def test_an_untouched_dataset_passes(small_dataset: Path):
    steps: list[tuple[str, int, int]] = []
    claims = audit_folder(small_dataset, lambda *step: steps.append(step))
    assert all(isinstance(claim, Claim) and claim.holds and claim.detail for claim in claims), claims
    assert len({claim.claim for claim in claims}) == len(claims)
    assert steps[-1][1:] == (len(claims), len(claims))
    assert [done for _, done, _ in steps] == list(range(len(claims) + 1))


def test_sealing_alone_changes_nothing(copy):
    copy.write("random/test", copy.rows("random/test"))
    copy.seal()
    assert copy.failing() == {}


@pytest.mark.parametrize("column", ["outputs", "heldout_outputs"])
def test_one_changed_output(copy, column: str):
    row = copy.rows("support_shift/test")[3]
    outputs = [*row[column][:-1], other_value(row[column][-1])]
    copy.change("support_shift/test", 3, **{column: outputs})
    copy.seal()
    failing = copy.failing()
    assert set(failing) - {"texts"} == {"outputs"}
    assert "support_shift/test/000003" in failing["outputs"]
    assert f"is '{outputs[-1]}', should be {row[column][-1]}" in failing["outputs"]


def test_one_changed_output_with_a_prompt_to_match(copy):
    row = copy.rows("random/train")[0]
    outputs = [other_value(row["outputs"][0]), *row["outputs"][1:]]
    copy.change("random/train", 0, outputs=outputs, prompt=prompt(XY3, row["inputs"], outputs))
    copy.seal()
    assert set(copy.failing()) == {"outputs"}


def test_one_changed_program(copy):
    copy.change("random/test", 5, program="x + y * x")
    copy.seal()
    failing = copy.failing()
    assert {"texts", "outputs", "fingerprints", "coordinates"} <= set(failing)
    assert "checksums" not in failing


def test_one_program_replaced_by_another_class(copy):
    rows = copy.rows("support_shift/test")
    used = {row["fingerprint"] for row in rows}
    other = next(row for row in copy.rows("corpus/full") if row["fingerprint"] not in used and row["size"] == 2)
    rows[7] = copy.with_program(rows[7], other["program"])
    copy.write("support_shift/test", rows)
    copy.seal()
    assert {"coordinates", "used_by", "sizes"} <= set(copy.failing())


def test_one_program_replaced_by_an_equal_one(copy):
    rows = copy.rows("random/train")
    index, row = next((i, row) for i, row in enumerate(rows) if row["program"].count(" + ") == 1 and row["size"] == 2)
    left, right = row["program"].split(" + ")
    rows[index] = copy.with_program(row, f"{right} + {left}")
    copy.write("random/train", rows)
    copy.seal()
    assert set(copy.failing()) - {"coordinates"} - {"distances", "tree_edit_distances"} == {"targets"}


def test_programs_that_are_none(copy):
    rows = copy.rows("support_shift/train")
    for row, text in enumerate(["x +", "x + 4", "__import__('os')"]):
        rows[row]["program"] = text
    copy.write("support_shift/train", rows)
    copy.seal()
    failing = copy.failing()
    assert all(f"support_shift/train/00000{row}" in failing["programs"] for row in range(3))
    assert failing["outputs"].startswith("not checked")
    assert "checksums" not in failing


def move(copy, source: str, target: str, row: int) -> None:
    """Put a training task in the place of a test task; it takes the place's name, held-out part and distances."""
    kept = ("task_id", "heldout_inputs", "syntactic_distance", "semantic_distance", "tree_edit_distance")
    rows = copy.rows(target)
    moved = dict(copy.rows(source)[row])
    heldout = outputs_of(parse_infix(moved["program"], XY3), XY3, copy.build()["panel"]["heldout"])
    rows[0] = moved | {column: rows[0][column] for column in kept} | {"heldout_outputs": heldout}
    copy.write(target, rows)


def test_one_row_moved_from_training_to_a_test(copy):
    move(copy, "support_shift/train", "support_shift/test", 0)
    copy.seal()
    failing = copy.failing()
    assert "support_shift/test/000000" in failing["sides"]
    assert "support_shift/train/000000" in failing["sides"]
    assert not {"checksums", "schema", "programs", "outputs", "texts", "regions"} & set(failing)


def test_a_class_twice_in_a_split(copy):
    rows = copy.rows("support_shift_control/train")
    rows[1] = rows[0] | {"task_id": rows[1]["task_id"]}
    copy.write("support_shift_control/train", rows)
    copy.seal()
    assert "repeats a class" in copy.failing()["sides"]


def test_a_test_task_that_is_not_forced(copy):
    corpus = copy.rows("corpus/full")
    loose = next(row for row in corpus if row["strahler"] == 3 and not row["forced"] and not row["used_by"])
    rows = copy.rows("support_shift/test_syntactic")
    coordinates = {"syntactic": loose["syntactic"], "semantic": loose["semantic"]}
    rows[4] = copy.with_program(rows[4], loose["program"]) | coordinates
    copy.write("support_shift/test_syntactic", rows)
    copy.seal()
    assert "support_shift/test_syntactic/000004" in copy.failing()["forced"]


@pytest.mark.parametrize("was_forced", [True, False])
def test_one_entry_of_forced(copy, was_forced: bool):
    rows = copy.rows("corpus/full")
    index = next(i for i, row in enumerate(rows) if bool(row["forced"]) == was_forced and row["strahler"] == 3)
    copy.change("corpus/full", index, forced=[] if was_forced else ["strahler"])
    copy.seal()
    assert set(copy.failing()) == {"forced"}


#: (split, column, what row 0 is changed to, the claim that names it); a claim names three problems.
CELLS: list[tuple[str, str, Any, str]] = [
    ("random/test", "semantic_region", "out", "regions"),
    ("support_shift/test_both", "syntactic_region", "maybe", "regions"),
    ("support_shift/train", "syntactic_region", "out", "regions"),
    ("support_shift/test", "shape", "(..)..", "measures"),
    ("support_shift/test", "depth", 9, "measures"),
    ("random/train", "n_divisions", 7, "measures"),
    ("random/train", "completion", "x + y", "texts"),
    ("random/train", "program_prefix", "+ . .", "texts"),
    ("random/validation", "prompt", "Find.", "texts"),
    ("random/test", "fingerprint", "0" * 32, "fingerprints"),
    ("random/test", "semantic_distance", 0.5, "distances"),
    ("random/test", "syntactic_distance", float("nan"), "distances"),
    ("random/test", "semantic", [float("nan")] * 16, "coordinates"),
    ("corpus/full", "used_by", ["support_shift/test"], "used_by"),
    ("random/validation", "task_id", "random/validation/000001", "task_ids"),
]


@pytest.fixture(scope="module")
def failing_after_changed_cells(module_copy) -> dict[str, str]:
    for split, column, value, _ in CELLS:
        module_copy.change(split, 0, **{column: value})
    module_copy.seal()
    return module_copy.failing()


@pytest.mark.parametrize(("split", "column", "value", "claim"), CELLS, ids=[f"{cell[0]}-{cell[1]}" for cell in CELLS])
def test_one_changed_cell(failing_after_changed_cells, split: str, column: str, value: Any, claim: str):
    assert f"{split} row 0" in failing_after_changed_cells[claim]
    assert column in failing_after_changed_cells[claim] or claim == "task_ids"


def test_changed_cells_are_no_matter_of_checksums(failing_after_changed_cells):
    assert not {"checksums", "schema", "programs", "outputs", "corpus", "sides"} & set(failing_after_changed_cells)
