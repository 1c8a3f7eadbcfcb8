"""The log of a training run, read as series: what was measured after how many examples, and how long that took."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arith_synth.errors import MetricError
from arith_synth.files import parse_object

LOG_FILE = "log.jsonl"
RUN_FILE = "run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One quantity along a run. `examples`: training examples seen by then, increasing; `values`: one for each."""

    examples: list[int]
    values: list[float]

    def __bool__(self) -> bool:
        return bool(self.examples)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingLog:
    """The lines of a log, in the order in which they were written."""

    lines: Sequence[Mapping[str, Any]]

    def series(self, name: str, *events: str) -> Series:
        """The values called `name` in the lines of these events; lines where it is absent or null are passed over.

        Of two values after equally many examples the later one counts.
        """
        found = {
            int(line["examples"]): float(line[name])
            for line in self.lines
            if line["event"] in events and line.get(name) is not None
        }
        return Series(examples=sorted(found), values=[found[examples] for examples in sorted(found)])

    def clock(self) -> Series:
        """Seconds of training at each logged number of examples, from (0, 0) on; never decreasing."""
        seconds, clock = 0.0, {0: 0.0}
        for line in sorted(self.lines, key=lambda line: (line["examples"], line["seconds"])):
            seconds = max(seconds, float(line["seconds"]))
            clock[int(line["examples"])] = seconds
        return Series(examples=list(clock), values=list(clock.values()))


def read_training_log(folder: Path) -> TrainingLog:
    """The log of a run, finished or not, without a last line that was cut off.

    Raises MetricError when there is no log, it holds no line, or one is damaged.
    """
    path = folder / LOG_FILE
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise MetricError(f"there is no file {path}; name the folder of a training run") from None
    lines = []
    for number, text in enumerate(content.splitlines(keepends=True), start=1):
        if text.endswith(b"\n") and text.strip():
            lines.append(_checked(parse_object(text, f"{path}, line {number}"), f"{path}, line {number}"))
    if not lines:
        raise MetricError(f"{path} has no whole line yet; wait for the first one, or train again")
    return TrainingLog(lines=lines)


def _checked(line: dict[str, Any], place: str) -> dict[str, Any]:
    if not isinstance(line.get("event"), str):
        raise MetricError(f"{place}: says no event; this is no log of a training run")
    for name in ("examples", "seconds", "step"):
        if not _is_number(line.get(name)) or line[name] < 0:
            raise MetricError(f"{place}: {name} is no number from 0; this is no log of a training run")
    for name, value in line.items():
        is_shown = name.endswith(("loss", "accuracy")) or name.startswith("copied")
        if is_shown and value is not None and not _is_number(value):
            raise MetricError(f"{place}: {name} is no number; this is no log of a training run")
    return line


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
