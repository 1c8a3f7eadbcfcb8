"""The card of a folder with nearly all configs: it renders, and what it says of them is in the folder's files."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from huggingface_hub import DatasetCard, DatasetCardData
from markdown_it import MarkdownIt

from arith_synth.data.card import card
from arith_synth.data.card.families import families_in
from arith_synth.data.card.sharing import promised
from arith_synth.data.folder import DatasetFolder, open_dataset

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


class Facts(NamedTuple):
    folder: DatasetFolder
    contamination: dict
    shift: dict

    def card(self, **changes) -> str:
        build = deepcopy(self.folder.build) | changes
        return card(build, self.folder.checksums, self.contamination, self.shift)


@pytest.fixture(scope="module")
def facts(wide_dataset: Path) -> Facts:
    parts = [json.loads((wide_dataset / name).read_text()) for name in ("contamination.json", "shift_report.json")]
    return Facts(open_dataset(wide_dataset), *parts)


@pytest.fixture(scope="module")
def text(wide_dataset: Path) -> str:
    return (wide_dataset / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def body(text) -> str:
    return text.split("---\n", 2)[2]


def test_the_card_in_the_folder_is_the_one_of_its_files(facts, text):
    assert facts.card() == text


def test_the_hubs_client_reads_the_header(text):
    data = DatasetCard(text).data
    assert isinstance(data, DatasetCardData)
    assert data.to_dict() == yaml.safe_load(text.split("---\n")[1])
    options = re.sub(r"\s+", " ", DatasetCardData.__doc__ or "")  # it lists what the Hub knows
    for name in ("annotations_creators", "language_creators", "multilinguality", "size_categories", "source_datasets"):
        of_field = options.split(f"{name} (")[1].split("Options are:")[1]
        for value in getattr(data, name):
            assert f"'{value}'" in of_field.split(" (`")[0]


def test_every_table_renders_with_as_many_cells_as_its_header(body):
    rendered = MARKDOWN.render(body)
    tables = re.findall(r"<table>(.*?)</table>", rendered, flags=re.DOTALL)
    assert len(tables) == len(re.findall(r"^\| ?---", body, flags=re.MULTILINE))
    for table in tables:
        rows = [re.findall(r"<t[hd]", row) for row in table.split("<tr>")[1:]]
        assert {len(row) for row in rows} == {len(rows[0])}
        assert "<td></td>" not in table


def test_nothing_in_the_card_is_taken_for_html(body):
    tokens = [child for token in MARKDOWN.parse(body) for child in [token, *(token.children or [])]]
    assert [token.content for token in tokens if token.type.startswith("html")] == []


def test_every_config_and_split_has_its_row_with_the_number_of_tasks(facts, body):
    for config, splits in facts.folder.build["configs"].items():
        for split, counts in splits.items():
            (row,) = re.findall(rf"^\| `{config}` \| `{split}` \| ([\d,]+) \| [^|]+ \| \S.* \|$", body, re.MULTILINE)
            assert int(row.replace(",", "")) == counts["n"]


def test_every_config_is_of_one_family(facts):
    configs = [config for family in families_in(facts.folder.build) for config in family.configs]
    assert sorted([*configs, "corpus"]) == sorted(facts.folder.build["configs"])


def test_the_card_counts_promised_pairs_that_share_a_class(facts):
    families = families_in(facts.folder.build)
    assert promised(families, facts.contamination)[1] == 0
    splits = facts.contamination["splits"]
    pair = sorted([splits.index("support_shift/test_both"), splits.index("support_shift_control/train")])
    leaky = facts.contamination | {"shared": [*facts.contamination["shared"], [*pair, 1]]}
    assert promised(families, leaky)[1] == 1
    text = card(facts.folder.build, facts.folder.checksums, leaky)
    assert re.search(r"of \d+ pairs of splits on two sides of one family, 1 share a class", text)


def test_the_table_of_shared_classes_has_the_largest_share(facts, body):
    splits, n = facts.contamination["splits"], facts.contamination["n"]
    shares = [
        count / n[test]
        for i, j, count in facts.contamination["shared"]
        for test, train in ((i, j), (j, i))
        if splits[test].startswith("support_shift/test") and splits[train] == "random/train"
    ]
    row = next(line for line in body.splitlines() if line.startswith("| 2 `support_shift` |"))
    assert row.split("|")[2].strip() == f"{100 * max(shares):.0f}\N{NO-BREAK SPACE}%"


def test_the_card_says_how_many_classes_lie_in_each_region(facts, body):
    for config, entry in facts.folder.build["axes"].items():
        counts = " | ".join(f"{entry['classes'][place]:,}" for place in ("inside", "between", "novel"))
        assert re.search(rf"^\| `{config}` \| {entry['region']['space']} \| .* \| {counts} \|$", body, re.MULTILINE)


def test_the_card_counts_leaks(facts, body):
    leaks = facts.folder.build["axes"]["support_shift_coordinate"]["leaks"]
    assert f"{leaks['leaking']:,} of the {leaks['classes']:,} tasks of its `test_syntactic`" in body


def test_small_corpora_claim_nothing_of_densities(facts):
    assert "**No claim rests on these configs at max_size 4.**" in facts.card()
    assert "No claim rests" in facts.card(max_size=5)
    assert "No claim rests" not in facts.card(max_size=6)


def test_the_card_says_how_many_examples_are_needed(facts, body):
    row = next(line for line in body.splitlines() if line.startswith("| all classes that can be tasks |"))
    numbers = [int(re.match(r"[\d,]+", cell.strip())[0].replace(",", "")) for cell in row.split("|")[2:-1]]
    assert numbers == list(facts.folder.build["examples_needed"]["corpus"].values())


def test_numbers_of_the_shift_report_have_two_decimals_at_most(body):
    section = body.split("## How far splits are apart")[1].split("\n## ")[0]
    assert "| `support_shift/test_syntactic` | `test` |" in section
    assert re.findall(r"\d\.\d{3,}", section) == []


def test_sections_without_their_file_are_left_out(facts):
    text = card(facts.folder.build, facts.folder.checksums)
    assert "## What splits share" not in text
    assert "## How far splits are apart" not in text
    assert "\n\n\n" not in text


def test_a_corpus_alone_has_a_card_without_empty_tables(facts):
    build = {
        name: value for name, value in facts.folder.build.items() if name not in ("axes", "density", "input_shift")
    }
    build |= {"configs": {"corpus": build["configs"]["corpus"]}, "split_sizes": {"corpus": {}}}
    text = card(build, facts.folder.checksums, {"splits": [], "n": [], "shared": []}, {"configs": {}})
    assert 'load_dataset("./arith-synth", "corpus")' in text
    assert "## What splits share" not in text
    assert "## How far splits are apart" not in text
    assert re.findall(r"^\| ?---.*\n(?!\|)", text, flags=re.MULTILINE) == []


def test_a_title_of_a_user_is_no_markup(facts):
    axes = deepcopy(facts.folder.build["axes"])
    axes["support_shift_size"]["region"]["title"] = "a | <b>bold</b> `$signature` *one*"
    rendered = MARKDOWN.render(facts.card(axes=axes).split("---\n", 2)[2])
    assert "a | &lt;b&gt;bold&lt;/b&gt; `$signature` *one*" in rendered
