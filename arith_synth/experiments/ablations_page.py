"""The tables of docs/experiments.md, computed from result files: nothing in them is typed.

    python -m arith_synth.experiments.ablations_page docs/experiments.md     writes the tables into the page

Result files are looked for in the folder `results` beside the page's folder.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from arith_synth.data.card.markdown import between_marks, table, verbatim
from arith_synth.entry import guarded
from arith_synth.errors import MetricError, UsageError
from arith_synth.experiments.ablations import ABLATIONS
from arith_synth.files import read_json, read_jsonl, write_atomically
from arith_synth.report.tables import percent, percent_interval, points

COMMAND = "python -m arith_synth.experiments.ablations_page docs/experiments.md"
#: Logs of experiments below the results, by the name of their marks in the page.
LOGS = {
    "prototype": Path("experiments") / "2026-11-22-prototype.jsonl",
    "budgets": Path("experiments") / "2026-11-22-budgets.jsonl",
}
NOT_RUN_YET = "Not run yet."
_PLAN = [run.name for run in ABLATIONS]
_DEFAULT = _PLAN[0]

Record = Mapping[str, Any]


def page_with(page: str, results: Path) -> str:
    """The page with each table between its marks; `results`: the folder of result files.

    Raises UsageError when the page lacks marks, MetricError when a result file is damaged.
    """
    for name, log in LOGS.items():
        page = between_marks(page, name, log_table([row for _, row in read_jsonl(results / log)]))
    return between_marks(page, "ablations", ablations_section(read_results(results / "ablations")))


def log_table(rows: Iterable[Record]) -> str:
    """A row for each run of a log of experiments, as they were made."""
    head = [
        *("run", "what differs from the first", "parameters", "tasks", "CPU-s", "steps", "epochs"),
        *("training %", "validation %", "n", "validation loss"),
    ]
    cells = [
        [
            f"`{row['name']}`",
            "; ".join(row["changes"]) or "–",
            f"{row['parameters']:,}",
            _shown(row["n_tasks"], ","),
            f"{row['cpu_seconds']:,}",
            f"{row['steps']:,}",
            _shown(row["epochs"], ".1f"),
            "–" if row["training_accuracy"] is None else percent(row["training_accuracy"]),
            percent(row["validation_accuracy"]),
            f"{row['n_validation']:,}",
            _shown(row.get("validation_loss"), ".3f"),
        ]
        for row in rows
    ]
    return table(head, cells, n_left=2)


def read_results(folder: Path) -> list[Record]:
    """The results of the ablations, in the order of the plan; none where none is there.

    Raises MetricError for a file that holds something else.
    """
    records = []
    for path in sorted(folder.glob("*.json")):
        record = read_json(path)
        if record.get("kind") != "ablation":
            raise MetricError(f"{path} is no result of an ablation; move it away")
        records.append(record)
    return sorted(records, key=lambda record: (_place(record["name"]), record["name"], record["seed"]))


def ablations_section(records: Sequence[Record]) -> str:
    """The table, what of the plan is missing in it, and where its numbers come from."""
    if not records:
        return NOT_RUN_YET
    there = {record["name"] for record in records}
    missing = [f"`{name}`" for name in _PLAN if name not in there]
    parts = [
        ablations_table(records),
        *([f"Not run yet: {', '.join(missing)}."] if missing else []),
        provenance(records),
    ]
    return "\n\n".join(parts)


def ablations_table(records: Sequence[Record]) -> str:
    """A row for each run and seed.

    The difference, in percent points, is to the default of the same seed, budget, data and sources.
    """
    defaults = {_series(record): _accuracy(record) for record in records if record["name"] == _DEFAULT}
    head = [
        *("run", "what differs from the default", "seed", "parameters", "CPU-s", "steps", "epochs", "training loss"),
        *("training %", "validation %", "95 %", "to default"),
    ]
    rows = []
    for record in records:
        default = None if record["name"] == _DEFAULT else defaults.get(_series(record))
        rows.append(
            [
                f"`{record['name']}`",
                verbatim(record["change"]),
                str(record["seed"]),
                f"{record['n_parameters']:,}",
                f"{record['options']['max_cpu_seconds']:,.0f}",
                f"{record['step']:,}",
                _shown(record["epochs"], ".1f"),
                _shown(record["loss"], ".3f"),
                "–" if record["seen_accuracy"] is None else percent(record["seen_accuracy"]),
                percent(_accuracy(record)),
                percent_interval(record["validation"]["interval_95"]),
                "–" if default is None else points(100 * (_accuracy(record) - default)),
            ]
        )
    return table(head, rows, n_left=2)


def provenance(records: Sequence[Record]) -> str:
    """Data, numbers of tasks, machine, versions and commit of all records, as a line of Markdown."""
    data = _all(f"{record['data']['grammar']} at max_size {record['data']['max_size']}" for record in records)
    n_tasks = _all(f"{record['n_tasks']:,}" for record in records if record["n_tasks"])
    n_validation = _all(f"{record['validation']['n']:,}" for record in records)
    versions = _all(", ".join(f"{name} {value}" for name, value in record["versions"].items()) for record in records)
    return (
        f"Data: {data}, data version {_all(record['data']['version'] for record in records)}; "
        f"{n_tasks} training tasks. "
        f"Validation: {n_validation} tasks, greedy. "
        f"Training %: {_all(record['n_monitor'] for record in records)} training tasks. "
        f"Hardware: {_all(record['hardware']['processor'] for record in records)}, one thread. "
        f"Versions: {versions}. Commit: {_all(record['commit'] for record in records)}."
    )


def _place(name: str) -> int:
    return _PLAN.index(name) if name in _PLAN else len(_PLAN)


def _series(record: Record) -> tuple[Any, ...]:
    """What a run shares with the default that it is compared with."""
    content = json.dumps(record["data"]["checksums"], sort_keys=True)
    return record["seed"], record["options"]["max_cpu_seconds"], record["sources_sha256"], content


def _accuracy(record: Record) -> float:
    return record["validation"]["accuracy"]


def _shown(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _all(values: Iterable[Any]) -> str:
    """Each distinct value once."""
    return " or ".join(dict.fromkeys(str(value) for value in values if value is not None)) or "not recorded"


def main() -> int:
    """Write the tables into the page that is named. Returns the exit status."""

    def action() -> int:
        if len(sys.argv) != 2:
            raise UsageError(f"name one page, as in: {COMMAND}")
        page = Path(sys.argv[1])
        results = page.resolve().parents[1] / "results"
        write_atomically(page, page_with(page.read_text(encoding="utf-8"), results))
        return 0

    return guarded("ablations_page", action)


if __name__ == "__main__":
    sys.exit(main())
