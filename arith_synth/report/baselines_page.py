"""The table of docs/baselines.md, computed from result files: nothing in it is typed.

    python -m arith_synth.report.baselines_page docs/baselines.md              writes the table into the page
    python -m arith_synth.report.baselines_page docs/baselines.md runs/target  keeps what this run says first

Result files are kept in the folder `results/baselines` beside the page's folder: what a run says of itself and its
scores, without predictions, tasks or paths.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from arith_synth.data.card.markdown import between_marks, table
from arith_synth.entry import guarded
from arith_synth.errors import MetricError, UsageError
from arith_synth.files import read_json, write_atomically, write_json
from arith_synth.report.tables import percent, percent_interval

COMMAND = "python -m arith_synth.report.baselines_page docs/baselines.md"
RUN_FILE = "run.json"
NOT_RUN_YET = "Not run yet."
#: The order of the table: floors, then ceilings.
_NAMES = ("constant", "random", "retrieval", "lookup", "target")
_KEPT = ("kind", "model", "data", "training", "seed", "commit", "hardware", "versions", "wall_s")
_SCORES = (
    *("n", "n_completions", "execution_accuracy", "interval_95", "parsed", "consistent", "exact_match", "n_solved"),
    *("copied", "copied_nearest"),
)
_NONE = "–"

Record = Mapping[str, Any]


def keep_run(run: Path, results: Path) -> Path:
    """Keep the record of a baseline's run among the results; returns the file. Raises MetricError for other runs."""
    record = read_json(run / RUN_FILE)
    if (record.get("model") or {}).get("family") != "baseline":
        raise MetricError(f"{run} is no run of a baseline; name a folder that `arith-synth baseline` has written")
    n_samples, config = record["key"]["decoding"]["n_samples"], record["key"]["config"]
    kept = {name: record[name] for name in _KEPT} | {
        "config": config,
        "n_samples": n_samples,
        "scores": {split: {name: scores.get(name) for name in _SCORES} for split, scores in record["scores"].items()},
    }
    file = results / f"{config}-{record['model']['name']}-{n_samples}.json"
    write_json(file, kept)
    return file


def baselines_section(records: Sequence[Record]) -> str:
    """The table, and where its numbers come from."""
    if not records:
        return NOT_RUN_YET
    ordered = sorted(records, key=lambda record: (_NAMES.index(record["model"]["name"]), record["n_samples"]))
    head = ["baseline", "split", "n (tasks)", "completions", "accuracy (%)", "95 % interval", "tasks solved"]
    rows = [
        [
            f"`{record['model']['name']}`",
            f"`{record['config']}/{split}`",
            f"{scores['n']:,}",
            f"{record['n_samples']:,}",
            percent(scores["execution_accuracy"]),
            percent_interval(scores["interval_95"]),
            f"{scores['n_solved']:,}",
            percent(scores["consistent"]),
            _share(scores["copied"]),
            _share(scores["copied_nearest"]),
        ]
        for record in ordered
        for split, scores in record["scores"].items()
    ]
    return "\n\n".join([table([*head, "consistent (%)", "copies (%)", "nearest (%)"], rows, 2), _provenance(ordered)])


def read_kept(results: Path) -> Sequence[Record]:
    """All records that are kept. Raises MetricError for a file that holds something else."""
    records = [read_json(path) for path in sorted(results.glob("*.json"))]
    for record in records:
        if (record.get("model") or {}).get("name") not in _NAMES:
            raise MetricError(f"{results} holds a file that is no result of a baseline; move it away")
    return records


def _share(copies: Mapping[str, Any] | None) -> str:
    """Of wrong answers; a dash where there is none."""
    return _NONE if not copies or not copies["n_wrong"] else percent(copies["share"])


def _provenance(records: Sequence[Record]) -> str:
    data = _all(f"{record['data']['grammar']} at max_size {record['data']['max_size']}" for record in records)
    return (
        f"Data: {data}, data version {_all(record['data']['version'] for record in records)}. "
        f"Seed: {_all(record['seed'] for record in records)}. "
        f"Commit: {_all(record['commit'] for record in records)}."
    )


def _all(values: Any) -> str:
    """Each distinct value once."""
    return " or ".join(dict.fromkeys(str(value) for value in values if value is not None)) or "not recorded"


def main() -> int:
    """Keep the runs that are named, then write the table into the page. Returns the exit status."""

    def action() -> int:
        if len(sys.argv) < 2:
            raise UsageError(f"name one page, and then runs if there are new ones, as in: {COMMAND}")
        page, runs = Path(sys.argv[1]), map(Path, sys.argv[2:])
        results = page.resolve().parents[1] / "results" / "baselines"
        for run in runs:
            keep_run(run, results)
        text = between_marks(page.read_text(encoding="utf-8"), "baselines", baselines_section(read_kept(results)))
        write_atomically(page, text)
        return 0

    return guarded("baselines_page", action)


if __name__ == "__main__":
    sys.exit(main())
