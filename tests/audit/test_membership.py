"""Splits that are not what the procedure gives are noticed, however consistently the folder was rewritten."""

from typing import Any

import pytest

TESTS = tuple(f"support_shift/{test}" for test in ("test", "test_semantic", "test_syntactic", "test_both"))


def renumbered(split: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"task_id": f"{split}/{i:06d}"} for i, row in enumerate(rows)]


def test_controls_that_are_the_shifted_arm(copy):
    shifted = copy.rows("support_shift/train")
    for arm in ("train", "train_syntactic_excluded", "train_semantic_excluded"):
        copy.write(f"support_shift_control/{arm}", renumbered(f"support_shift_control/{arm}", shifted))
    copy.seal()
    failing = copy.failing()
    assert "support_shift_control/train lacks" in failing["membership"] or "does not belong" in failing["membership"]
    assert not {"checksums", "layout", "sides", "sizes", "regions", "targets", "coordinates"} & set(failing)


@pytest.mark.parametrize("split", ["random/validation", "support_shift/validation", "support_shift_control/validation"])
def test_a_cherry_picked_validation_task(copy, split: str):
    used = {row["fingerprint"] for path in TESTS for row in copy.rows(path)}
    for path in ("random/train", "random/validation", "random/test", "support_shift/train", "support_shift/validation",
                 "support_shift_control/train", "support_shift_control/validation"):  # fmt: skip
        used |= {row["fingerprint"] for row in copy.rows(path)}
    rows = copy.rows(split)
    index = next(i for i, row in enumerate(rows) if row["size"] == 4 and row["strahler"] < 3)
    for other in copy.rows("corpus/full"):
        if other["size"] == 4 and other["strahler"] < 3 and other["fingerprint"] not in used:
            coordinates = {space: other[space] for space in ("syntactic", "semantic")}
            picked = copy.with_program(rows[index], other["program"]) | coordinates
            if "undef" not in picked["outputs"] + picked["heldout_outputs"]:
                break
    rows[index] = picked
    copy.write(split, rows)
    copy.seal()
    failing = copy.failing()
    assert f"{split} row {index} ({split}/{index:06d}) does not belong to its split" in failing["membership"]
    assert not {"checksums", "layout", "sides", "sizes", "coordinates", "used_by"} & set(failing)


@pytest.mark.parametrize("split", ["support_shift/test", "random/validation"])
def test_two_swapped_rows(copy, split: str):
    rows = copy.rows(split)
    copy.write(split, renumbered(split, [rows[1], rows[0], *rows[2:]]))
    copy.seal()
    failing = copy.failing()
    assert set(failing) == {"order"}
    assert f"{split}/000000" in failing["order"]


def test_training_by_size(copy):
    arm = "support_shift_control/train_semantic_excluded"
    copy.write(arm, renumbered(arm, sorted(copy.rows(arm), key=lambda row: row["size"])))
    copy.seal()
    assert set(copy.failing()) == {"order"}


def test_edges_beyond_all_distances(copy):
    edges = {
        size: {space: [10**15] * 4 for space in spaces} for size, spaces in copy.build()["matching"]["edges"].items()
    }
    copy.change_build(matching={"edges": edges})
    assert set(copy.failing()) == {"membership"}


def test_a_row_less_in_each_test(copy):
    corpus = copy.rows("corpus/full")
    for split in TESTS:
        rows = copy.rows(split)
        index = max(i for i, row in enumerate(rows) if row["size"] == 4)
        gone = rows.pop(index)["fingerprint"]
        copy.write(split, renumbered(split, rows))
        entry = next(row for row in corpus if row["fingerprint"] == gone)
        entry["used_by"] = [path for path in entry["used_by"] if path != split]
    copy.write("corpus/full", corpus)
    copy.seal()
    failing = copy.failing()
    assert set(failing) - {"matching"} == {"membership", "examples_needed"}
    assert "lacks 1 of its 40 classes" in failing["membership"]


def test_other_numbers_asked_for(copy):
    asked = copy.build()["split_sizes"]
    for sizes in asked.values():
        sizes |= {split: 39 for split in sizes if split.startswith("test")}
    copy.change_build(split_sizes=asked)
    assert "membership" in copy.failing()
