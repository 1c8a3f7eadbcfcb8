"""The log of a run: one JSON object a line, and the same numbers live on standard error."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from arith_synth.errors import CheckpointError
from arith_synth.files import write_jsonl
from arith_synth.training.folders import is_number, object_of
from arith_synth.training.progress import Progress

LOG_FILE = "log.jsonl"
#: Events of a run's end.
_AT_THE_END = ("monitor", "done")


class RunLog:
    """Appends to `log.jsonl`, in the main process only, and remembers the last line."""

    def __init__(
        self,
        output: Path,
        step: int,
        *,
        is_last: bool = False,
        is_main: bool = True,
        also: Callable[..., None] | None = None,
    ):
        """Open the log at `step`: lines of later steps, which a killed session left, are dropped.

        `is_last`: no step is left to take; what a session wrote at its end, and could not finish, is dropped too.
        `also(line)` is called with each new line: a tracker. Raises CheckpointError as `read_log`.
        """

        def is_kept(line: dict[str, Any]) -> bool:
            when = line["step"]
            return when < step or (when == step and not (is_last and line["event"] in _AT_THE_END))

        self._path = output / LOG_FILE
        self._is_main, self._also = is_main, also
        self.last: dict[str, Any] = {}
        if is_main:
            write_jsonl(self._path, filter(is_kept, read_log(output)))

    def write(self, event: str, progress: Progress, **values: Any) -> None:
        """Append one line. A line is written at once, so that a killed run keeps all but its last."""
        self.last = {
            "event": event,
            "step": progress.steps,
            "examples": progress.examples,
            "seconds": round(progress.seconds, 3),
            **values,
        }
        if self._is_main:
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(json.dumps(self.last, allow_nan=False) + "\n")
            if self._also is not None:
                self._also(self.last)


def read_log(output: Path) -> list[dict[str, Any]]:
    """The lines of a log, without a last one that was cut off; empty when there is no log.

    Each has at least what `RunLog.write` gives it. Raises CheckpointError, naming the line, for one that does not.
    """
    path = output / LOG_FILE
    try:
        texts = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    whole = [(number, text) for number, text in enumerate(texts, start=1) if text.endswith(b"\n") and text.strip()]
    return [_line_of(text, f"{path}, line {number}") for number, text in whole]


def _line_of(text: bytes, place: str) -> dict[str, Any]:
    try:
        line = object_of(text)
        if not isinstance(line.get("event"), str):
            raise ValueError("it says no event")
        for name in ("step", "examples", "seconds"):
            if not is_number(line.get(name), whole=name != "seconds"):
                raise ValueError(f"its {name} is no number from 0")
    except ValueError as error:
        raise CheckpointError(f"{place} is damaged ({error}); remove that line, then run again") from None
    return line


class Bar:
    """A progress bar on standard error, redrawn a few times a second and only on a terminal."""

    def __init__(self, progress: Bars, task: Any) -> None:
        self._progress, self._task, self._drawn = progress, task, 0.0

    def update(self, share: float, progress: Progress) -> None:
        """Show the share of the budget that is spent, the recent loss and the speed; what is left follows."""
        now = time.monotonic()
        if now - self._drawn > 0.25 and progress.recent_loss is not None:
            self._drawn = now
            speed = f"{progress.examples_per_s:,.0f}"
            self._progress.update(self._task, completed=share, loss=f"{progress.recent_loss:.3f}", speed=speed)
            self._progress.refresh()


@contextmanager
def progress_bar(title: str, *, is_main: bool = True) -> Iterator[Bar]:
    """The bar of a run, as long as the block lasts; drawn by the main process."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TextColumn("loss {task.fields[loss]}"),
        TextColumn("{task.fields[speed]} tasks/s"),
        TimeRemainingColumn(),
    )
    hidden = not (is_main and console.is_terminal)
    with Bars(*columns, console=console, disable=hidden, auto_refresh=False) as progress:
        task = progress.add_task(title, total=1.0, loss="-", speed="-")
        yield Bar(progress, task)
        progress.refresh()
