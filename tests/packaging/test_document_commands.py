"""Every command that a document shows is one that the parser takes."""

import re
import shlex
from pathlib import Path

import pytest
import tyro

from arith_synth.cli import COMMANDS
from arith_synth.evaluation.config import EvaluationConfig
from arith_synth.training.config import TrainingConfig

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
#: Languages of blocks that are lines for a shell.
_SHELLS = ("", "sh", "bash")
#: Programs that take the options of a command.
_SCRIPTS = {"train.py": TrainingConfig, "eval.py": EvaluationConfig}
_COMMANDS = {command: options_of for command, (options_of, _) in COMMANDS.items()}


def commands_in(path):
    """Each command line of ours: what stands before it (as `torchrun …`) stays away, comments too."""
    for language, block in _BLOCK.findall(path.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines() if language in _SHELLS else ():
            try:
                words = shlex.split(line, comments=True)
            except ValueError:
                continue  # no shell: an example of a prompt, or a list
            starts = [index for index, word in enumerate(words) if word == "arith-synth" or word in _SCRIPTS]
            if starts and (starts[0] == 0 or words[0] in ("python", "torchrun", "accelerate") or "=" in words[0]):
                yield " ".join(words[starts[0] :]), words[starts[0]], words[starts[0] + 1 :]


FOUND = [
    pytest.param(program, arguments, id=f"{path.relative_to(ROOT)}: {text}")
    for path in DOCUMENTS
    for text, program, arguments in commands_in(path)
]


@pytest.mark.parametrize(("program", "arguments"), FOUND)
def test_the_parser_takes_it(program, arguments):
    if program in _SCRIPTS:
        options = tyro.cli(_SCRIPTS[program], args=arguments)
    else:
        options = tyro.extras.subcommand_cli_from_dict(_COMMANDS, args=arguments)
    assert options is not None


def test_the_pages_show_commands():
    pages = {parameters.id.partition(":")[0] for parameters in FOUND}
    assert {"README.md", "docs/training.md"} <= pages


def test_readme_shows_every_command():
    shown = {parameters.values[1][0] for parameters in FOUND if parameters.id.startswith("README.md")}
    assert shown == set(_COMMANDS)
