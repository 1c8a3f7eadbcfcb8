"""The shift report of a real folder."""

import json
import shutil

import pytest

from arith_synth.errors import DatasetError
from arith_synth.splits.shift import markdown_density_table, markdown_table, shift_report


def three_cells(space, coordinates):
    return coordinates[:, 0] % 3


@pytest.fixture(scope="module")
def report(small_dataset):
    return shift_report(small_dataset, three_cells)


def test_every_test_of_every_config_is_in_it(report, small_dataset):
    compared = {row["split"] for config in report["configs"].values() for row in config["comparisons"]}
    published = {
        f"{file.parent.name}/{file.name.split('-')[0]}"
        for file in small_dataset.glob("*/*.parquet")
        if file.name.startswith(("test", "validation"))
    }
    assert published <= compared


def test_forced_forms_are_farther_from_train(report):
    (row,) = [
        row
        for row in report["configs"]["support_shift"]["comparisons"]
        if (row["split"], row["against"]) == ("support_shift/test_syntactic", "support_shift/test")
    ]
    measured = row["size_matched"]
    assert measured["distance_ratio"]["syntactic_distance"] > 1


def test_so_few_tasks_are_too_few_for_a_classifier(report):
    (row,) = [row for row in report["configs"]["random"]["comparisons"] if row["split"] == "random/test"]
    assert row["size_matched"]["n"] == 40
    assert row["size_matched"]["syntactic"] == {"auc": None, "mmd2": None, "p": None}
    assert "| – |" in markdown_table(report)


def test_it_is_json_with_sorted_keys_and_three_decimals(report):
    text = json.dumps(report, allow_nan=False)
    assert text == json.dumps(report, sort_keys=True)
    digits: list[int] = []
    json.loads(text, parse_float=lambda number: digits.append(len(number.partition(".")[2])))
    assert max(digits) <= 3
    assert set(report["versions"]) == {"numpy", "scikit-learn"}


def test_the_number_of_threads_changes_nothing(report, small_dataset):
    assert shift_report(small_dataset, three_cells, threads=1) == report


def test_the_table_has_a_row_for_each_comparison(report):
    rows = [line for line in markdown_table(report).splitlines() if line.startswith("| `")]
    assert len(rows) == sum(len(config["comparisons"]) for config in report["configs"].values())
    assert len({row.count("|") for row in rows}) == 1


def test_density_configs_have_their_cells_counted(report):
    configs = [config for config in report["configs"] if config.startswith("density_shift")]
    assert all(report["configs"][config]["density"]["splits"]["train"]["n_classes"] > 0 for config in configs)
    assert len(markdown_density_table(report).splitlines()) == (
        2 + sum(len(report["configs"][config]["density"]["splits"]) for config in configs) if configs else 0
    )


@pytest.mark.parametrize("damage", ["truncated", "missing", "other columns"])
def test_a_damaged_split_is_named_in_one_line(small_dataset, tmp_path, damage):
    folder = shutil.copytree(small_dataset, tmp_path / "data")
    file = folder / "random" / "train-00000-of-00001.parquet"
    if damage == "truncated":
        file.write_bytes(file.read_bytes()[:-200])
    elif damage == "missing":
        (folder / "build.json").unlink()
    else:
        shutil.copy(folder / "corpus" / "full-00000-of-00001.parquet", file)
    with pytest.raises(DatasetError) as error:
        shift_report(folder)
    assert "\n" not in str(error.value)
    assert ("build.json" if damage == "missing" else "random/train") in str(error.value)
