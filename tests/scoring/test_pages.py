"""docs/extraction.md and docs/security.md hold what the code gives."""

from pathlib import Path

import pytest

from arith_synth.errors import UsageError
from arith_synth.scoring.extraction.rules import RULES
from arith_synth.scoring.pages import COMMAND, PAGES, main, page_with

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_table_gives(name):
    page = (DOCS / PAGES[name]).read_text(encoding="utf-8")
    assert page_with(page, name) == page, f"run {COMMAND}"


def test_every_rule_stands_on_the_page_with_its_examples():
    page = (DOCS / "extraction.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert f"`{rule.name}`" in page
        assert rule.sentence in page
        assert all(example.text.strip() in page for example in rule.examples)


def test_the_command_writes_the_pages(tmp_path, monkeypatch):
    for file in set(PAGES.values()):
        page = (DOCS / file).read_text(encoding="utf-8")
        (tmp_path / file).write_text(page.replace("`thought`", "`?`").replace("25 |", "26 |"), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["pages", str(tmp_path)])
    assert main() == 0
    for file in set(PAGES.values()):
        assert (tmp_path / file).read_bytes() == (DOCS / file).read_bytes()


def test_a_page_without_marks_is_refused():
    with pytest.raises(UsageError, match="rules: begin"):
        page_with("# Extraction\n", "rules")
