"""A submission of 2,000 tasks with 100 samples each, verified from the command line, as its receiver does.

The samples are random programs, nearly all different, which is the slow case: a model repeats itself. There is no peer;
the bar is that a person waits for it.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.datasets_built import random_dataset

N_SAMPLES = 100


def run() -> dict[str, Any]:
    data = str(random_dataset(5))
    with tempfile.TemporaryDirectory() as work:
        output = str(Path(work) / "run")
        answered = ["--config", "random", "--splits", "test", "--samples", str(N_SAMPLES), "--output", output]
        _command("baseline", "random", "--data", data, *answered)
        said = ["--track", "shifted_best_of_n", "--name", "random", "--model-name", "random", "--licence", "Apache-2.0"]
        _command("submit", output, "--data", data, *said, "--results", work)
        folder = Path(work) / "submissions" / "random"
        started = time.perf_counter()
        _command("verify-submission", str(folder), "--data", data, "--regenerate", "0")
        seconds = time.perf_counter() - started
        started = time.perf_counter()
        _command("verify-submission", str(folder), "--data", data)
        regenerated_s = time.perf_counter() - started
        record = json.loads((folder / "verification.json").read_text(encoding="utf-8"))
    assert record["status"] == "verified", "the benchmark's submission was not accepted"
    n_completions = sum(scores["n"] * scores["n_completions"] for scores in record["scores"].values())
    return {
        "n_completions": n_completions,
        "verify_seconds": seconds,
        "verify_and_regenerate_seconds": regenerated_s,
        "completions_per_s": n_completions / seconds,
    }


def _command(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "arith_synth.cli", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"arith-synth {arguments[0]} failed: {done.stderr[-2000:]}")
