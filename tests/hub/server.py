"""A small Hub on a real socket of this machine, for the clients that publish and load datasets and models."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from hub.faults import Fault
from hub.messages import Answer, RefusedError, Request
from hub.repositories import LARGE_SUFFIXES, File, Repository
from hub.routes import answer

from arith_synth import DATA_VERSION
from arith_synth.data.loading import HUB_ID

#: Where the tests publish: `arith_synth.load_dataset` looks there.
REPO = HUB_ID
TAG = f"v{DATA_VERSION}"

#: Tokens look like the Hub's own, so that what looks for tokens finds them.
WRITER = "hf_WriterWriterWriterWriterWriterWrit"
READER = "hf_ReaderReaderReaderReaderReaderRead"


class LocalHub:
    """The state of the Hub, what was asked of it, and the faults that are switched on."""

    def __init__(self) -> None:
        self.url = ""
        self.repositories: dict[str, Repository] = {}
        self.large_files: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        #: Paths that a .gitignore in the repositories would name.
        self.ignored: set[str] = set()
        #: Every request, as "METHOD /path", in the order in which their heads came.
        self.requests: list[str] = []
        #: Those that no endpoint knows.
        self.unknown: list[str] = []
        #: The lines of `ENDPOINTS` that were called, by method and path.
        self.called: set[tuple[str, str]] = set()
        self.lock = threading.RLock()

    def check_write(self, request: Request, organization: str, pull_request: bool = False) -> None:
        """Refuse who has no token, and who has only one for reading, which is enough for a pull request."""
        if request.token not in (WRITER, READER):
            raise RefusedError(401, "Invalid username or password.")
        if request.token == READER and not pull_request:
            raise RefusedError(403, f"You don't have the rights to write to {organization}")

    def readable(self, request: Request, name: str) -> Repository:
        repository = self.repositories.get(name)
        if repository is None or (repository.private and request.token not in (WRITER, READER)):
            raise RefusedError(404, "Repository not found", "RepoNotFound")
        return repository

    def contents(self, revision: str = TAG, name: str = REPO) -> dict[str, bytes]:
        """The files of a revision by path."""
        found = self.repositories[name].commit_of(revision)
        assert found is not None
        return {
            path: file.content if file.content is not None else self.large_files[file.sha256 or ""]
            for path, file in found[1].files.items()
        }

    def stock(self, folder: Path) -> None:
        """Put a dataset folder there as publishing leaves it, without the clients."""
        repository = self.repositories[REPO] = Repository()
        files = dict(repository.commits[repository.branches["main"]].files)
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name, content = path.relative_to(folder).as_posix(), path.read_bytes()
            if name.endswith(LARGE_SUFFIXES):
                sha256 = hashlib.sha256(content).hexdigest()
                self.large_files[sha256] = content
                files[name] = File(None, len(content), sha256)
            else:
                files[name] = File(content, len(content))
        commit = repository.add(repository.branches["main"], {"summary": f"Publish {TAG}"}, files)
        repository.branches["main"] = repository.tags[TAG] = commit

    def count(self, start: str) -> int:
        """How many requests began so."""
        return sum(request.startswith(start) for request in self.requests)


@contextmanager
def local_hub() -> Iterator[LocalHub]:
    """A running Hub, empty at first, on a free port of the loopback interface."""
    hub = LocalHub()

    class Handler(_Handler):
        pass

    Handler.hub = hub
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: LocalHub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        line = f"{self.command} {self.path}"
        with self.hub.lock:
            self.hub.requests.append(line)
            fault = next((fault for fault in self.hub.faults if fault.applies_to(line)), None)
        n_bytes = int(self.headers.get("Content-Length") or 0)
        if fault is not None and fault.cut and n_bytes:
            self.rfile.read(n_bytes // 2)
            self._hang_up()
            return
        body = self._chunks() if "chunked" in self.headers.get("Transfer-Encoding", "") else self.rfile.read(n_bytes)
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        request = Request(
            self.command,
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            body,
            token if scheme == "Bearer" else None,
        )
        if fault is not None and fault.hold is not None:
            fault.hold.wait(60)
        if fault is not None and fault.status is not None:
            message = fault.message.format(token=request.token)
            headers = {"X-Error-Message": message} if message.isprintable() else {}
            headers |= {name: value.format(token=request.token) for name, value in fault.headers.items()}
            self._send(Answer(fault.status, {"error": message}, headers))
            return
        if fault is not None and fault.body is not None:
            self._send(Answer(200, fault.body))
            return
        with self.hub.lock:
            found = answer(self.hub, request)
            if found is None:
                self.hub.unknown.append(line)
                found = Answer(404, {"error": "no such endpoint"})
        if fault is not None and fault.lost:
            self._hang_up()
            return
        self._send(found, cut=fault is not None and fault.cut, corrupt=fault is not None and fault.corrupt)

    do_GET = do_HEAD = do_POST = do_PUT = _serve  # noqa: N815

    def _send(self, sent: Answer, cut: bool = False, corrupt: bool = False) -> None:
        body, kind = sent.encoded()
        if corrupt and body:
            middle = len(body) // 2
            body = body[:middle] + bytes([body[middle] ^ 0xFF]) + body[middle + 1 :]
        self.send_response(sent.status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        for name, value in sent.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self._hang_up()

    def _chunks(self) -> bytes:
        body = b""
        while n_bytes := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(n_bytes)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet: what was asked stands in `LocalHub.requests`."""
