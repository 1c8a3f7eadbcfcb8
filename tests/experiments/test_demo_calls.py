"""The main job called wrongly, or where it cannot work: one line, before anything is built."""

import subprocess
import sys
from pathlib import Path

import pytest

from arith_synth.experiments import demo

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(capsys, monkeypatch):
    """Run the main job in this process; its exit status and what it wrote on standard error."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["demo", *map(str, arguments)])
        status = demo.main()
        return status, capsys.readouterr().err

    return run


def test_help_is_light_and_tells_what_it_does():
    code = (
        "import sys; sys.argv = ['demo', '--help']\n"
        "from arith_synth.experiments.demo import main\n"
        "try: main()\n"
        "finally: print(sorted({'torch', 'datasets', 'numba', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "--train-tasks" in done.stdout
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("flag", ["--train-tasks", "--test-tasks"])
def test_no_tasks_at_all_is_a_wrong_call(call, tmp_path, flag):
    status, err = call("--data", tmp_path / "data", "--output", tmp_path / "demo", flag, "0")
    assert status == 2
    assert "ask for 1 or more" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_an_unknown_grammar_is_a_wrong_call(call, tmp_path):
    status, err = call("--data", tmp_path / "data", "--output", tmp_path / "demo", "--grammar", "nope")
    assert status == 2
    assert "'nope'" in err
    assert err.count("\n") == 1


def test_a_file_in_the_place_of_the_results_is_kept(call, tmp_path):
    file = tmp_path / "results"
    file.write_text("mine")
    status, err = call("--data", tmp_path / "data", "--output", file)
    assert status == 2
    assert err.count("\n") == 1
    assert file.read_text() == "mine"
    assert not (tmp_path / "data").exists()


def test_a_folder_that_is_no_dataset_is_kept(call, tmp_path):
    data = tmp_path / "thesis"
    data.mkdir()
    (data / "thesis.tex").write_text("mine")
    status, err = call("--data", data, "--output", tmp_path / "demo")
    assert status == 1
    assert err.count("\n") == 1
    assert [path.name for path in data.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(("flag", "value"), [("--max-steps", "0"), ("--parallel", "0")])
def test_a_budget_of_nothing_is_a_wrong_call(call, flag, value):
    with pytest.raises(SystemExit) as raised:
        call(flag, value)
    assert raised.value.code == 2
