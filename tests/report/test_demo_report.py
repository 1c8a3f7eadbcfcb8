import builtins
import json
import shutil
import subprocess
import sys

import pytest
from rich.console import Console

from arith_synth.errors import MetricError, MissingExtraError
from arith_synth.report import print_demo_report, write_demo_report
from arith_synth.report.results import is_held_out
from arith_synth.report.tables import COST_NOTE, LOSS_NOTE, percent, points
from arith_synth.scoring import ARMS, TESTS


def files_in(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_report_holds_every_arm_and_test_with_n_and_interval(results_dir):
    report = write_demo_report(results_dir, wall_s=300.0)
    assert json.loads((results_dir / "run.json").read_text()) == report
    for arm in ARMS:
        for test in TESTS:
            scores = report["scores"][arm][test]
            low, high = scores["interval_95"]
            assert low <= scores["execution_accuracy"] <= high
            assert scores["n"] == 12
    assert [costs["exclusion"] for costs in report["costs"]] == ["syntactic", "semantic", "both"]
    assert report["costs"][0]["cost"]["cost"] == pytest.approx(50)
    assert report["data"]["evaluated_on"]["version"] == "1.0.0"
    assert report["commit"] == dict.fromkeys(ARMS, "0123abc")
    assert (report["seeds"], report["wall_s"]["total"]) == ([0], 300.0)


def test_scores_in_the_report_are_those_of_the_evaluation(results_dir):
    report = write_demo_report(results_dir)
    for arm in ARMS:
        evaluation = json.loads((results_dir / "arms" / arm / "eval" / "run.json").read_text())
        assert report["scores"][arm] == evaluation["scores"]


def test_the_markdown_shows_the_numbers_of_run_json(results_dir):
    report = write_demo_report(results_dir)
    page = (results_dir / "report.md").read_text()
    for arm in ARMS:
        for test in TESTS:
            assert percent(report["scores"][arm][test]["execution_accuracy"]) in page
    for costs in report["costs"]:
        assert f"**{points(costs['net_cost']['cost'])}**" in page
    for figure in ("accuracy", "costs", "learning"):
        assert f"(figures/{figure}.png)" in page
        assert (results_dir / "figures" / f"{figure}.png").read_bytes().startswith(b"\x89PNG")
        assert b"<svg" in (results_dir / "figures" / f"{figure}.svg").read_bytes()


def test_the_report_says_where_its_numbers_come_from(results_dir):
    change_run(results_dir / "arms" / "none" / "eval" / "run.json", '"commit": "0123abc"', '"commit": "4567def-dirty"')
    report = write_demo_report(results_dir)
    assert report["provenance"] == {
        "grammar": "xy3",
        "max_size": 5,
        "data_version": "1.0.0",
        "n_training_tasks": [640],
        "preset": "nano",
        "n_parameters": [1000],
        "steps": [100],
        "batch_size": 64,
        "training_seeds": [0],
        "commits": ["0123abc", "4567def-dirty"],
        "hardware": [{"processor": "Test CPU", "n_cores": 2}],
        "versions": [{"arith_synth": "0.1.0", "python": "3.11.0"}],
    }
    assert (
        "Provenance: data 1.0.0, grammar xy3, max_size 5, 640 training tasks an arm; model nano, 1000 parameters, 100 "
        "steps of 64 tasks, training seed(s) 0; commit 0123abc or 4567def-dirty; hardware: processor Test CPU, "
        "n_cores 2; versions: arith_synth 0.1.0, python 3.11.0.\n"
    ) in (results_dir / "report.md").read_text()


def test_what_an_older_run_does_not_record_is_said_to_be_missing(results_dir):
    for path in results_dir.glob("arms/*/*/run.json"):
        run = json.loads(path.read_text())
        path.write_text(json.dumps({name: run[name] for name in run if name not in ("commit", "versions", "n_tasks")}))
    write_demo_report(results_dir)
    page = (results_dir / "report.md").read_text()
    assert "commit not recorded;" in page
    assert "versions: not recorded." in page


def test_each_validation_loss_names_its_split_and_the_notes_stand_by_their_tables(results_dir):
    path = results_dir / "arms" / "none" / "train" / "run.json"
    change_run(path, '"validation_loss": 1.5', '"validation_loss": null')
    report = write_demo_report(results_dir)
    splits = {arm: report["training"][arm]["validation_split"] for arm in ARMS}
    assert splits == {
        "both": "support_shift/validation",
        "syntactic": "support_shift_control/validation",
        "semantic": "support_shift_control/validation",
        "none": None,
    }
    page = (results_dir / "report.md").read_text()
    for text in (COST_NOTE, LOSS_NOTE, "| support_shift/validation |", "| compared with the arm that lifts it |"):
        assert text in page


def test_smoothing_keeps_a_line_and_the_ends():
    from arith_synth.report.drawing import smoothed

    assert smoothed([5.0, 4.0, 3.0, 2.0, 1.0, 0.0], 5) == [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
    assert smoothed([0.0, 0.0, 5.0, 0.0, 0.0], 5) == pytest.approx([0, 5 / 3, 1, 5 / 3, 0])
    assert smoothed([1.0], 5) == [1.0]


def test_a_repeated_report_has_the_same_bytes(results_dir):
    write_demo_report(results_dir)
    first = files_in(results_dir)
    write_demo_report(results_dir)
    assert files_in(results_dir) == first


def test_the_tables_fit_a_terminal_of_80_columns_uncut(results_dir, tmp_path):
    report = write_demo_report(results_dir)
    for arm in ARMS:  # the widest cells there can be
        for test in TESTS:
            report["scores"][arm][test] |= {"execution_accuracy": 1.0, "interval_95": [0.999, 1.0], "n": 2000}
    for costs in report["costs"]:
        for name in ("cost", "cost_on_test", "net_cost"):
            costs[name] |= {"cost": -99.9, "interval_95": [-99.9, -99.9], "n": 2000}
    with (tmp_path / "printed.txt").open("w") as file:
        print_demo_report(report, Console(file=file, width=80))
    printed = (tmp_path / "printed.txt").read_text()
    assert "…" not in printed
    assert printed.count("[99.9, 100.0]") == 16
    assert printed.count("[−99.9, −99.9]") == 9
    assert max(map(len, printed.splitlines())) <= 80


def test_a_test_is_held_out_where_its_region_is_excluded():
    held_out = {arm: [test for test in TESTS if is_held_out(arm, test)] for arm in ARMS}
    assert held_out == {
        "both": ["test_semantic", "test_syntactic", "test_both"],
        "syntactic": ["test_syntactic", "test_both"],
        "semantic": ["test_semantic", "test_both"],
        "none": [],
    }


def test_missing_logs_leave_out_the_learning_curves(results_dir):
    for arm in ARMS:
        (results_dir / "arms" / arm / "train" / "log.jsonl").unlink()
    write_demo_report(results_dir)
    assert not (results_dir / "figures" / "learning.png").exists()


def drop_arm(folder):
    shutil.rmtree(folder / "arms" / "none")


def drop_test(folder):
    path = folder / "arms" / "none" / "eval" / "outcomes.jsonl"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "/test_both/" not in line))


def drop_task(folder):
    path = folder / "arms" / "none" / "eval" / "outcomes.jsonl"
    path.write_text("".join(path.read_text().splitlines(True)[1:]))


def change_run(path, old, new):
    path.write_text(path.read_text().replace(old, new))


def change_training(folder, old, new):
    change_run(folder / "arms" / "none" / "train" / "run.json", old, new)


def change_split(folder):
    change_training(folder, "support_shift_control", "support_shift")


def change_budget(folder):
    change_training(folder, '"max_seconds": 12.0', '"max_seconds": 24.0')


def change_training_data(folder):
    change_training(folder, "1.0.0", "2.0.0")


def change_data(folder):
    path = folder / "arms" / "none" / "eval" / "run.json"
    path.write_text(path.read_text().replace('"test": "aa"', '"test": "bb"'))


def truncate(folder):
    path = folder / "arms" / "none" / "eval" / "outcomes.jsonl"
    path.write_text(path.read_text()[:-20])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (drop_arm, "no evaluation of the arm"),
        (drop_test, "was not evaluated on test_both"),
        (drop_task, "different tasks"),
        (change_data, "evaluated on different data"),
        (change_training_data, "trained on different data"),
        (change_split, "the arm 'none' was trained on support_shift/train; train it on 'train' of the control config"),
        (change_budget, "max_seconds differs"),
        (truncate, "not valid JSON"),
    ],
)
def test_incomplete_or_unlike_arms_are_one_line_errors_and_write_nothing(results_dir, damage, message):
    damage(results_dir)
    with pytest.raises(MetricError, match=message) as caught:
        write_demo_report(results_dir)
    assert "\n" not in str(caught.value)
    assert [path.name for path in results_dir.iterdir()] == ["arms"]


def test_without_matplotlib_the_tables_are_written_and_the_extra_is_named(results_dir, monkeypatch):
    really_import = builtins.__import__

    def without_matplotlib(name, *args, **kwargs):
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return really_import(name, *args, **kwargs)

    for name in [name for name in sys.modules if name.startswith(("matplotlib", "arith_synth.report.figures"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("arith_synth.report.figures", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_matplotlib)
    with pytest.raises(MissingExtraError, match=r"pip install 'arith-synth\[eval\]'"):
        write_demo_report(results_dir)
    assert "Execution accuracy" in (results_dir / "report.md").read_text()
    assert (results_dir / "run.json").is_file()


def test_reporting_loads_no_model_library():
    code = "import sys, arith_synth.report; print({'torch', 'transformers', 'numba', 'datasets'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
