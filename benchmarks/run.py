"""Run every benchmark, print a table, and write one JSON file under benchmarks/results/.

A benchmark is a module `benchmarks/bench_<name>.py` whose `run()` returns its measurements by name, with the unit at
the end of the name (`seconds`, `_per_s`, `ratio`). Machines differ, and this one may be busy: compare ratios within
one run.

    python -m benchmarks.run            all of them
    python -m benchmarks.run enumerate  those whose name contains a word

The last one, sample_efficiency, takes over an hour. The file is there before it begins.
"""

import importlib
import importlib.metadata
import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from arith_synth import __version__
from arith_synth.files import write_json
from benchmarks.bars import reached

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
#: Benchmarks that take over an hour: after all others.
_LAST = ("sample_efficiency",)
_PACKAGES = ("numpy", "numba", "pyarrow", "datasets", "torch", "transformers")

#: Measurements of one benchmark by name.
Measurements = dict[str, Any]


def benchmark_names(words: Sequence[str] = ()) -> list[str]:
    """Names of the benchmarks, those that contain one of the words, or all when there are none."""
    names = [path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py")]
    names.sort(key=lambda name: (name in _LAST, name))
    return [name for name in names if not words or any(word in name for word in words)]


def run_benchmark(name: str) -> Measurements:
    """What the benchmark's `run()` measured, and the seconds it took."""
    started = time.perf_counter()
    measured = importlib.import_module(f"benchmarks.bench_{name}").run()
    return {**measured, "total_seconds": round(time.perf_counter() - started, 3)}


def machine() -> dict[str, Any]:
    """What the numbers depend on: processor, cores, Python and package versions."""
    return {
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "n_cores": os.cpu_count(),
        "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "packages": dict(_versions(_PACKAGES)),
    }


def table_of(results: dict[str, Measurements]) -> Table:
    """One row a measurement."""
    table = Table("benchmark", "measurement", "value")
    for name, measured in results.items():
        for measurement, value in measured.items():
            table.add_row(name, measurement, _text(value))
        table.add_section()
    return table


def table_of_bars(results: dict[str, Measurements]) -> Table:
    """One row a bar: what it asks, what was measured, what was reached."""
    table = Table("work", "at least (seconds, bytes: at most)", "aim", "measured", "reached")
    for bar, value, best in reached(results):
        table.add_row(bar.work, _text(bar.bar), "" if bar.aim is None else _text(bar.aim), _text(value), best)
    return table


def tables_of_rows(results: dict[str, Measurements]) -> Iterable[Table]:
    """A table for each measurement that is a list of rows, as the cost by size."""
    for name, measured in results.items():
        for measurement, rows in measured.items():
            if isinstance(rows, list) and rows:
                table = Table(*rows[-1], title=f"{name}: {measurement}")
                for row in rows:
                    table.add_row(*(_text(row.get(column, "")) for column in rows[-1]))
                yield table


def main(words: Sequence[str]) -> Path:
    """Run the benchmarks and return the file with their results, written anew after each."""
    console = Console(stderr=True)
    names = benchmark_names(words)
    if not names:
        console.print(f"no benchmark is called {' or '.join(words)}; choose among {', '.join(benchmark_names())}")
        raise SystemExit(2)
    before, now = machine(), datetime.now(UTC)
    path = RESULTS / f"{now:%Y%m%d-%H%M%S}.json"
    results: dict[str, Measurements] = {}
    for name in names:
        with console.status(f"running {name}"):
            results[name] = run_benchmark(name)
        _write(path, now, before, results)
    Console().print(table_of(results))
    for table in (*tables_of_rows(results), table_of_bars(results)):
        Console().print(table)
    console.print(f"written to {path}")
    return path


def _write(path: Path, now: datetime, before: dict[str, Any], results: dict[str, Measurements]) -> None:
    bars = [
        {"work": bar.work, "bar": bar.bar, "aim": bar.aim, "measured": value, "reached": best}
        for bar, value, best in reached(results)
    ]
    record = {
        "package_version": __version__, "time": now.isoformat(), "machine": before, "bars": bars, "results": results
    }  # fmt: skip
    write_json(path, record)


def _versions(packages: Iterable[str]) -> Iterable[tuple[str, str]]:
    for package in packages:
        try:
            yield package, importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue  # an extra that is not installed


def _processor() -> str:
    cpu_info = Path("/proc/cpuinfo")
    if cpu_info.exists():
        for line in cpu_info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} rows, see the file"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else json.dumps(value)


if __name__ == "__main__":
    main(sys.argv[1:])
