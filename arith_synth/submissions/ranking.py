"""The order of the rows of a track, in which rows that are statistically tied share a rank.

A row's rank is 1 + the number of rows that are significantly better than it (`significance`): the 95 % interval of the
difference lies above 0. By worst split, when it is the same of both, tasks are drawn in pairs; when each has another,
the two are drawn independently. By mean, tasks are drawn in pairs within each split.

Being tied is not transitive: A may be better than C although B is tied with both. A and B share rank 1 then, and C has
rank 2, since one row is better than it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from arith_synth.errors import UsageError
from arith_synth.scoring.intervals import Interval
from arith_synth.submissions.entries import REJECTED, Entry, TaskSet, task_sets
from arith_synth.submissions.significance import Answered, answered, better_on_mean, lies_above
from arith_synth.submissions.tracks import TRACKS

By = Literal["worst", "mean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A ranked entry.

    `value`, `interval`: of the headline score, over the `n` tasks of the worst `split`, or as the mean over all splits
    (`split` is None then). `tied`: whether another row has the same rank.
    """

    rank: int
    entry: Entry
    value: float
    interval: Interval
    n: int
    split: str | None
    tied: bool


def ranked(entries: Iterable[Entry], track: str, by: By = "worst", *, task_set: TaskSet | None = None) -> list[Row]:
    """The rows of a track by rank, then by value, then by mean, then by name; none when it has none.

    Entries that nobody has verified, and rejected ones, are no rows. `task_set`: whose rows; None takes the task set of
    most entries of the track. Raises UsageError for an unknown track or order.
    """
    if track not in TRACKS:
        raise UsageError(f"unknown track {track!r}; choose one of {', '.join(TRACKS)}")
    if by not in ("worst", "mean"):
        raise UsageError(f"rows are ranked by worst or mean, not by {by!r}")
    of_track = [entry for entry in entries if entry.track == track and entry.status not in (None, REJECTED)]
    if task_set is None and of_track:
        task_set = task_sets(of_track)[0]
    rows = [entry for entry in of_track if entry.task_set == task_set]
    if not rows:
        return []
    rows.sort(key=lambda entry: (-_record(entry, by)["value"], -_record(entry, "mean")["value"], entry.name))
    better = _better_on_worst(rows) if by == "worst" else _better_on_means(rows)
    ranks = [1 + int(n_better) for n_better in better.sum(axis=0)]
    order = sorted(range(len(rows)), key=lambda place: (ranks[place], place))
    return [_row(rows[place], ranks[place], by, tied=ranks.count(ranks[place]) > 1) for place in order]


def _row(entry: Entry, rank: int, by: By, *, tied: bool) -> Row:
    record = _record(entry, by)
    split = record["split"] if by == "worst" else None
    low, high = record["interval_95"]
    return Row(
        rank=rank,
        entry=entry,
        value=record["value"],
        interval=(low, high),
        n=sum(len(entry.headline_counts[name]) for name in ([split] if split else entry.submission["splits"])),
        split=split,
        tied=tied,
    )


def _record(entry: Entry, by: By) -> dict[str, Any]:
    return entry.verified["worst_split" if by == "worst" else "mean"]


def _better_on_means(rows: Sequence[Entry]) -> np.ndarray:
    return better_on_mean([_answered(rows, split) for split in sorted(rows[0].submission["splits"])])


def _better_on_worst(rows: Sequence[Entry]) -> np.ndarray:
    """bool[row, row]: whether the first is significantly better than the second."""
    worst = [_record(entry, "worst") for entry in rows]
    splits = np.array([record["split"] for record in worst])
    values = np.array([record["value"] for record in worst])
    better = np.zeros((len(rows), len(rows)), dtype=bool)
    for split in sorted(set(splits.tolist())):
        places = np.flatnonzero(splits == split).tolist()
        better[np.ix_(places, places)] = better_on_mean([_answered([rows[place] for place in places], split)])
    for row, other in np.argwhere((splits[:, None] != splits[None, :]) & (values[:, None] > values[None, :])).tolist():
        one, two = worst[row], worst[other]
        better[row, other] = lies_above(one["value"], one["interval_95"], two["value"], two["interval_95"])
    return better


def _answered(rows: Sequence[Entry], split: str) -> Answered:
    return answered([(entry.headline_counts[split], entry.verified["headline_out_of"]) for entry in rows])
