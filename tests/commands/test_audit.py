"""`arith-synth audit` on the command line; what it finds is tested in `tests/audit`."""

import json
import shutil


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
