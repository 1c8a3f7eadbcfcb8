"""Datasets that benchmarks train on, built by the package's own command and kept between runs."""

import subprocess
import sys
from pathlib import Path

#: What benchmarks keep between runs. Nothing in it is needed: it may be removed at any time.
WORK = Path(__file__).parent / ".work"


def random_dataset(max_size: int, work: Path = WORK) -> Path:
    """The folder of xy3 at a max_size with config `random`, built where it is not there; what is valid is reused.

    Raises RuntimeError when it cannot be built.
    """
    folder = work / f"xy3-{max_size}"
    command = [sys.executable, "-m", "arith_synth.cli", "build", "--max-size", str(max_size)]
    done = subprocess.run(
        [*command, "--configs", "random", "--out", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"the dataset of a benchmark cannot be built: {done.stderr[-2000:]}")
    return folder
