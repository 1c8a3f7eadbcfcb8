"""The bytes of a dataset are a function of the request alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOG = "build_log.json"
#: Everything about a process that must not matter: threads, the kernels that BLAS picks, locale, order of hashes.
ONE = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Prescott", "LC_ALL": "C"}
OTHER = {"OMP_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "2", "LC_ALL": "C.UTF-8", "TZ": "Asia/Kathmandu"}


def built(out: Path, environment: dict[str, str], seed: int) -> dict[str, bytes]:
    """Every file of a build in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "arith_synth.cli", "build", "--max-size", "5", "--out", str(out)],
        env={**os.environ, **environment, "PYTHONHASHSEED": str(seed)},
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != LOG
    }


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_two_builds_in_unlike_processes_are_the_same_to_the_byte(tmp_path: Path) -> None:
    first, second = built(tmp_path / "one", ONE, 1), built(tmp_path / "other", OTHER, 2)
    assert list(first) == list(second)
    assert [name for name in first if first[name] != second[name]] == []
    assert len(first) > 90
