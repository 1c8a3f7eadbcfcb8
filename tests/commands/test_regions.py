"""A user's own split: built, described and audited like a built-in one."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from arith_synth.data.folder import open_dataset
from arith_synth.grammar import grammar_named
from arith_synth.grammar.parsing import parse_infix
from arith_synth.grammar.patterns import SHAPE

XY3 = grammar_named("xy3")
PATTERN = 'name = "combs"\ntitle = "not a left comb"\npattern = "shape"\n'
BAND = 'name = "band"\ntitle = "a band"\nspace = "semantic"\ncoordinate = 1\nfrom = 0.5\nto = 0.75\ngap = 0.05\n'
SIZES = ("--max-size", "4", "--train-tasks", "400", "--test-tasks", "20")


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("regions")
    paths = (folder / "combs.toml", folder / "band.toml")
    for path, text in zip(paths, (PATTERN, BAND), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, regions: tuple[Path, Path]) -> Path:
    from arith_synth import cli

    out = tmp_path_factory.mktemp("built") / "data"
    flags = [flag for path in regions for flag in ("--region", str(path))]
    assert cli.main(["build", *SIZES, "--configs", "corpus", *flags, "--out", str(out)]) == 0
    return out


def rows(folder: Path, config: str, split: str) -> list[dict]:
    return pq.read_table(next((folder / config).glob(f"{split}-*.parquet"))).to_pylist()


def test_it_has_train_tests_and_a_control(built: Path) -> None:
    folder = open_dataset(built)
    assert folder.configs == {
        "corpus": ["full"],
        "support_shift_combs": ["train", "validation", "test", "test_syntactic"],
        "support_shift_combs_control": ["train", "validation"],
        "support_shift_band": ["train", "validation", "test", "test_semantic"],
        "support_shift_band_control": ["train", "validation"],
    }


def test_training_has_nothing_of_the_pattern_and_its_test_nothing_else(built: Path) -> None:
    for split, inside in (("train", False), ("test", False), ("test_syntactic", True)):
        for row in rows(built, "support_shift_combs", split):
            assert SHAPE.accepts(parse_infix(row["program"], XY3)) is inside
            assert row["syntactic_region"] == ("out" if inside else "in")
    assert any(
        SHAPE.accepts(parse_infix(row["program"], XY3)) for row in rows(built, "support_shift_combs_control", "train")
    )


def test_training_has_nothing_of_the_band_and_its_gap(built: Path) -> None:
    region = open_dataset(built).build["axes"]["support_shift_band"]["region"]
    for row in rows(built, "support_shift_band", "train"):
        coordinate = row["semantic"][1] * 2**15
        assert coordinate < region["gap_from"] or coordinate >= region["gap_below"]
    for row in rows(built, "support_shift_band", "test_semantic"):
        assert region["from"] <= row["semantic"][1] * 2**15 < region["below"]


def test_its_corpus_lists_what_is_forced_into_the_pattern(built: Path) -> None:
    forced = {row["fingerprint"] for row in rows(built, "corpus", "full") if "shape" in row["forced"]}
    tests = {row["fingerprint"] for row in rows(built, "support_shift_combs", "test_syntactic")}
    assert tests <= forced


def test_it_has_a_shift_report(built: Path) -> None:
    report = json.loads((built / "shift_report.json").read_text(encoding="utf-8"))
    assert {"support_shift_combs", "support_shift_band"} <= set(report["configs"])


@pytest.mark.slow
def test_its_audit_passes_and_it_can_be_regenerated(call, built: Path) -> None:
    answer = call("audit", built, "--regenerate", "--json")
    claims = json.loads(answer.out)["claims"]
    assert [claim for claim in claims if not claim["holds"]] == []
    assert claims[-1]["claim"] == "regenerated"


def test_a_region_that_nothing_is_forced_into_fails_and_says_so(call, tmp_path: Path) -> None:
    path = tmp_path / "deep.toml"
    path.write_text('name = "deep"\ntitle = "deep"\npattern = "((((..).).).)"\n', encoding="utf-8")
    line = call("build", *SIZES, "--configs", "corpus", "--region", path, "--out", tmp_path / "data").complaint(1)
    assert "support_shift_deep/test_syntactic: there is no class that is forced into" in line
    assert not (tmp_path / "data").exists()


def test_a_region_with_the_name_of_a_built_in_axis_is_a_wrong_call(call, tmp_path: Path) -> None:
    path = tmp_path / "depth.toml"
    path.write_text(PATTERN.replace("combs", "depth"), encoding="utf-8")
    assert "there already" in call("build", *SIZES, "--region", path, "--out", tmp_path / "data").complaint(2)
