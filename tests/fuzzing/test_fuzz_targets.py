"""The fuzz targets run with a stated number of inputs, and a broken promise would show."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
#: How many inputs each target is run on here; by hand, as many as one likes.
RUNS = {"fuzz_parser.py": 100_000, "fuzz_predictions.py": 50_000, "fuzz_submission.py": 500}
#: Short texts are where the rules meet; a submission is a whole document.
MAX_LENGTHS = {"fuzz_parser.py": 400, "fuzz_predictions.py": 400, "fuzz_submission.py": 65_536}
OPTIONS = ("-seed=7", "-timeout=20", "-rss_limit_mb=4096")

BROKEN_TARGET = """
import sys
sys.path.insert(0, {folder!r})
from driver import fuzz, instrumented
with instrumented():
    from arith_synth.grammar import grammar_named, parse_infix
def one_input(data):
    parse_infix(data.decode("latin-1"), grammar_named("xy3"))
fuzz(one_input, [b"x"])
"""


def run(target: Path, tmp_path: Path, n_runs: int) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("atheris", reason="atheris is for Linux and some Python versions")
    return subprocess.run(
        [
            *(sys.executable, str(target), f"-runs={n_runs}", f"-artifact_prefix={tmp_path}/", *OPTIONS),
            f"-max_len={MAX_LENGTHS.get(target.name, 100)}",
        ],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=280,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"},
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_a_target_finds_nothing(name, tmp_path):
    finished = run(FOLDER / name, tmp_path, RUNS[name])
    assert finished.returncode == 0, finished.stderr[-3000:]
    assert f"Done {RUNS[name]} runs" in finished.stderr
    assert os.listdir(tmp_path) == []


def test_every_target_has_its_number_of_runs():
    assert {path.name for path in FOLDER.glob("fuzz_*.py")} == set(RUNS) == set(MAX_LENGTHS)


@pytest.mark.slow
def test_a_broken_promise_is_found_and_kept(tmp_path):
    target = tmp_path / "broken.py"
    target.write_text(BROKEN_TARGET.format(folder=str(FOLDER)))
    finished = run(target, tmp_path, 10_000)
    assert finished.returncode != 0
    assert "ParseError" in finished.stdout + finished.stderr
    assert any(name.startswith("crash-") for name in os.listdir(tmp_path))
