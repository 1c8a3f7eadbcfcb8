"""A build whose process is killed goes on where it was, and ends with the same bytes."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arith_synth.data.folder import open_dataset, verify

ROOT = Path(__file__).parents[2]
BUILD = """
import sys
from pathlib import Path
from arith_synth.data.build import build_dataset
from arith_synth.grammar import grammar_named
from arith_synth.splits.sizes import SplitSizes

build_dataset(
    grammar_named("xy3"), 4, Path(sys.argv[1]), ["corpus", "random", "support_shift", "support_shift_control"],
    SplitSizes(train=1_000, validation=40, test=40, density_train=200),
)
"""


def start_build(out: Path) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", BUILD, str(out)], cwd=ROOT, stderr=subprocess.DEVNULL)


def wait_for_a_finished_config(process: subprocess.Popen, out: Path) -> None:
    deadline = time.monotonic() + 120
    while not list(out.parent.glob("*.partial-*/.finished/*.json")):
        assert process.poll() is None, "the build ended before a config was finished"
        assert time.monotonic() < deadline, "the build has not finished a config"
        time.sleep(0.002)


def bytes_under(folder: Path) -> dict[Path, bytes]:
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "build_log.json"
    }


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_build_is_finished_by_the_next(tmp_path, small_dataset, how):
    out = tmp_path / "arith-synth"
    process = start_build(out)
    wait_for_a_finished_config(process, out)
    process.send_signal(how)
    assert process.wait(timeout=60) != 0
    assert not out.exists()
    assert start_build(out).wait(timeout=300) == 0
    verify(open_dataset(out))
    assert bytes_under(out) == bytes_under(small_dataset)
