"""The table of docs/baselines.md is what the result files give."""

import json
import re
import sys
from pathlib import Path

import pytest

from arith_synth.baselines.config import BaselineConfig
from arith_synth.baselines.run import run_baseline
from arith_synth.data.card.markdown import between_marks
from arith_synth.errors import MetricError, UsageError
from arith_synth.report import baselines_page
from arith_synth.report.baselines_page import NOT_RUN_YET, baselines_section, keep_run, read_kept

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "baselines.md"


@pytest.fixture(scope="module")
def runs(small_dataset, tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    for name in ("target", "retrieval"):
        run_baseline(BaselineConfig(name=name, data=small_dataset, splits="test,test_both", output=place / name))
    return place


def test_the_page_of_the_project_is_what_its_result_files_give():
    text = PAGE.read_text(encoding="utf-8")
    section = baselines_section(read_kept(ROOT / "results" / "baselines"))
    assert text == between_marks(text, "baselines", section), f"run: {baselines_page.COMMAND}"


def test_a_kept_run_names_no_place_and_has_its_scores(runs, small_dataset, tmp_path):
    text = keep_run(runs / "retrieval", tmp_path).read_text(encoding="utf-8")
    for place in (runs, small_dataset, ROOT):
        assert str(place) not in text
    scores = json.loads((runs / "retrieval" / "run.json").read_text())["scores"]
    for split, kept in json.loads(text)["scores"].items():
        assert kept.items() <= scores[split].items()


def test_floors_stand_before_ceilings_and_each_split_has_a_row(runs, tmp_path):
    for name in ("target", "retrieval"):
        keep_run(runs / name, tmp_path)
    rows = re.findall(r"^\| `(\w+)` \| `support_shift/(\w+)` \|", baselines_section(read_kept(tmp_path)), flags=re.M)
    assert rows == [(name, split) for name in ("retrieval", "target") for split in ("test", "test_both")]


def test_without_results_it_says_so(tmp_path):
    assert baselines_section(read_kept(tmp_path)) == NOT_RUN_YET


def test_the_command_keeps_runs_and_writes_the_page(runs, tmp_path, monkeypatch, capsys):
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text("before\n<!-- baselines: begin --><!-- baselines: end -->\nafter\n")
    monkeypatch.setattr(sys, "argv", ["baselines_page", str(page), str(runs / "target")])
    assert baselines_page.main() == 0
    assert (tmp_path / "results" / "baselines" / "support_shift-target-1.json").is_file()
    assert re.search(r"before\n<!--.*\| `target` \|.*-->\nafter\n", page.read_text(), flags=re.DOTALL)
    monkeypatch.setattr(sys, "argv", ["baselines_page"])
    assert baselines_page.main() == 2


def test_other_files_are_refused(runs, tmp_path):
    with pytest.raises(UsageError, match="must hold the lines"):
        between_marks("no marks", "baselines", "")
    (tmp_path / "run.json").write_text(json.dumps({"kind": "training", "model": {"family": "multimodal"}}))
    with pytest.raises(MetricError, match="no run of a baseline"):
        keep_run(tmp_path, tmp_path / "results")
    with pytest.raises(MetricError, match="no result of a baseline"):
        read_kept(tmp_path)
