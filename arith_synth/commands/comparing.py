"""The command that says how two dataset folders differ."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from arith_synth.commands.printing import print_json, print_line
from arith_synth.entry import FAILED, progress_bar

#: A fact is shown as far as a line allows.
_FACT_LENGTH = 60


@dataclass(frozen=True, kw_only=True)
class Compare:
    """Say which splits and facts differ between two dataset folders; exit status 1 when any does.

    Every file is read: recorded checksums are not believed. Cards, reports and logs are listed apart, and may differ.

    Example: arith-synth compare ./arith-synth ./arith-synth-again
    """

    first: Annotated[Path, tyro.conf.Positional]
    """A dataset folder."""
    second: Annotated[Path, tyro.conf.Positional]
    """Another one."""
    json: bool = False
    """Print one JSON object."""


def run_compare(options: Compare) -> int:
    """Print a line for each split and each difference; returns the exit status."""
    from arith_synth.data.comparison import compare_folders

    with progress_bar() as progress:
        comparison = compare_folders(options.first, options.second, progress)
    if options.json:
        print_json(_as_json(comparison))
    else:
        unlike = [split for split in comparison.splits if split.state != "same" or not split.same_bytes]
        for split in unlike:
            print_line(f"{split.split}: {_split_text(split)}")
        print_line(f"{len(comparison.splits) - len(unlike)} of {len(comparison.splits)} splits are the same")
        for path, (here, there) in comparison.facts.items():
            print_line(f"build.json: {path} is {_short(here)} in the first and {_short(there)} in the second")
        for name, folder in zip(("first", "second"), comparison.records, strict=True):
            for file in folder:
                print_line(f"checksums.json of the {name} does not fit its file {file}")
        for file, state in comparison.other_files.items():
            print_line(f"{file}: {state}")
        for file, state in comparison.documents.items():
            print_line(f"document {file}: {state}")
        print_line("equal" if comparison.equal else "different")
    return 0 if comparison.equal else FAILED


def _split_text(split: Any) -> str:
    if split.state == "same":
        return "same" if split.same_bytes else "same rows, written with other bytes"
    if split.state == "unreadable":
        return f"a file cannot be read: {split.reason}"
    rows = split.rows
    if rows is None:
        return split.state
    counts = {"added": len(rows.added), "removed": len(rows.removed), "reordered": rows.reordered}
    parts = [f"{n:,} {name}" for name, n in counts.items() if n]
    parts += [f"{n:,} moved to {path}" for path, n in split.moved_to.items()]
    parts += [f"{n:,} moved from {path}" for path, n in split.moved_from.items()]
    if rows.changed:
        columns = ", ".join(f"{name} in {n:,}" for name, n in rows.changed_columns.items())
        parts.append(f"{rows.changed:,} changed ({columns})")
    for what in ("added", "removed", "retyped"):
        if columns := getattr(rows, f"{what}_columns"):
            parts.append(f"columns {what}: {', '.join(columns)}")
    return "; ".join(parts) or "the order or layout of columns differs"


def _as_json(comparison: Any) -> dict[str, Any]:
    splits = {}
    for split in comparison.splits:
        entry = asdict(split)
        del entry["split"]
        if split.rows is not None:
            entry["rows"] |= {"added": len(split.rows.added), "removed": len(split.rows.removed)}
        splits[split.split] = entry
    return {
        "equal": comparison.equal,
        "splits": splits,
        "facts": {path: list(values) for path, values in comparison.facts.items()},
        "records": {"first": comparison.records[0], "second": comparison.records[1]},
        "other_files": comparison.other_files,
        "documents": comparison.documents,
    }


def _short(value: Any) -> str:
    text = "absent" if value is None else repr(value)
    return text if len(text) <= _FACT_LENGTH else text[: _FACT_LENGTH - 1] + "…"
