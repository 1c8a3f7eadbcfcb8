"""The log of a run: one JSON object a line, and the same numbers live on standard error."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from arith_synth.files import write_jsonl

LOG_FILE = "log.jsonl"


class RunLog:
    """Appends to `log.jsonl` and remembers the last line."""

    def __init__(self, output: Path, step: int) -> None:
        """Open the log at `step`: lines of later steps, which a killed session left, are dropped."""
        self._path = output / LOG_FILE
        write_jsonl(self._path, [line for line in read_log(output) if line.get("step", 0) <= step])
        self.last: dict[str, Any] = {}

    def write(self, **values: Any) -> None:
        """Append one line. A line is written at once, so that a killed run keeps all but its last."""
        self.last = values
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")


def read_log(output: Path) -> list[dict[str, Any]]:
    """The lines of a log, without a last one that was cut off; empty when there is no log."""
    try:
        lines = (output / LOG_FILE).read_text(encoding="utf-8").splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines if line.endswith("\n")]


class Bar:
    """A progress bar on standard error, redrawn a few times a second and only on a terminal."""

    def __init__(self, progress: Progress, task: Any) -> None:
        self._progress, self._task, self._drawn = progress, task, 0.0

    def update(self, share: float, loss: float, examples_per_s: float) -> None:
        """Show the share of the budget that is spent, the loss of the step and the speed."""
        now = time.monotonic()
        if now - self._drawn > 0.25:
            self._drawn = now
            self._progress.update(self._task, completed=share, loss=f"{loss:.3f}", speed=f"{examples_per_s:,.0f}")
            self._progress.refresh()


@contextmanager
def progress_bar(title: str) -> Iterator[Bar]:
    """The bar of a run, as long as the block lasts."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TextColumn("loss {task.fields[loss]}"),
        TextColumn("{task.fields[speed]} tasks/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, auto_refresh=False) as progress:
        task = progress.add_task(title, total=1.0, loss="-", speed="-")
        yield Bar(progress, task)
        progress.refresh()
