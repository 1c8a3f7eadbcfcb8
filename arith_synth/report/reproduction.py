"""How a model and its scores are made again: the commands, with every option said, since defaults may change."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from arith_synth.grammar import NAMED_GRAMMARS
from arith_synth.report.model_runs import ModelRun

#: Options that say where something lay, or how its command was called.
PLACES = {"model", "data", "output", "resume", "json"}
_DATA, _RUN = "arith-synth", "runs/model"
_TIMES = ("max_seconds", "max_cpu_seconds")
_LINE = 100


def reproduction(model: ModelRun) -> str:
    """The section of a card: commands for a shell, and what of them gives the same numbers."""
    data, options = model.record["data"], model.options
    commands = []
    if data.get("grammar") in NAMED_GRAMMARS and data.get("max_size") is not None:
        build = {"grammar": data["grammar"], "max_size": data["max_size"], "out": _DATA}
        commands.append(_command(["arith-synth", "build"], build))
    commands.append(_command(["arith-synth", "train"], {"data": _DATA, **_told(options), "output": _RUN}))
    for number, evaluation in enumerate(model.evaluations, 1):
        places = {"model": _RUN, "data": _DATA}
        told = {**places, **_told(evaluation["config"]), "output": f"{_RUN}-scores-{number}"}
        commands.append(_command(["arith-synth", "eval"], told))
    return "\n\n".join(["```\n" + "\n".join(commands) + "\n```", *_caveats(model)])


def _told(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options but those of places, and those that were left open."""
    return {name: value for name, value in options.items() if name not in PLACES and value is not None}


def _command(words: list[str], options: Mapping[str, Any]) -> str:
    """A command, broken into lines that a shell takes for one."""
    lines, line = [], " ".join(words)
    for name, value in options.items():
        argument = _argument(name, value)
        if len(line) + len(argument) >= _LINE:
            lines.append(line + " \\")
            line = "   "
        line += f" {argument}"
    return "\n".join([*lines, line])


def _argument(name: str, value: Any) -> str:
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{flag}" if value else f"--no-{flag}"
    values = value if isinstance(value, list) else [value]
    return " ".join([f"--{flag}", *(shlex.quote(str(one)) for one in values)])


def _caveats(model: ModelRun) -> Iterator[str]:
    yield (
        "`arith-synth build` gives the same bytes on any machine: the checksums above tell whether it did. "
        "`arith-synth eval --model .` with the options above answers with the weights of this folder."
    )
    if any(model.options.get(name) is not None for name in _TIMES):
        yield (
            "The budget was time, so that another machine ends after other steps, with other weights: compare the "
            "scores within their intervals, not the weights."
        )
