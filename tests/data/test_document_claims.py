"""The documents of a folder are audited too: a forger who recomputes every checksum is found."""

import json
import shutil
from pathlib import Path

import pytest

from arith_synth.data.checksums import file_sha256
from arith_synth.data.document_claims import audit_dataset, check_documents


@pytest.fixture
def copy(tmp_path: Path, small_dataset: Path) -> Path:
    return Path(shutil.copytree(small_dataset, tmp_path / "arith-synth"))


def seal(folder: Path) -> None:
    path = folder / "checksums.json"
    checksums = json.loads(path.read_text(encoding="utf-8"))
    checksums["cards"] = {name: file_sha256(folder / name) for name in checksums["cards"]}
    path.write_text(json.dumps(checksums, indent=2), encoding="utf-8")


def test_the_documents_of_a_build_hold(small_dataset: Path) -> None:
    claim = check_documents(small_dataset)
    assert claim.holds, claim.detail


@pytest.mark.parametrize("name", ["README.md", "eval.yaml", "croissant.json"])
def test_another_word_in_a_document_is_found(copy: Path, name: str) -> None:
    with (copy / name).open("a", encoding="utf-8") as file:
        file.write("\n# leaks nothing\n" if name != "croissant.json" else " ")
    seal(copy)
    claim = check_documents(copy)
    assert not claim.holds
    assert f"{name} is not what the data gives" in claim.detail


def test_another_number_in_the_shift_report_is_found(copy: Path) -> None:
    path = copy / "shift_report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    for entry in report["configs"].values():
        for comparison in entry["comparisons"]:
            comparison["operators"]["total_variation"] = 0.5
    path.write_text(json.dumps(report), encoding="utf-8")
    seal(copy)
    assert "operators.total_variation is another number" in check_documents(copy).detail


@pytest.mark.parametrize("content", ["{}", "nonsense", "[" * 100_000, '{"configs": []}', '{"configs": {"random": {}}}'])
def test_a_shift_report_that_is_none_is_a_finding_and_no_traceback(copy: Path, content: str) -> None:
    (copy / "shift_report.json").write_text(content, encoding="utf-8")
    seal(copy)
    assert not check_documents(copy).holds


@pytest.mark.slow
def test_a_folder_with_every_config_passes_its_whole_audit(wide_dataset: Path) -> None:
    claims = audit_dataset(wide_dataset)
    assert [claim for claim in claims if not claim.holds] == []
    assert claims[-1].claim == "documents"
