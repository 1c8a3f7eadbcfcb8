"""Splits, files and cards that are not the data version's, in a folder whose checksums were written anew."""

import json
from typing import Any

import pytest
import yaml


def edit_checksums(copy, **forget: list[str]) -> None:
    """Forget entries of checksums.json."""
    file = copy.path / "checksums.json"
    checksums = json.loads(file.read_text())
    for part, names in forget.items():
        for name in names:
            checksums[part].pop(name, None)
    file.write_text(json.dumps(checksums))


def edit_card(copy, edit) -> None:
    """Change the YAML of the card by `edit(header)`."""
    card = copy.path / "README.md"
    _, header, body = card.read_text().split("---\n", 2)
    document = yaml.safe_load(header)
    edit(document)
    card.write_text(f"---\n{yaml.safe_dump(document, sort_keys=False)}---\n{body}")


def data_files(header: dict[str, Any], config: str) -> list[dict[str, Any]]:
    return next(entry["data_files"] for entry in header["configs"] if entry["config_name"] == config)


def test_an_extra_split(copy):
    extra = "support_shift/train_extra"
    copy.file(extra).write_bytes(copy.file("support_shift/train").read_bytes())
    copy.write(extra, [row | {"task_id": row["task_id"].replace("train", "train_extra")} for row in copy.rows(extra)])
    checksums = json.loads((copy.path / "checksums.json").read_text())
    checksums["splits"][extra] = {}
    (copy.path / "checksums.json").write_text(json.dumps(checksums))
    asked = copy.build()["split_sizes"]
    asked["support_shift"]["train_extra"] = 1_000
    copy.change_build(split_sizes=asked)
    path = [f"{extra}-00000-of-00001.parquet"]
    edit_card(copy, lambda header: data_files(header, "support_shift").append({"split": "train_extra", "path": path}))
    copy.seal()
    failing = copy.failing()
    assert "config support_shift has splits" in failing["layout"]
    assert not {"checksums", "schema", "sides", "regions"} & set(failing)


def test_a_removed_split(copy):
    gone = "support_shift/test_both"
    build = copy.build()
    copy.file(gone).unlink()
    del build["configs"]["support_shift"]["test_both"], build["split_sizes"]["support_shift"]["test_both"]
    copy.change_build(configs=build["configs"], split_sizes=build["split_sizes"])
    edit_checksums(copy, files=[f"{gone}-00000-of-00001.parquet"], splits=[gone])
    edit_card(copy, lambda header: data_files(header, "support_shift").pop())
    benchmark = copy.path / "eval.yaml"
    benchmark.write_text(benchmark.read_text().split("- id: support_shift_test_both")[0])
    rows = copy.rows("corpus/full")
    copy.write("corpus/full", [row | {"used_by": [path for path in row["used_by"] if path != gone]} for row in rows])
    copy.seal()
    failing = copy.failing()
    # Without its number, what was asked for is not known.
    assert set(failing) == {"layout", "membership", "examples_needed"}
    assert "config support_shift has splits" in failing["layout"]


def test_a_card_that_leads_to_another_file(copy):
    def edit(header: dict[str, Any]) -> None:
        data_files(header, "random")[2]["path"] = ["random/train-00000-of-00001.parquet"]

    edit_card(copy, edit)
    assert {"checksums", "layout"} == set(copy.failing())
    copy.seal()
    assert set(copy.failing()) == {"layout"}


@pytest.mark.parametrize("text", ["", "---\n- [\n---\n", "---\n1\n---\n", "configs: []"])
def test_a_card_without_configs(copy, text: str):
    (copy.path / "README.md").write_text(text + copy.build()["canary"])
    copy.seal()
    assert set(copy.failing()) == {"layout"}


def test_a_benchmark_without_a_test(copy):
    benchmark = copy.path / "eval.yaml"
    benchmark.write_text(benchmark.read_text().split("- id: support_shift_test_both")[0])
    copy.seal()
    assert "eval.yaml" in copy.failing()["layout"]


def test_text_added_to_a_card_and_a_missing_one(copy):
    card = copy.path / "README.md"
    card.write_text(card.read_text() + "\nTrain on the tests.\n")
    assert "README.md" in copy.failing()["checksums"]
    (copy.path / "eval.yaml").unlink()
    failing = copy.failing()
    assert "eval.yaml is missing" in failing["layout"]


@pytest.mark.parametrize("name", ["more.parquet", "random/notes.txt", "random/deep/test-00000-of-00001.parquet"])
def test_an_unknown_file(copy, name: str):
    (copy.path / name).parent.mkdir(exist_ok=True)
    (copy.path / name).write_bytes(b"")
    assert set(copy.failing()) == {"layout"}
    assert name[:50] in copy.failing()["layout"]


def test_entries_of_build_json_that_are_not_known_or_missing(copy):
    build = copy.build()
    del build["package_version"]
    build["note"] = "all tests are easy"
    (copy.path / "build.json").write_text(json.dumps(build))
    failing = copy.failing()
    assert set(failing) == {"layout"}
    assert "'note' is not known" in failing["layout"]
    assert "'package_version' is missing" in failing["layout"]


@pytest.mark.parametrize(
    "asked", [None, {"random": {"train": 1}}, {"random": {"train": 0, "validation": 1, "test": 1}}, {"more": {}}]
)
def test_nonsense_asked_for(copy, asked: object):
    copy.change_build(split_sizes=asked)
    assert "split_sizes" in copy.failing()["layout"]


def test_no_syntactic_region(copy):
    regions = copy.build()["regions"]
    del regions["syntactic"]
    copy.change_build(regions=regions)
    assert "syntactic" in copy.failing()["forced"]
