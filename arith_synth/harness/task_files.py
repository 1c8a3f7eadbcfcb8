"""The task files of lm-evaluation-harness, made from the registry: `python -m arith_synth.harness.task_files`.

A test holds that the files in the package are these.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from arith_synth import DATA_VERSION
from arith_synth.files import write_atomically
from arith_synth.grammar import MAX_LEAVES
from arith_synth.harness import LM_EVAL_PATH
from arith_synth.harness.config_tests import configs_with_tests

_PREFIX = "arith_synth"
_CLASS = "arith_synth.harness.lm_eval.programs.ProgramTask"
#: What all tasks share. The names do not end in .yaml, so that the harness takes neither for a task.
_COMPLETION, _CHAT = "_completion_yaml", "_chat_yaml"
#: A chat model may reason before it answers.
_CHAT_TOKENS = 2048
_HEAD = "# Made by arith_synth.harness.task_files; change that instead.\n"


def task_files() -> dict[str, str]:
    """The text of each file by its path below `LM_EVAL_PATH`."""
    files = {_COMPLETION: _completion_file(), _CHAT: _chat_file()}
    for config, splits in configs_with_tests().items():
        for group, shared in ((f"{_PREFIX}_{config}", _COMPLETION), (f"{_PREFIX}_{config}_chat", _CHAT)):
            tasks = [f"{group}_{split}" for split in splits]
            files[f"{config}/{group}.yaml"] = _yaml({"group": group, "task": tasks, "metadata": _version()})
            for task, split in zip(tasks, splits, strict=True):
                files[f"{config}/{task}.yaml"] = _yaml(
                    {"include": f"../{shared}", "task": task, "dataset_name": config, "test_split": split}
                )
    return files


def write_task_files(folder: Path) -> int:
    """Write the files, and remove those of a registry of before; returns how many there are."""
    files = task_files()
    for path in folder.rglob("*yaml"):
        if str(path.relative_to(folder)) not in files:
            path.unlink()
    for name, text in files.items():
        write_atomically(folder / name, text)
    return len(files)


def _completion_file() -> str:
    """Base models go on after the prompt, and a program is what stands before the end of the line."""
    fields = {
        "output_type": "generate_until",
        "fewshot_split": "train",
        "doc_to_text": "prompt",
        "doc_to_target": "program",
        "target_delimiter": " ",
        "fewshot_delimiter": "\n\n",
        "generation_kwargs": _generation(["\n"], 2 * MAX_LEAVES),
        "metadata": _version(),
    }
    return f"{_HEAD}class: !function {_CLASS}\n{_dump(fields)}"


def _chat_file() -> str:
    """Chat models answer in prose, of which the rules of extraction read the program."""
    return _yaml({"include": _COMPLETION, "generation_kwargs": _generation([], _CHAT_TOKENS)})


def _generation(until: Sequence[str], max_gen_toks: int) -> dict[str, Any]:
    return {"until": list(until), "max_gen_toks": max_gen_toks, "do_sample": False, "temperature": 0.0}


def _version() -> dict[str, str]:
    return {"version": DATA_VERSION}


def _yaml(fields: dict[str, Any]) -> str:
    return _HEAD + _dump(fields)


def _dump(fields: dict[str, Any]) -> str:
    return yaml.dump(fields, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Writes white space as "\\n\\n", and not as lines that are empty."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = '"' if data.isspace() else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_str)


if __name__ == "__main__":
    sys.stderr.write(f"{write_task_files(LM_EVAL_PATH)} task files in {LM_EVAL_PATH}\n")
