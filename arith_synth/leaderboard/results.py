"""A results folder as the app sees it: read once when it starts, and the order of rows remembered."""

from dataclasses import dataclass, field
from pathlib import Path

from arith_synth.errors import DatasetError, MetricError
from arith_synth.leaderboard.task_table import TaskTable, read_task_table
from arith_synth.submissions.entries import REJECTED, SUBMISSIONS_FOLDER, Entry, TaskSet, read_entries, task_sets
from arith_synth.submissions.ranking import By, Row, ranked


@dataclass(frozen=True, kw_only=True)
class Results:
    """`entries` that have scores, by name; `n_unranked`: submissions that were rejected or not looked at yet;
    `left_out`: one line for each that could not be read. `tasks`: None when the folder has none."""

    folder: Path
    entries: tuple[Entry, ...]
    n_unranked: int
    left_out: tuple[str, ...]
    tasks: TaskTable | None
    _rankings: dict[tuple[str, TaskSet, By], list[Row]] = field(default_factory=dict, compare=False)

    def ranking(self, track: str, task_set: TaskSet, by: By) -> list[Row]:
        """The rows of a track on a task set in their order; ranking is costly, and happens once."""
        key = (track, task_set, by)
        if key not in self._rankings:
            self._rankings[key] = ranked(self.entries, track, by, task_set=task_set)
        return self._rankings[key]

    def task_sets(self) -> list[TaskSet]:
        """Those of the entries, that of most entries first."""
        return task_sets(self.entries)

    def of_task_set(self, task_set: TaskSet) -> list[Entry]:
        """The entries on a task set, by name."""
        return [entry for entry in self.entries if entry.task_set == task_set]

    def entry(self, name: str | None) -> Entry | None:
        """The entry of a name, None when there is none."""
        return next((entry for entry in self.entries if entry.name == name), None)


def read_results(folder: Path | str) -> Results:
    """Read a results folder. Raises DatasetError when it is none, or its tasks.parquet is damaged."""
    folder = Path(folder)
    if not (folder / SUBMISSIONS_FOLDER).is_dir():
        raise DatasetError(
            f"{folder} is no results folder (it has no {SUBMISSIONS_FOLDER}/); name one with --results, or make a "
            "first submission with: arith-synth submit"
        )
    left_out: list[str] = []
    entries = read_entries(folder, left_out.append)
    scored = tuple(entry for entry in entries if entry.status not in (None, REJECTED))
    return Results(
        folder=folder,
        entries=scored,
        n_unranked=len(entries) - len(scored),
        left_out=tuple(left_out),
        tasks=read_task_table(folder),
    )


def counts_of(entry: Entry, split: str, n_tasks: int | None = None) -> tuple[list[int], int]:
    """Correct completions of each task of a split, in the order of task ids, and out of how many.

    Raises MetricError when they are not counts, or not of `n_tasks` tasks.
    """
    counts = entry.verified["n_correct"].get(split)
    out_of = entry.submission["n_samples"]
    if (
        not isinstance(counts, list)
        or not counts
        or not all(isinstance(count, int) and 0 <= count <= out_of for count in counts)
    ):
        raise MetricError(f"{entry.name} has no counts for {split}; verify it again")
    if n_tasks is not None and len(counts) != n_tasks:
        raise MetricError(f"{entry.name} has counts of {len(counts)} tasks of {split}, which has {n_tasks}")
    return counts, out_of
