"""The documents are true where a test can tell."""

import json
import re
from pathlib import Path

import pytest

import arith_synth
from arith_synth.grammar import grammar_named, parse_infix
from arith_synth.semantics.fingerprints import fingerprint_of

XY3 = grammar_named("xy3")
ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\((?!https?://)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_readme_names_every_make_target():
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert targets == named


def test_ci_runs_only_what_readme_names():
    commands = [
        line
        for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "set ", "cd "))
    ]
    # But for a browser, which no package index has.
    assert [command for command in commands if "chromium" not in command] == ["make test", "make test-slow"]


def test_every_decision_is_listed():
    pages = {path.name for path in (ROOT / "docs" / "decisions").glob("*.md")} - {"README.md"}
    listed = set(re.findall(r"\]\(([^)]+)\)", (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")))
    assert pages == listed


def test_the_changelog_has_this_version_and_data_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {arith_synth.__version__} " in changelog
    assert f"Data version {arith_synth.DATA_VERSION}." in changelog


def test_the_cost_model_on_the_page_is_computed_from_the_newest_results():
    from benchmarks.cost_model import cost_table, page_with

    results = [json.loads(path.read_text())["results"] for path in sorted((ROOT / "benchmarks/results").glob("*.json"))]
    newest = [result for result in results if "pass_ns_per_candidate" in result.get("out_of_core", {})][-1]
    page = (ROOT / "docs" / "enumeration.md").read_text(encoding="utf-8")
    assert page == page_with(page, cost_table(newest))


def test_the_page_on_enumeration_reads_what_the_command_writes(tmp_path, monkeypatch, capsys):
    from arith_synth.cli import main

    monkeypatch.chdir(tmp_path)
    assert main(["enumerate", "--max-size", "3", "--out", "classes"]) == 0
    capsys.readouterr()
    page = (ROOT / "docs" / "enumeration.md").read_text(encoding="utf-8")
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL) if "read_table" in block]
    exec(code, {})  # the page's own text
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    for line in lines:
        fingerprint, n_minimal, program = line.split(" ", 2)
        assert fingerprint_of(parse_infix(program, XY3), XY3) == fingerprint
        assert int(n_minimal) >= 1
