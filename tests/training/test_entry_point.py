"""train.py and eval.py as a user calls them: exit status and one line."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Runs a script as if a package were not installed.
BLOCKER = """
import runpy, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
sys.argv = {argv!r}
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, check=False)


TRAIN = ["train.py", "--max-steps", "1", "--output", "OUT"]
EVAL = ["eval.py", "--model", "runs/none", "--output", "OUT"]


@pytest.mark.parametrize(
    ("package", "argv"), [("torch", TRAIN), ("transformers", TRAIN), ("accelerate", TRAIN), ("torch", EVAL)]
)
def test_a_missing_extra_is_one_line_that_names_it(package, argv, tmp_path):
    argv = [str(tmp_path / "out") if argument == "OUT" else argument for argument in argv]
    done = run("-c", BLOCKER.format(package=package, argv=argv))
    assert done.returncode == 2, done.stderr
    assert package in done.stderr
    assert "arith-synth[train]" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("script", ["train.py", "eval.py"])
def test_help_has_an_example_and_needs_no_torch(script):
    done = run("-c", BLOCKER.format(package="torch", argv=[script, "--help"]))
    assert done.returncode == 0, done.stderr
    assert "Example:" in done.stdout


def test_a_budget_is_needed():
    done = run("train.py")
    assert done.returncode == 2
    assert "--max-seconds 120" in done.stderr


def test_a_read_only_place_is_one_line(small_dataset, tmp_path):
    place = tmp_path / "file"
    place.write_text("")
    done = run("train.py", "--data", str(small_dataset), "--max-steps", "1", "--output", str(place / "run"))
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") == 1
