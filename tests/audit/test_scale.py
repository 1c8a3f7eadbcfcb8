"""Long training splits: what is checked in every row, and what in a keyed sample."""

import pytest

from arith_synth.splits.audit import audit_folder, evidence
from arith_synth.splits.audit.evidence import Evidence
from arith_synth.splits.audit.folder import read_folder

SPLIT = "support_shift/train"


@pytest.fixture(autouse=True)
def _short_is_long(monkeypatch: pytest.MonkeyPatch):
    """Training splits of this small dataset count as long ones, of which 20 rows are drawn."""
    monkeypatch.setattr(evidence, "LONG_TRAIN", 500)
    monkeypatch.setattr(evidence, "N_SAMPLED", 20)


def sampled_rows(copy) -> list[int]:
    folder = read_folder(copy.path)
    return Evidence(folder).sample(folder.splits[SPLIT]).tolist()


def test_an_untouched_dataset_passes_and_says_what_was_sampled(small_dataset):
    claims = audit_folder(small_dataset)
    assert all(claim.holds for claim in claims)
    details = {claim.claim: claim.detail for claim in claims}
    assert all("a keyed sample of" in details[name] for name in ("texts", "outputs"))
    assert "sample" not in details["fingerprints"]


def test_a_wrong_output_in_a_sampled_row(copy):
    # Rows that are changed change the sample: of every third one some are in it.
    rows = copy.rows(SPLIT)
    for row in rows[::3]:
        row["outputs"] = ["7" if row["outputs"][0] != "7" else "8", *row["outputs"][1:]]
    copy.write(SPLIT, rows)
    copy.seal()
    failing = copy.failing()
    assert set(failing) == {"outputs", "texts"}
    assert any(f"{SPLIT}/{row:06d}" in failing["outputs"] for row in sampled_rows(copy) if row % 3 == 0)


@pytest.fixture
def unsampled_row(copy) -> int:
    return next(row for row in range(1_000) if row not in sampled_rows(copy))


def test_a_wrong_prompt_in_another_row_is_a_matter_of_chance(copy, unsampled_row: int):
    original = copy.rows(SPLIT)
    for row in range(unsampled_row, len(original)):
        copy.write(SPLIT, [*original[:row], original[row] | {"prompt": "Find."}, *original[row + 1 :]])
        if row not in sampled_rows(copy):
            break
    copy.seal()
    assert copy.failing() == {}


def test_a_wrong_program_in_another_row(copy, unsampled_row: int):
    rows = copy.rows(SPLIT)
    rows[unsampled_row]["program"] = "x + (y + 1)"
    rows[unsampled_row]["completion"] = " x + (y + 1)"
    copy.write(SPLIT, rows)
    copy.seal()
    failing = copy.failing()
    assert {"targets", "fingerprints", "coordinates"} <= set(failing)
    assert all(f"{SPLIT}/{unsampled_row:06d}" in failing[name] for name in ("targets", "fingerprints"))


def test_a_program_of_another_class_that_the_corpus_has_in_another_row(copy, unsampled_row: int):
    rows = copy.rows(SPLIT)
    other = next(row for row in rows if row["shape"] == rows[unsampled_row]["shape"] and row != rows[unsampled_row])
    for column in ("program", "completion"):
        rows[unsampled_row][column] = other[column]
    copy.write(SPLIT, rows)
    copy.seal()
    failing = copy.failing()
    assert {"fingerprints", "sides", "membership"} <= set(failing)
    assert f"{SPLIT}/{unsampled_row:06d}" in failing["fingerprints"]


@pytest.mark.parametrize(("column", "value"), [("completion", " x"), ("size", 9), ("semantic_region", "out")])
def test_other_columns_are_checked_in_every_row(copy, unsampled_row: int, column: str, value: object):
    copy.change(SPLIT, unsampled_row, **{column: value})
    copy.seal()
    assert any(f"{SPLIT}/{unsampled_row:06d}" in detail for detail in copy.failing().values())
