"""Sides that take turns, each in a process of its own, so that a busy machine slows all of them alike.

A side is a module that runs as `python -m MODULE ARGUMENTS` and answers each line `n` on its standard input, after n
steps, with their seconds: `take_turns` when it calls its steps itself, `Turns.begin` when something else calls them.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import IO, Any


@dataclass(frozen=True, kw_only=True)
class Spent:
    """CPU-seconds over all threads of the process, and wall seconds, of one step."""

    cpu_s: float
    wall_s: float


class Side:
    """A side's process, from the parent's end."""

    def __init__(self, module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        # Open for as long as the process is, which is longer than a block.
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", **(environment or {})},
        )

    def turn(self, n_steps: int) -> Spent:
        """Let the side take its next steps; RuntimeError when it cannot."""
        return Spent(**self.answer(str(n_steps)))

    def answer(self, line: str) -> dict[str, Any]:
        """What the side answers to a line. Raises RuntimeError, with its last words, when it has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended: the answer below is empty
        answer = self._process.stdout.readline()
        if not answer:
            self._errors.seek(0)
            raise RuntimeError(f"a side of the benchmark has ended: {self._errors.read()[-2000:]}")
        return json.loads(answer)

    def close(self) -> None:
        """End the process: the end of its input is the end of its turns."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.close()
            self._process.wait(timeout=20)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()


def taking_turns(sides: Mapping[str, Side], n_rounds: int, n_steps: int) -> dict[str, Spent]:
    """The median step of each side over all rounds; each warms up with one turn that does not count."""
    spent: dict[str, list[Spent]] = {name: [] for name in sides}
    for number in range(n_rounds + 1):
        for name, side in sides.items():
            turn = side.turn(n_steps)
            if number > 0:
                spent[name].append(turn)
    return {name: median_step(turns) for name, turns in spent.items()}


def median_step(turns: Sequence[Spent]) -> Spent:
    """The medians, of CPU-seconds and of wall seconds each."""
    return Spent(cpu_s=median(turn.cpu_s for turn in turns), wall_s=median(turn.wall_s for turn in turns))


def closing(stack: ExitStack, sides: Mapping[str, Side]) -> None:
    """End the sides with the stack."""
    for side in sides.values():
        stack.callback(side.close)


class Turns:
    """The turns of a side, from its own end. `wait` waits for a device, where there is one."""

    def __init__(self, wait: Callable[[], None] = lambda: None) -> None:
        self._answers, self._wait = _own_output(), wait
        self._n_steps = self._left = 0
        self._started = (0.0, 0.0)

    def begin(self) -> None:
        """To be called before each step: ends a turn whose steps are done, and waits for the next. Exits at the end."""
        if self._left == 0:
            self._end()
            line = sys.stdin.readline()
            if not line:
                sys.exit()
            self._n_steps = self._left = int(line)
            self._started = (time.process_time(), time.perf_counter())
        self._left -= 1

    def _end(self) -> None:
        if self._n_steps == 0:
            return
        self._wait()
        cpu_s, wall_s = time.process_time() - self._started[0], time.perf_counter() - self._started[1]
        answer = {"cpu_s": cpu_s / self._n_steps, "wall_s": wall_s / self._n_steps}
        self._answers.write(json.dumps(answer) + "\n")
        self._answers.flush()


def take_turns(step: Callable[[], object], wait: Callable[[], None] = lambda: None) -> None:
    """Take one step after the other, as many as each turn has, until there are no turns any more."""
    turns = Turns(wait)
    while True:
        turns.begin()
        step()


def _own_output() -> IO[str]:
    """Standard output for answers alone: what libraries print goes to standard error from now on."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers
