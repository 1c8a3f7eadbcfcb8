"""The command says what is missing, in one line, and importing the room costs nothing."""

import subprocess
import sys

import pytest

from arith_synth.cli import main
from arith_synth.errors import MissingExtraError
from arith_synth.leaderboard.extra import gradio
from arith_synth.leaderboard.tasks_file import TASKS_FILE


@pytest.mark.parametrize("arguments", [[], ["--serve", "--export", "x"], ["--serve", "--port", "0"]])
def test_a_wrong_call_is_said(arguments, capsys):
    assert main(["leaderboard", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_file_of_tasks_is_written(small_dataset, tmp_path, capsys):
    asked = ["--tasks-from", str(small_dataset), "--results", str(tmp_path), "--configs", "support_shift,random"]
    assert main(["leaderboard", *asked]) == 0
    assert (tmp_path / TASKS_FILE).is_file()
    assert main(["leaderboard", *asked[:-1], "support_shift,"]) == 2
    assert "name each config once" in capsys.readouterr().err


def test_without_gradio_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gradio", None)
    with pytest.raises(MissingExtraError, match=r"arith-synth\[leaderboard\]"):
        gradio()


def test_importing_the_command_loads_neither_gradio_nor_pandas():
    code = (
        "import sys, arith_synth.cli, arith_synth.leaderboard.results, arith_synth.leaderboard.tabs.map_tab;"
        "assert not {'gradio', 'pandas', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
