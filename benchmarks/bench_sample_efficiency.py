"""What `nano` learns from a budget of CPU time: greedy execution accuracy on `test` of xy3 at max_size 5, `random`.

Over an hour: `python -m benchmarks.run` takes it last, and what was interrupted goes on when it is run again. A budget
of CPU-seconds is one of this processor's seconds; `hardware` says which. Training options are the defaults but for the
hour, which goes round the tasks some 300 times: what it adds was chosen on the validation split (docs/experiments.md).
"""

from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.datasets_built import WORK, random_dataset
from benchmarks.quality_runs import cores, quality_of

_HOUR: dict[str, Any] = {"max_cpu_seconds": 3600, "lr": 0.01, "muon_lr": 0.01}
#: Options and seeds by name; the long ones first, so that the short ones fill what is left of the other core.
RUNS: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "core_hour": ({**_HOUR, "dropout": 0.3}, (0,)),
    "core_hour_stream": ({**_HOUR, "data_source": "stream"}, (0,)),
    "240_cpu_seconds": ({"max_cpu_seconds": 240}, (0, 1, 2)),
}


def run(folder: Path | None = None, work: Path = WORK / "quality", wanted=None) -> dict[str, Any]:
    """`<name>_accuracy`, the mean over its seeds, and one row for each run in `runs`."""
    data = random_dataset(5) if folder is None else folder
    rows = quality_of(RUNS if wanted is None else wanted, data, work, cores())
    names = dict.fromkeys(row["run"] for row in rows)
    means = {f"{name}_accuracy": mean(row["accuracy"] for row in rows if row["run"] == name) for name in names}
    return {**means, "hardware": rows[0]["hardware"], "runs": rows}
