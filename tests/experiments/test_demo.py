"""The main job on small data, as its user runs it: finished, repeated, interrupted, with another seed, and failing."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ARMS = ("both", "syntactic", "semantic", "none")

pytestmark = pytest.mark.slow


class Demo:
    """The main job with a data and a results folder of its own."""

    def __init__(self, data: Path, output: Path) -> None:
        self.data, self.output = data, output

    def start(self, *options: str) -> subprocess.Popen[str]:
        size = ("--max-size", "4", "--train-tasks", "1000", "--test-tasks", "40", "--max-steps", "40")
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "arith_synth.experiments.demo"),
                *("--data", str(self.data), "--output", str(self.output), *size, *options),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )

    def run(self, *options: str) -> tuple[int, str, str]:
        """Exit status, standard output, and standard error without the lines of stages."""
        return self.end(self.start(*options))

    def end(self, process: subprocess.Popen[str]) -> tuple[int, str, str]:
        out, err = process.communicate(timeout=300)
        lines = [line for line in err.splitlines() if not line.endswith((": …", ": done"))]
        return process.returncode, out, "\n".join(lines)

    def files_of_arms(self) -> dict[Path, tuple[int, bytes]]:
        """Time of the last change and content of what the arms have left; their logs of output aside."""
        return {
            path: (path.stat().st_mtime_ns, path.read_bytes())
            for path in sorted((self.output / "arms").rglob("*"))
            if path.is_file() and path.name not in ("output.log", ".lock")
        }


@pytest.fixture(scope="module")
def finished(small_dataset, tmp_path_factory):
    """A finished main job. Read it, never write to it."""
    place = tmp_path_factory.mktemp("demo")
    demo = Demo(shutil.copytree(small_dataset, place / "data"), place / "demo")
    status, out, err = demo.run()
    assert (status, err) == (0, "")
    demo.out = out
    return demo


@pytest.fixture
def demo(small_dataset, tmp_path):
    """A main job to be run on data that is there."""
    return Demo(shutil.copytree(small_dataset, tmp_path / "data"), tmp_path / "demo")


@pytest.fixture
def again(finished, tmp_path):
    """A copy of the finished job, to be run again."""
    return Demo(
        shutil.copytree(finished.data, tmp_path / "data"),
        shutil.copytree(finished.output, tmp_path / "demo"),
    )


def test_it_writes_numbers_tables_and_figures(finished):
    report = json.loads((finished.output / "run.json").read_text())
    assert set(report["scores"]) == set(ARMS)
    assert all(score["n"] == 40 for tests in report["scores"].values() for score in tests.values())
    markdown = (finished.output / "report.md").read_text()
    for figure in ("accuracy", "costs", "learning"):
        assert f"figures/{figure}.png" in markdown
        assert (finished.output / "figures" / f"{figure}.png").stat().st_size > 10_000


def test_it_prints_the_table_and_where_all_is(finished):
    assert "test_syntactic" in finished.out
    for name in ("report.md", "figures", "run.json"):
        assert str(finished.output / name) in finished.out


def test_all_arms_take_the_same_number_of_steps(finished):
    steps = [json.loads((finished.output / "arms" / arm / "train" / "run.json").read_text())["step"] for arm in ARMS]
    assert steps == [40] * 4


def test_a_repetition_reuses_all_that_is_finished(again):
    before = again.files_of_arms()
    plan = (again.output / "plan.json").read_bytes()
    started = time.monotonic()
    status, _, err = again.run()
    assert (status, err) == (0, "")
    assert time.monotonic() - started < 60
    assert again.files_of_arms() == before
    assert (again.output / "plan.json").read_bytes() == plan


def test_scores_of_another_model_are_not_reused(again):
    arm = again.output / "arms" / "none"
    shutil.copy(again.output / "arms" / "both" / "train" / "model.safetensors", arm / "train" / "model.safetensors")
    status, _, err = again.run()
    assert status == 1
    assert err.startswith("demo: arm none: ")


def test_another_seed_starts_anew(again):
    before = again.files_of_arms()
    status, _, err = again.run("--seed", "1")
    assert (status, err) == (0, "")
    after = again.files_of_arms()
    weights = [path for path in before if path.name == "model.safetensors"]
    assert len(weights) == 4
    assert all(after[path][1] != before[path][1] for path in weights)
    assert json.loads((again.output / "run.json").read_text())["seeds"] == [1]


def test_ctrl_c_keeps_checkpoints_and_the_same_command_completes(demo):
    process = demo.start("--max-steps", "400")
    log = demo.output / "arms" / "both" / "train" / "log.jsonl"
    deadline = time.monotonic() + 200
    while not (log.exists() and log.read_text().count("\n") >= 2):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    status, out, err = demo.end(process)
    assert (status, out) == (1, "")
    assert err == "demo: interrupted; run the same command to go on"
    assert not (demo.output / "run.json").exists()
    assert list((demo.output / "arms" / "both" / "train" / "checkpoints").glob("step-*"))
    status, _, err = demo.run("--max-steps", "400")
    assert (status, err) == (0, "")
    assert json.loads((demo.output / "arms" / "both" / "train" / "run.json").read_text())["sessions"] == 2


def test_a_failing_child_is_one_line_that_names_its_log(again):
    shutil.rmtree(again.output / "arms" / "semantic" / "eval")
    weights = again.output / "arms" / "semantic" / "train" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000])
    status, out, err = again.run()
    assert (status, out) == (1, "")
    assert err.count("\n") == 0
    assert err.startswith("demo: arm semantic: arith-synth eval: ")
    assert "truncated" in err
    assert str(again.output / "arms" / "semantic" / "output.log") in err


def test_two_jobs_in_one_folder_do_not_mix(demo):
    first = demo.start("--max-steps", "400")
    deadline = time.monotonic() + 200
    while not (demo.output / "plan.json").exists():
        assert first.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    status, _, err = demo.run("--seed", "1")
    assert status == 2
    assert "another run is writing to" in err
    first.send_signal(signal.SIGINT)
    assert demo.end(first)[0] == 1
