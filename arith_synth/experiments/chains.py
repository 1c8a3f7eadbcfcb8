"""Chains of commands, several at a time: each a process of its own, so that one core serves one model."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from arith_synth.errors import ArithSynthError

#: A process that was asked to stop saves a checkpoint first.
_GRACE_S = 60.0
_POLL_S = 0.5


class ChainError(ArithSynthError):
    """A command of a chain has failed; the message is the last line that it wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Commands that run one after the other; what they write goes to `log`."""

    name: str
    commands: Sequence[Sequence[str]]
    log: Path


@dataclass(slots=True)
class _Running:
    chain: Chain
    position: int
    process: subprocess.Popen[bytes]


def run_chains(
    chains: Sequence[Chain],
    n_parallel: int,
    on_poll: Callable[[], None] = lambda: None,
    on_failure: Callable[[ChainError], None] | None = None,
) -> None:
    """Run all chains, at most `n_parallel` at a time; `on_poll` is called twice a second.

    Raises ChainError when a command fails; the other chains are then stopped, as they are by Ctrl-C, SIGTERM or SIGHUP,
    and have time to save what they have. With `on_failure`, that is given the error, and the other chains go on.
    """
    waiting = list(chains)
    running: list[_Running] = []
    with _signals_as_interrupt():
        try:
            while waiting or running:
                while waiting and len(running) < n_parallel:
                    chain = waiting.pop(0)
                    running.append(_Running(chain, 0, _start(chain, 0)))
                time.sleep(_POLL_S)
                on_poll()
                running = [item for item in running if _goes_on(item, on_failure)]
        finally:
            _stop(running)


def python_command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of ours with this interpreter."""
    return [sys.executable, "-m", module, *arguments]


def _start(chain: Chain, position: int) -> subprocess.Popen[bytes]:
    chain.log.parent.mkdir(parents=True, exist_ok=True)
    with chain.log.open("ab") as log:
        return subprocess.Popen(
            list(chain.commands[position]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Out of reach of the terminal's Ctrl-C: `_stop` sends one signal, and a second would cut the saving short.
            process_group=0,
        )


def _goes_on(item: _Running, on_failure: Callable[[ChainError], None] | None) -> bool:
    try:
        return _advance(item)
    except ChainError as error:
        if on_failure is None:
            raise
        on_failure(error)
        return False


def _advance(item: _Running) -> bool:
    """Whether the chain still runs; starts its next command when one has ended."""
    status = item.process.poll()
    if status is None:
        return True
    if status < 0:
        raise ChainError(
            f"{item.chain.name}: killed by {signal.Signals(-status).name}, perhaps for want of memory; run the same "
            f"command to go on (its output: {item.chain.log})"
        )
    if status > 0:
        raise ChainError(f"{item.chain.name}: {_last_line(item.chain.log)} (all of it: {item.chain.log})")
    item.position += 1
    if item.position == len(item.chain.commands):
        return False
    item.process = _start(item.chain, item.position)
    return True


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it failed without a word")


def _stop(running: Sequence[_Running]) -> None:
    """Ask all that run to stop; kill what does not within the grace, or at once when we are interrupted again."""
    processes = [item.process for item in running if item.process.poll() is None]
    deadline = time.monotonic() + _GRACE_S
    try:
        for process in processes:
            process.send_signal(signal.SIGINT)
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()


@contextlib.contextmanager
def _signals_as_interrupt() -> Iterator[None]:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
