"""The command line as its user meets it: in this process where that is enough, in one of its own where it is not."""

import contextlib
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from arith_synth import cli

ROOT = Path(__file__).parents[2]
#: What a stage writes on standard error where nobody watches a bar.
STAGE = re.compile(r".+: (…|done)|about .+ classes, .+")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command left: its exit status and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Standard error without the lines of stages, and the one that says what an enumeration will take."""
        return [line for line in self.err.splitlines() if not STAGE.fullmatch(line)]

    def complaint(self, status: int) -> str:
        """The one line that says what is wrong; fails when there is more, or less, or another exit status."""
        assert self.status == status, self.err
        assert len(self.lines) == 1, self.err
        assert self.out == ""
        assert re.match(r"(arith-synth|demo)[a-z ]*: ", self.lines[0])
        return self.lines[0]


class Running:
    """A command in a process of its own, whose stages a test can wait for."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True
        )
        self._seen: list[str] = []

    def wait_for(self, line: str) -> None:
        """Read standard error until it says `line`."""
        assert self.process.stderr is not None
        for text in self.process.stderr:
            self._seen.append(text)
            if text.strip() == line:
                return
        raise AssertionError(f"it ended without {line!r}: {''.join(self._seen)}")

    def stop(self, number: signal.Signals = signal.SIGINT) -> Answer:
        """Send the signal and wait for the end."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=120)
        return Answer(status=self.process.returncode, out=out, err="".join(self._seen) + err)


Call = Callable[..., Answer]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Run `arith-synth <arguments>` in this process."""

    def run(*arguments: str | Path) -> Answer:
        capsys.readouterr()
        try:
            status = cli.main([str(argument) for argument in arguments])
        except SystemExit as end:  # --help, and flags that the parser refuses
            status = end.code
        captured = capsys.readouterr()
        assert isinstance(status, int)
        return Answer(status=status, out=captured.out, err=captured.err)

    return run


@pytest.fixture
def command() -> Callable[..., list[str]]:
    """The command line of a process: `python -m arith_synth.cli <arguments>`."""
    return lambda *arguments: [sys.executable, "-m", "arith_synth.cli", *map(str, arguments)]


@pytest.fixture
def run(command: Callable[..., list[str]]) -> Call:
    """Run `arith-synth <arguments>` as a process; keyword arguments are those of `subprocess.run`."""

    def run_process(*arguments: str | Path, **options: object) -> Answer:
        fixed = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT, "check": False}
        done = subprocess.run(command(*arguments), **{**fixed, **options})
        return Answer(status=done.returncode, out=done.stdout or "", err=done.stderr)

    return run_process


@pytest.fixture
def start(command: Callable[..., list[str]]) -> Iterator[Callable[..., Running]]:
    """Start `arith-synth <arguments>` as a process; what still runs at the end of the test is killed."""
    started: list[Running] = []

    def start_process(*arguments: str | Path) -> Running:
        started.append(Running(command(*arguments)))
        return started[-1]

    yield start_process
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
        running.process.communicate()


@contextlib.contextmanager
def _disk_of(n_bytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def disk_of() -> Callable[[int], contextlib.AbstractContextManager[None]]:
    """Within the block no file of this process can grow beyond `n_bytes`: the system refuses the write."""
    return _disk_of


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a file system of its own with the given options; skips where only root may do that and we are not root."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        place = tmp_path / f"mounted{len(mounted)}"
        place.mkdir()
        if os.geteuid() != 0:
            pytest.skip("only root may mount a file system")
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def no_dataset(tmp_path: Path) -> Path:
    """A folder with somebody's work in it."""
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "thesis.tex").write_text("\\section{One}")
    return folder


@pytest.fixture(scope="session")
def trained(small_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of a few steps: its answers are poor, and real. Read it, never write to it."""
    output = tmp_path_factory.mktemp("trained") / "run"
    options = ["--max-steps", "8", "--batch-size", "64", "--n-validation", "0"]
    assert cli.main(["train", "--data", str(small_dataset), "--output", str(output), *options]) == 0
    return output
