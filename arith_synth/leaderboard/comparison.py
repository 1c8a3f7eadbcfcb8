"""Two models side by side: scores of each split, paired differences, and the tasks on which they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from arith_synth.errors import MetricError
from arith_synth.files import printable
from arith_synth.leaderboard.answers import answers_to
from arith_synth.leaderboard.results import counts_of
from arith_synth.leaderboard.task_table import TaskTable
from arith_synth.leaderboard.task_view import simple_table
from arith_synth.leaderboard.wording import count, interval, points, scored
from arith_synth.markup import Content, Markup, element
from arith_synth.scoring import difference_interval, mean_interval
from arith_synth.submissions.entries import Entry

#: Tasks listed at most; the numbers above the list count all.
MOST_TASKS = 25
_LONGEST_ANSWER = 80

Better = Literal["first", "second"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """The counts of two entries on one split, task by task."""

    first: list[int]
    second: list[int]
    first_out_of: int
    second_out_of: int

    def better(self, side: Better) -> list[int]:
        """Numbers of the tasks that one side solves more often, those with the largest difference first."""
        sign = 1 if side == "first" else -1
        gains = [
            sign * (first * self.second_out_of - second * self.first_out_of)
            for first, second in zip(self.first, self.second, strict=True)
        ]
        # Equal gains in the order of ids, which is that of keyed hashes.
        return sorted((place for place, gain in enumerate(gains) if gain > 0), key=lambda place: (-gains[place], place))


def comparison(first: Entry, second: Entry, splits: Sequence[str]) -> Markup:
    """The table of splits, for the splits that both have answered."""
    rows: list[Sequence[Content]] = []
    for split in splits:
        pair = _pair(first, second, split)
        if pair is None:
            continue
        n = len(pair.first)
        low_high = difference_interval(
            pair.first, pair.second, out_of=pair.first_out_of, subtrahend_out_of=pair.second_out_of
        )
        rates = [sum(pair.first) / (n * pair.first_out_of), sum(pair.second) / (n * pair.second_out_of)]
        apart = not low_high[0] <= 0 <= low_high[1]
        rows.append(
            (
                split,
                count(n),
                scored(rates[0], mean_interval(pair.first, out_of=pair.first_out_of)),
                scored(rates[1], mean_interval(pair.second, out_of=pair.second_out_of)),
                (element("b", points(rates[0] - rates[1])), " ", interval(low_high, points), " ≠ 0" if apart else ""),
                count(len(pair.better("first"))),
                count(len(pair.better("second"))),
            )
        )
    if not rows:
        return element("p", "These two have no split in common.")
    header = ("Split", "Tasks", "A", "B", "A − B", "A more often", "B more often")
    said = (
        "A and B: accuracy (pass@1) in %. A − B: difference in percentage points, tasks drawn in pairs; ≠ 0 where its "
        "95 % interval excludes 0. Last columns: on how many tasks A, or B, is right more often."
    )
    return element(
        "div",
        element("p", element("b", "A: "), first.model_name, element("b", " B: "), second.model_name),
        simple_table("Scores side by side", header, rows),
        element("p", said, class_="dim"),
    )


def differing_tasks(tasks: TaskTable, first: Entry, second: Entry, split: str, better: Better) -> Markup:
    """The tasks of a split on which one side is right more often, with both sides' answers."""
    pair = _pair(first, second, split, len(tasks.task_ids(first.task_set.config, split)))
    if pair is None:
        return element("p", "One of them has not answered this split.")
    places = pair.better(better)
    ids = tasks.task_ids(first.task_set.config, split)
    rows: list[Sequence[Content]] = []
    for place in places[:MOST_TASKS]:
        task = tasks.task(ids[place])
        assert task is not None, "its id comes from the table"
        rows.append(
            (
                task.task_id.rpartition("/")[2],
                element("code", task.program),
                _answer(first, task.task_id, pair.first[place], pair.first_out_of),
                _answer(second, task.task_id, pair.second[place], pair.second_out_of),
            )
        )
    side = "A" if better == "first" else "B"
    if not rows:
        return element("p", f"On no task of {split} is {side} right more often.")
    said = f"{side} is right more often on {count(len(places))} tasks of {split}; {len(rows)} are listed."
    header = ("Number", "Target", "First answer of A (right, of all)", "First answer of B (right, of all)")
    return element("div", element("p", said), simple_table("Tasks on which they differ", header, rows))


def _answer(entry: Entry, task_id: str, n_correct: int, out_of: int) -> Content:
    sign = "✓" if n_correct == out_of else "✗" if n_correct == 0 else "~"
    try:
        completions = answers_to(entry.folder, task_id)
    except MetricError:
        completions = None
    text = printable(completions[0]) if completions else "not there"
    text = text if len(text) <= _LONGEST_ANSWER else text[:_LONGEST_ANSWER] + "…"
    return (f"{sign} ", element("code", text), f" ({count(n_correct)} of {count(out_of)})")


def _pair(first: Entry, second: Entry, split: str, n_tasks: int | None = None) -> _Pair | None:
    """None when one of them has not answered the split. MetricError when they were graded on other tasks."""
    if not all(split in entry.submission["splits"] for entry in (first, second)):
        return None
    mine, out_of = counts_of(first, split, n_tasks)
    theirs, other_out_of = counts_of(second, split, len(mine))
    return _Pair(first=mine, second=theirs, first_out_of=out_of, second_out_of=other_out_of)
