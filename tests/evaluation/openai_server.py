"""A small OpenAI-compatible server on a real socket of this machine, which says what it is told to say, or fails so."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Fault:
    """What comes instead of an answer, after `skip` requests that are answered, `times` times.

    `status`, `headers` and `body` are sent as they are. `cut`: the connection is closed in the middle of the body.
    `lost`: it is closed before an answer. `hold`: the request waits for this event, and is then answered. `endless`:
    the body has no length, and goes on until somebody hangs up. In bodies and headers, {key} is the caller's.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    kind: str = "application/json"
    cut: bool = False
    lost: bool = False
    hold: threading.Event | None = None
    endless: bool = False
    skip: int = 0
    times: int = 1_000_000

    def applies(self) -> bool:
        """Whether this request is to fail; counts it."""
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return self.times >= 0


class LocalServer:
    """What the server answers, what it was asked, and the faults that are switched on.

    `say` gives the text for (the last user message or the prompt, the seed). `message` and `choice` are what else
    stands in a chat message and in a choice; `usage` replaces the usage, None leaves it out.
    """

    def __init__(self, say: Callable[[str, int], str | None]) -> None:
        self.url = ""
        self.say = say
        self.message: dict[str, Any] = {}
        self.choice: dict[str, Any] = {"finish_reason": "stop"}
        self.usage: Any = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
        self.faults: list[Fault] = []
        #: Path, headers and body of each request, in the order in which they came.
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.n_at_a_time = 0
        self.most_at_a_time = 0
        self.lock = threading.Lock()

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer of an endpoint."""
        if path.endswith("/chat/completions"):
            text = self.say(body["messages"][-1]["content"], body["seed"])
            choice = {"index": 0, "message": {"role": "assistant", "content": text, **self.message}, **self.choice}
        else:
            text = self.say(body["prompt"], body["seed"])
            choice = {"index": 0, "text": text, **self.choice}
        answer = {"id": "1", "created": 0, "model": f"{body['model']}-2026", "choices": [choice]}
        return answer if self.usage is None else {**answer, "usage": self.usage}


@contextmanager
def local_server(say: Callable[[str, int], str | None]) -> Iterator[LocalServer]:
    """A running server on a free port of the loopback interface."""
    state = LocalServer(say)

    class Handler(_Handler):
        pass

    Handler.state = state
    with _Server(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    state: LocalServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        state = self.state
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with state.lock:
            state.paths.append(self.path)
            state.headers.append({name.lower(): value for name, value in self.headers.items()})
            state.bodies.append(body)
            state.n_at_a_time += 1
            state.most_at_a_time = max(state.most_at_a_time, state.n_at_a_time)
            fault = next((fault for fault in state.faults if fault.applies()), None)
        try:
            self._answer(body, fault)
        finally:
            with state.lock:
                state.n_at_a_time -= 1

    def _answer(self, body: dict[str, Any], fault: Fault | None) -> None:
        if fault is not None and fault.lost:
            self._hang_up()
            return
        if fault is None or fault.hold is not None:
            if fault is not None and fault.hold is not None:
                fault.hold.wait(60)
            self._send(200, {}, json.dumps(self.state.answer(self.path, body)).encode(), "application/json")
            return
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        headers = {name: value.replace("{key}", key) for name, value in fault.headers.items()}
        content = fault.body.replace(b"{key}", key.encode())
        if fault.endless:
            self._send(fault.status, headers, b"", fault.kind, length=None)
            while True:  # until the client hangs up, which is an error here
                self.wfile.write(b" " * 65_536)
        self._send(fault.status, headers, content, fault.kind, cut=fault.cut)

    def _send(
        self,
        status: int,
        headers: dict[str, str],
        content: bytes,
        kind: str,
        *,
        cut: bool = False,
        length: int | None = 0,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length is None:
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet: what was asked stands in `LocalServer`."""
