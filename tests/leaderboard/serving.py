"""A server in a process of its own, for as long as a test needs it."""

import os
import select
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_START_S = 120


@contextmanager
def served(command: Sequence[str], port: int, cwd: Path | None = None) -> Iterator[str]:
    """Run a command that serves at a port of this machine; the address, once it answers. Ends it at the end."""
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=cwd)
    try:
        _wait_for(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=30)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(process: subprocess.Popen[str], port: int) -> None:
    stop = time.monotonic() + _START_S
    while time.monotonic() < stop:
        if process.poll() is not None:
            raise RuntimeError(f"the server has ended: {process.communicate()[1]}")
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        select.select([], [], [], 0.1)
    raise RuntimeError("the server does not answer")
