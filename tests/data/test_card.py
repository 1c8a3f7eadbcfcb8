"""The card is generated: it says what build.json says, and `load_dataset` can read its header."""

import re

import pytest
import yaml

from arith_synth.data.card import card
from arith_synth.data.loading import HUB_ID
from arith_synth.data.parquet import CANARY


@pytest.fixture
def text(dataset) -> str:
    return (dataset.path / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def header(text) -> dict:
    return yaml.safe_load(text.split("---\n")[1])


def test_the_header_lists_every_file(header, dataset):
    listed = [path for config in header["configs"] for files in config["data_files"] for path in files["path"]]
    assert sorted(listed) == sorted(dataset.checksums["files"])


def test_the_header_lists_configs_and_splits_in_order(header, dataset):
    listed = {config["config_name"]: [files["split"] for files in config["data_files"]] for config in header["configs"]}
    assert list(listed.items()) == list(dataset.configs.items())


def test_the_headline_is_the_default_config(header):
    assert [config["config_name"] for config in header["configs"] if config.get("default")] == ["support_shift"]


def test_the_header_names_licence_and_size(header):
    assert header["license"] == "apache-2.0"
    assert header["language"] == ["en"]
    assert header["size_categories"] == ["n<1K"]


@pytest.mark.parametrize("n_rows", [1_000, 999_999, 5_000_000, 50_000_000])
def test_the_size_category_holds_the_number_of_rows(dataset, n_rows):
    checksums = {"files": {"corpus/full-00000-of-00001.parquet": {"rows": n_rows}}}
    category = yaml.safe_load(card(dataset.build, checksums).split("---\n")[1])["size_categories"][0]
    low, high = (
        int(bound.replace("K", "000").replace("M", "000000"))
        for bound in re.fullmatch(r"(\w+)<n<(\w+)", category).groups()
    )
    assert low <= n_rows < high


@pytest.mark.parametrize(
    "fact",
    [
        "730 classes",
        "700 classes are",
        "become tasks: 690.",
        "17 classes are forced",
        "12345",
        "6789",
        "at most 4 leaves",
        "2604.27551",
    ],
)
def test_the_card_tells_the_facts_of_the_build(text, fact):
    assert fact in text


def test_the_card_carries_the_canary_and_the_warning(text):
    assert CANARY in text
    assert "`corpus` holds the answers to every test" in text


def test_every_split_of_the_card_has_its_place(text):
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|.*\| (.*) \|$", text, flags=re.MULTILINE)
    assert [(config, split) for config, split, meaning in rows if not meaning] == []


def test_the_card_gives_both_thresholds_in_both_units(text, dataset):
    semantic, unit = dataset.build["regions"]["semantic"], dataset.build["coordinate_unit"]
    prose = " ".join(text.split())
    assert f"at least {semantic['threshold']}; the published coordinate is then" in prose
    assert f"at least {semantic['threshold'] * unit}." in prose
    assert f"{semantic['gap_threshold']} (published: {semantic['gap_threshold'] * unit})" in prose


def test_the_card_loads_from_the_hub_and_from_a_folder(text):
    snippet = text.split("```python\n")[1].split("```")[0]
    assert re.findall(r'load_dataset\("([^"]+)", "support_shift"\)', snippet) == [HUB_ID, "./arith-synth"]


def test_the_tests_have_equal_size_histograms_as_the_card_says(text, dataset):
    assert "The four tests have equal size histograms." in text
    tests = [counts["sizes"] for name, counts in dataset.build["configs"]["support_shift"].items() if "test" in name]
    assert tests == [tests[0]] * 4


def test_no_placeholder_is_left(text):
    assert re.findall(r"\$\w+", text) == []


def test_the_benchmark_file_has_a_task_for_each_test(dataset):
    tasks = yaml.safe_load((dataset.path / "eval.yaml").read_text(encoding="utf-8"))["tasks"]
    assert [(task["config"], task["split"]) for task in tasks] == [
        (config, split) for config, splits in dataset.configs.items() for split in splits if split.startswith("test")
    ]
