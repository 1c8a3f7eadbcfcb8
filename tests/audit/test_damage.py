"""Damage to files, columns and build.json: a claim that does not hold, never a traceback."""

from pathlib import Path

import pyarrow as pa
import pytest


def flip_byte(file: Path, position: int) -> None:
    data = bytearray(file.read_bytes())
    data[position] ^= 0xFF
    file.write_bytes(data)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_one_changed_byte(copy, share: float):
    file = copy.file("support_shift/test")
    flip_byte(file, int(file.stat().st_size * share))
    failing = copy.failing()
    assert "support_shift/test" in failing["checksums"]
    assert "rebuild" in failing["checksums"]


@pytest.mark.parametrize("n_bytes", [0, 3, 5_000])
def test_a_truncated_file(copy, n_bytes: int):
    file = copy.file("random/train")
    file.write_bytes(file.read_bytes()[:n_bytes])
    failing = copy.failing()
    assert "random/train-00000-of-00001.parquet cannot be read" in failing["checksums"]
    assert failing["outputs"].startswith("not checked")
    assert all("\n" not in detail for detail in failing.values())


def test_a_missing_file(copy):
    copy.file("random/test").unlink()
    failing = copy.failing()
    assert "random/test-00000-of-00001.parquet' is missing" in failing["checksums"]
    assert "split 'random/test' of build.json has no file" in failing["schema"]


def test_an_extra_file(copy):
    copy.file("random/extra").write_bytes(copy.file("random/test").read_bytes())
    (copy.path / "random" / "notes.parquet").write_bytes(b"")
    failing = copy.failing()
    assert "random/extra-00000-of-00001.parquet is not in checksums.json" in failing["checksums"]
    assert "notes.parquet" in failing["checksums"]


def test_missing_checksums(copy):
    (copy.path / "checksums.json").write_text("{}")
    assert set(copy.failing()) == {"checksums"}


def test_a_dropped_row(copy):
    copy.write("support_shift/test_both", copy.rows("support_shift/test_both")[:-1])
    assert {"checksums", "sizes"} <= set(copy.failing())
    copy.seal()
    failing = copy.failing()
    assert {"sizes", "used_by", "membership", "examples_needed"} == set(failing)


def test_a_dropped_class(copy):
    rows = copy.rows("corpus/full")
    unused = next(i for i, row in enumerate(rows) if row["size"] == 4 and not row["used_by"])
    copy.write("corpus/full", rows[:unused] + rows[unused + 1 :])
    copy.seal()
    assert "1 classes are missing" in copy.failing()["corpus"]


def test_two_classes_out_of_order(copy):
    rows = copy.rows("corpus/full")
    copy.write("corpus/full", [rows[1], rows[0], *rows[2:]])
    copy.seal()
    assert set(copy.failing()) == {"corpus"}


def test_a_program_that_is_not_minimal(copy):
    rows = copy.rows("corpus/full")
    index = next(i for i, row in enumerate(rows) if row["size"] == 2 and not row["used_by"])
    grown = copy.with_program({"heldout_outputs": None}, f"{rows[index]['program']} + x - x")
    rows[index] = {column: grown.get(column, value) for column, value in rows[index].items()}
    copy.write("corpus/full", rows)
    copy.seal()
    assert "the class has minimal size 2, not 4" in copy.failing()["corpus"]


def test_a_task_that_is_undefined_on_the_panel(copy):
    divisions = (row["program"] for row in copy.rows("corpus/full") if row["n_divisions"])
    rows = copy.rows("random/train")
    changed = (copy.with_program(rows[0], program) for program in divisions)
    rows[0] = next(row for row in changed if "undef" in row["outputs"])
    copy.write("random/train", rows)
    copy.seal()
    failing = copy.failing()
    assert "random/train/000000" in failing["regular"]
    assert "outputs" not in failing


def test_held_out_examples_in_training(copy):
    row = copy.rows("random/test")[0]
    copy.change("random/train", 0, heldout_inputs=row["heldout_inputs"], heldout_outputs=row["heldout_outputs"])
    copy.seal()
    assert "heldout_inputs is not null" in copy.failing()["schema"]


def test_a_null_and_a_short_list(copy):
    copy.change("random/test", 0, outputs=["1"])
    copy.change("random/train", 0, program=None)
    copy.seal()
    failing = copy.failing()
    assert "random/test column outputs has a list of another length" in failing["schema"]
    assert "random/train column program has a null" in failing["schema"]


def test_a_missing_column_and_one_of_another_type(copy):
    table = copy.read("random/test")
    size = table.schema.get_field_index("size")
    copy.write("random/test", table.set_column(size, "size", table.column("size").cast(pa.int64())).drop(["shape"]))
    copy.seal()
    failing = copy.failing()
    assert "random/test column 'size' is int64, should be int32" in failing["schema"]
    assert "random/test column 'shape' is None, should be string" in failing["schema"]


def test_an_empty_split(copy):
    copy.write("random/test", [])
    copy.seal()
    assert "random/test has no rows" in copy.failing()["schema"]


def test_coordinates_one_unit_off(copy):
    row = copy.rows("random/train")[0]
    copy.change("random/train", 0, syntactic=[row["syntactic"][0] + 2.0**-15, *row["syntactic"][1:]])
    copy.seal()
    assert "random/train/000000" in copy.failing()["coordinates"]


def test_tree_edit_distances_one_off(copy):
    rows = copy.rows("support_shift/test_both")
    changed = [row | {"tree_edit_distance": row["tree_edit_distance"] + 1} for row in rows]
    copy.write("support_shift/test_both", changed)
    copy.seal()
    assert set(copy.failing()) == {"tree_edit_distances"}


def test_one_tree_edit_distance_one_off(copy):
    row = copy.rows("support_shift/test")[11]
    copy.change("support_shift/test", 11, tree_edit_distance=row["tree_edit_distance"] + 1)
    copy.seal()
    assert "support_shift/test/000011" in copy.failing()["tree_edit_distances"]


#: (entry of build.json, what it is changed to, the claim that names it)
ENTRIES: list[tuple[str, object, str]] = [
    ("classes_by_size", [5, 51, 674, 9_296], "corpus"),
    ("n_classes", 10_000, "corpus"),
    ("n_regular", 1, "regular"),
    ("collision_bound", 0.0, "fingerprints"),
    ("n_well_posed", 1, "well_posed"),
    ("forced", {"strahler": 1}, "forced"),
    ("matching", {}, "matching"),
    ("fingerprint_points", [{"x": 1, "y": 2}, {"x": 3, "y": 4}], "fingerprints"),
    ("bases_sha256", "0" * 64, "coordinates"),
    ("canary", "another canary, another canary", "canary"),
]


@pytest.fixture(scope="module")
def failing_after_changed_entries(module_copy) -> dict[str, str]:
    module_copy.change_build(**{entry: value for entry, value, _ in ENTRIES})
    return module_copy.failing()


@pytest.mark.parametrize(("entry", "value", "claim"), ENTRIES, ids=[entry for entry, _, _ in ENTRIES])
def test_one_changed_entry_of_build_json(failing_after_changed_entries, entry: str, value: object, claim: str):
    assert entry in failing_after_changed_entries[claim] or entry == "matching"


def test_changed_entries_break_no_other_claim(failing_after_changed_entries):
    assert set(failing_after_changed_entries) == {claim for _, _, claim in ENTRIES} | {"membership"}  # the edges


def test_another_data_version(copy):
    copy.change_build(data_version="0.0.1")
    failing = copy.failing()
    assert "data version '0.0.1' is not" in failing["schema"]
    assert failing["programs"].startswith("not checked")


def test_a_shifted_threshold(copy):
    regions = copy.build()["regions"]
    regions["semantic"]["threshold"] -= 1_000
    copy.change_build(regions=regions)
    assert "thresholds" in copy.failing()


def test_another_panel(copy):
    panel = copy.build()["panel"]
    panel["shown"][0], panel["shown"][1] = panel["shown"][1], panel["shown"][0]
    copy.change_build(panel=panel)
    assert {"panel", "outputs", "texts"} <= set(copy.failing())


def test_a_card_without_the_canary(copy):
    card = copy.path / "README.md"
    card.write_text(card.read_text().replace(copy.build()["canary"], "no canary here"))
    copy.seal()
    assert set(copy.failing()) == {"canary"}


def test_a_parquet_file_without_the_canary(copy):
    copy.write("random/test", copy.read("random/test").replace_schema_metadata(None))
    copy.seal()
    assert "random/test" in copy.failing()["canary"]
