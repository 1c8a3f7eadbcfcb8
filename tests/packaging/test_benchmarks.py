"""The benchmark runner collects, prints and writes what benchmarks measure."""

import importlib
import io
import json

import pytest
from rich.console import Console

from benchmarks import run


@pytest.fixture
def one_benchmark(monkeypatch, tmp_path):
    (tmp_path / "bench_answer.py").write_text("def run():\n    return {'answers_per_s': 42_000, 'ratio': 1.5}\n")
    monkeypatch.setattr(run, "FOLDER", tmp_path)
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results")
    monkeypatch.setattr("benchmarks.__path__", [str(tmp_path)])


def test_results_are_written_with_the_machine(one_benchmark):
    record = json.loads(run.main([]).read_text())
    assert record["results"]["answer"]["answers_per_s"] == 42_000
    assert record["machine"]["n_cores"] >= 1


def test_the_table_has_a_row_for_each_measurement():
    console = Console(record=True, width=100, file=io.StringIO())
    console.print(run.table_of({"answer": {"answers_per_s": 42_000, "ratio": 1.5}}))
    assert "42,000" in console.export_text()


def test_an_unknown_benchmark_is_a_wrong_call(one_benchmark):
    with pytest.raises(SystemExit, match="2"):
        run.main(["question"])


def test_every_benchmark_has_a_run():
    modules = [importlib.import_module(f"benchmarks.bench_{name}") for name in run.benchmark_names()]
    assert all(callable(module.run) for module in modules)
