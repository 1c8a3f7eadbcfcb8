"""What every command owes the streams it writes to, and the machine it runs on."""

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from arith_synth.entry import guarded

ROOT = Path(__file__).parents[2]
ENUMERATE = ("enumerate", "--max-size", "3", "--json")


@pytest.fixture
def buffered():
    """An environment in which standard output is written at the end, as it is by default."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def test_standard_output_on_a_full_disk_is_one_line(run, buffered):
    with open("/dev/full", "w") as full:
        line = run(*ENUMERATE, stdout=full, env=buffered).complaint(1)
    assert "No space left on device" in line


def test_a_reader_that_has_gone_is_no_error_message(run, buffered):
    reader, writer = os.pipe()
    os.close(reader)
    answer = run(*ENUMERATE, stdout=writer, env=buffered)
    os.close(writer)
    assert answer.status == 1
    assert answer.lines == []


def test_too_little_memory_is_one_line_that_says_so(run):
    n_bytes = 5 << 28  # far below the need, whatever the interpreter and its libraries map
    line = run(
        *("enumerate", "--max-size", "7"),
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes)),
    ).complaint(1)
    assert re.search(r" [MG]B may be used; ", line)
    assert "lower --max-size" in line


INTERRUPTED = """
import sys
from arith_synth.entry import guarded
sys.exit(guarded("command", lambda: exec("raise KeyboardInterrupt")))
"""


def test_an_interrupt_while_a_dataclass_is_made_has_the_exit_status_of_a_failure(tmp_path):
    # Only `python -m` shows it: CPython ends a module that it takes for interrupted with SIGINT.
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "interrupted"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "command: interrupted; run the same command to go on\n"


def test_a_bug_of_ours_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        guarded("command", lambda: 1 // 0)


def test_a_message_of_several_lines_becomes_one(capsys):
    def fail():
        raise OSError("first\nsecond")

    assert guarded("command", fail) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("name", ["enumerate", "build", "audit", "train", "eval", "score", "report"])
def test_every_command_explains_itself_with_an_example(call, name):
    answer = call(name, "--help")
    assert answer.status == 0
    assert "Example:" in answer.out


@pytest.mark.parametrize("script", ["train.py", "eval.py"])
def test_the_scripts_at_the_root_explain_themselves(script):
    done = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "--output" in done.stdout


def test_an_unknown_command_is_a_wrong_call(call):
    answer = call("enumarate")
    assert answer.status == 2
    assert "Traceback" not in answer.err
