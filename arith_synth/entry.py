"""What every command shares: errors become one line and an exit status, long work shows a bar on standard error."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator

from arith_synth.errors import ArithSynthError
from arith_synth.progress import Progress

FAILED = 1

#: A line is enough where nobody watches: one a stage, not one a step.
_FINISHED_BARS = 6
_STEP_S = 0.1


def guarded(
    command: str | Callable[[], str], action: Callable[[], int], interrupted: str = "run the same command to go on"
) -> int:
    """Run an action; a failure prints one line that says what to do next. Returns the exit status: 0, 1 or 2.

    `interrupted` tells what Ctrl-C has left behind. Anything but ArithSynthError, OSError, MemoryError and Ctrl-C is a
    bug of ours, and keeps its traceback.
    """

    def fail(message: str, status: int) -> int:
        name = command if isinstance(command, str) else command()
        sys.stderr.write(f"{name}: {' '.join(message.split())}\n")
        return status

    try:
        status = action()
        sys.stdout.flush()  # a full disk shows here at the latest, and not when Python exits
        return status
    except ArithSynthError as error:
        return fail(str(error), error.exit_status)
    except MemoryError as error:
        reason = str(error) or "no more could be had"
        return fail(f"the memory is full ({reason}); ask for less, as with a lower --max-size or --batch-size", FAILED)
    except BrokenPipeError:
        return FAILED  # whoever read our output has gone; there is nobody to tell
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return fail(f"{error.strerror or error}{where}; free or change the disk, then run again", FAILED)
    except KeyboardInterrupt:
        # CPython takes one that came within an `exec` (where dataclasses are made) for unhandled, although it is
        # handled here, and would die of SIGINT at its end. The next `exec` makes it forget.
        exec("")
        return fail(f"interrupted; {interrupted}", FAILED)
    finally:
        _forget_what_cannot_be_written()


def _forget_what_cannot_be_written() -> None:
    """Flush the standard streams; what is left over on a full disk or a closed pipe would be an error again at exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


@contextlib.contextmanager
def progress_bar(summary: str | None = None) -> Iterator[Progress]:
    """A callback `progress(label, done, total)`: a bar on a terminal, else one line a stage, on standard error.

    `summary`: the one line that stands for all stages where there is no terminal.
    """
    if not sys.stderr.isatty():
        yield _LineProgress(summary)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bars = Bars(*columns, console=Console(stderr=True))
    tasks: dict[str, int] = {}
    last_update = 0.0

    def update(label: str, done: int, total: int) -> None:
        nonlocal last_update
        now = time.monotonic()
        if label in tasks and done < total and now - last_update < _STEP_S:
            return
        last_update = now
        if label not in tasks:
            bars.start()  # not before: work that turns out to be done leaves the terminal as it is
            # A long job has more stages than a terminal has lines: finished ones make room.
            finished = [task.id for task in bars.tasks if task.finished and task.visible]
            for task in finished[:-_FINISHED_BARS]:
                bars.update(task, visible=False)
            tasks[label] = bars.add_task(label, total=total)
        bars.update(bars.tasks[tasks[label]].id, completed=done, total=total)

    try:
        yield update
    finally:
        if tasks:
            bars.stop()


class _LineProgress:
    """Two lines a stage, its beginning and its end, where nobody watches a bar; or one for all that is done."""

    def __init__(self, summary: str | None) -> None:
        self._summary = summary
        self._begun: set[str] = set()
        self._ended: set[str] = set()

    def __call__(self, label: str, done: int, total: int) -> None:
        if self._summary is not None:
            label, done, total = self._summary, 0, 1
        ended = done >= total
        if label in (self._ended if ended else self._begun):
            return
        self._begun.add(label)
        if ended:
            self._ended.add(label)
        sys.stderr.write(f"{label}: {'done' if ended else '…'}\n")
        sys.stderr.flush()
