"""`arith-synth audit` on the command line; what it finds is tested in `tests/audit`."""

import json
import shutil

import pytest

from arith_synth.data.build import build_dataset
from arith_synth.grammar import grammar_named
from arith_synth.splits.sizes import SplitSizes


@pytest.fixture(scope="module")
def without_corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("random") / "arith-synth"
    build_dataset(grammar_named("xy3"), 4, folder, ["random"], SplitSizes(train=100, validation=10, test=10))
    return folder


def test_a_dataset_passes_with_a_line_for_each_claim(call, small_dataset):
    answer = call("audit", small_dataset)
    assert answer.status == 0, answer.out
    assert answer.lines == []
    assert all(line.startswith("holds  ") for line in answer.out.splitlines())


def test_json_is_one_object_with_the_claims(call, small_dataset):
    answer = call("audit", small_dataset, "--json")
    assert answer.out.count("\n") == 1
    claims = json.loads(answer.out)["claims"]
    assert all(set(claim) == {"claim", "holds", "detail"} for claim in claims)
    assert len({claim["claim"] for claim in claims}) == len(claims)


def test_a_folder_that_is_no_dataset_is_one_line(call, no_dataset):
    assert "build one" in call("audit", no_dataset).complaint(1)


def test_a_folder_that_is_not_there_is_one_line(call, tmp_path):
    assert "nothing is not a folder" in call("audit", tmp_path / "nothing").complaint(1)


def test_a_truncated_file_fails_a_claim_that_names_it(call, small_dataset, tmp_path):
    folder = shutil.copytree(small_dataset, tmp_path / "data")
    file = folder / "support_shift" / "test-00000-of-00001.parquet"
    file.write_bytes(file.read_bytes()[:-200])
    answer = call("audit", folder)
    assert answer.status == 1
    assert answer.lines == []
    assert "Traceback" not in answer.err
    failing = [line for line in answer.out.splitlines() if line.startswith("FAILS")]
    assert any("support_shift/test-00000-of-00001.parquet" in line for line in failing)


def test_json_of_a_failing_audit_is_still_one_object(call, small_dataset, tmp_path):
    folder = shutil.copytree(small_dataset, tmp_path / "data")
    (folder / "checksums.json").write_text('{"files": {')
    answer = call("audit", folder, "--json")
    assert answer.status == 1
    if answer.out:
        assert not all(claim["holds"] for claim in json.loads(answer.out)["claims"])
    else:
        assert "checksums.json" in answer.complaint(1)


def test_what_cannot_be_checked_is_told_apart_from_what_fails(call, without_corpus):
    answer = call("audit", without_corpus)
    assert answer.status == 1
    lines = answer.out.splitlines()
    assert {line.partition("  ")[0] for line in lines} == {"holds", "skips"}
    skipped = [line for line in lines if line.startswith("skips")]
    assert all(": not checked: " in line and "--configs corpus random" in line for line in skipped)
    assert not any("does not hold" in line for line in skipped)
    assert skipped[-1].startswith(f"skips  documents: not checked: {len(skipped) - 1} claims could not be checked")
    assert not any("skipped" in line or "not checked" in line for line in lines if line.startswith("holds"))


def test_help_says_what_the_exit_status_means(call):
    assert "1 when one fails or cannot be checked" in " ".join(call("audit", "--help").out.split())


def test_documents_of_a_folder_that_fails_name_the_claim(call, without_corpus, tmp_path):
    folder = shutil.copytree(without_corpus, tmp_path / "data")
    (folder / "README.md").write_text("another card")
    lines = call("audit", folder).out.splitlines()
    assert next(line.split(":")[0] for line in lines if line.startswith("FAILS")) == "FAILS  checksums"
    assert lines[-1] == "skips  documents: not checked: the claim 'checksums' does not hold"
