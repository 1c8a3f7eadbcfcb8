"""The table of a track: rows by rank, filtered, as HTML."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from arith_synth.leaderboard.results import Results
from arith_synth.leaderboard.wording import amount, count, percent, scored
from arith_synth.markup import Content, Markup, element
from arith_synth.submissions.entries import SELF_REPORTED, VERIFIED, Entry, TaskSet
from arith_synth.submissions.ranking import By, Row
from arith_synth.submissions.tracks import TRACKS

STATUSES = (VERIFIED, SELF_REPORTED)
_HEADLINES = {"execution_accuracy": "accuracy (pass@1)", "first_consistent": "accuracy of the first consistent sample"}
_ORDERS: dict[By, str] = {"worst": "their worst split", "mean": "the mean over splits"}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which rows are shown; None and the empty text ask nothing. Ranks are those among all rows of the track."""

    track: str
    task_set: TaskSet
    by: By = "worst"
    statuses: tuple[str, ...] = STATUSES
    family: str | None = None
    text: str = ""


def families(entries: Iterable[Entry]) -> list[str]:
    """The model families of some entries, in alphabetical order."""
    return sorted({entry.submission["model"]["family"] for entry in entries})


def shown_rows(results: Results, filters: Filters) -> list[Row]:
    """The rows that pass the filters, in the order of the ranking."""
    words = filters.text.casefold().split()[:20]
    return [row for row in results.ranking(filters.track, filters.task_set, filters.by) if _passes(row, filters, words)]


def board(results: Results, filters: Filters) -> Markup:
    """The table and the lines that say what it shows."""
    track = TRACKS[filters.track]
    n_rows = len(results.ranking(filters.track, filters.task_set, filters.by))
    rows = shown_rows(results, filters)
    splits = _splits(results, filters)
    sizes = _n_tasks(rows, splits)
    said = (
        f"{track.title}: {track.rule}. {count(len(rows))} of {count(n_rows)} submissions, ranked by "
        f"{_ORDERS[filters.by]}; rows that are statistically tied share a rank (=)."
    )
    units = (
        f"Scores: {_HEADLINES[track.headline]} on held-out inputs in %, with 95 % intervals over tasks. Shown-only: "
        "agrees with all shown examples, mean over splits. Copies: share of the wrong answers that are a training "
        "target, all splits together."
    )
    header: list[Content] = ["Rank", "Model", "Status", "Worst split", "Mean of splits"]
    header += [(split, _n(sizes[split]) if split in sizes else None) for split in splits]
    header += ["Shown-only", "Copies", "Links"]
    body = [_line(row, splits, sizes) for row in rows]
    if not rows:
        why = "No submission passes these filters; clear the search or tick more statuses."
        return element(
            "div", element("p", said), element("p", why if n_rows else "No submission is in this track yet.")
        )
    return element(
        "div",
        element("p", said),
        _table(f"Submissions by rank: {track.title}", header, body),
        element("p", units, class_="dim"),
    )


def _table(caption: str, header: Sequence[Content], rows: Sequence[Sequence[Content]]) -> Markup:
    head = element("thead", element("tr", *(element("th", cell, scope="col") for cell in header)))
    lines = []
    for rank, name, *cells in rows:
        first = (element("td", rank, class_="rank"), element("th", name, scope="row", class_="model"))
        lines.append(element("tr", *first, *(element("td", cell) for cell in cells)))
    named = element("caption", caption, class_="unseen")
    inner = element("table", named, head, element("tbody", *lines), class_="board")
    return element("div", inner, class_="wide", tabindex=0, role="region", aria_label=caption)


def _line(row: Row, splits: Sequence[str], sizes: dict[str, int]) -> list[Content]:
    submission, verification = row.entry.submission, row.entry.verified
    worst, mean = verification["worst_split"], verification["mean"]
    cells: list[Content] = [
        f"{row.rank}{' =' if row.tied else ''}",
        _model(row.entry),
        _status(row.entry.status),
        (scored(worst["value"], worst["interval_95"]), element("span", worst["split"], class_="slug")),
        scored(mean["value"], mean["interval_95"]),
    ]
    for split in splits:
        score = verification["headline"].get(split)
        cells.append(
            None if score is None else (scored(score["value"], score["interval_95"]), _other_n(score, split, sizes))
        )
    scores = [verification["scores"][split] for split in splits if split in verification["scores"]]
    cells.append(percent(sum(score["consistent"] for score in scores) / len(scores)) if scores else None)
    cells.append(_copies(scores))
    cells.append(_links(submission["links"]))
    return cells


def _model(entry: Entry) -> Content:
    model, n_samples = entry.submission["model"], entry.submission["n_samples"]
    facts = [] if not model["n_parameters"] else [f"{amount(model['n_parameters'])} parameters"]
    facts.append("1 sample" if n_samples == 1 else f"{count(n_samples)} samples")
    lines = (f"{entry.name}, {model['family']}", ", ".join(facts))
    return (model["name"], [element("span", line, class_="slug") for line in lines])


def _n(number: int) -> Markup:
    return element("span", f"n = {count(number)}", class_="slug")


def _status(status: str | None) -> Markup:
    sign = "✓ " if status == VERIFIED else ""
    return element("span", f"{sign}{status}", class_=f"status {status}")


def _other_n(score: dict[str, Any], split: str, sizes: dict[str, int]) -> Content:
    return None if split in sizes else _n(score["n"])


def _copies(scores: Iterable[dict[str, Any]]) -> Content:
    known = [score["copied"] for score in scores if score.get("copied")]
    n_wrong = sum(copied["n_wrong"] for copied in known)
    if not n_wrong:
        return element("span", "not known" if not known else "none wrong", class_="slug")
    share = sum(copied["share"] * copied["n_wrong"] for copied in known if copied["n_wrong"]) / n_wrong
    return (percent(share), element("span", f"of {count(n_wrong)} wrong", class_="slug"))


def _links(links: Sequence[str]) -> Content:
    return [
        (element("a", f"link {number}", href=link, target="_blank", rel="noopener noreferrer nofollow"), " ")
        for number, link in enumerate(links, 1)
        if link.startswith("https://")
    ]


def _splits(results: Results, filters: Filters) -> list[str]:
    """The splits of a task set, in the order of the tasks, else of the submissions."""
    if results.tasks is not None and results.tasks.holds(filters.task_set):
        return list(results.tasks.splits[filters.task_set.config])
    return list(
        dict.fromkeys(split for entry in results.of_task_set(filters.task_set) for split in entry.submission["splits"])
    )


def _n_tasks(rows: Sequence[Row], splits: Sequence[str]) -> dict[str, int]:
    """The number of tasks of each split where all rows have the same."""
    sizes = {split: {row.entry.verified["headline"][split]["n"] for row in rows} for split in splits}
    return {split: numbers.pop() for split, numbers in sizes.items() if len(numbers) == 1}


def _passes(row: Row, filters: Filters, words: Sequence[str]) -> bool:
    model = row.entry.submission["model"]
    if row.entry.status not in filters.statuses or filters.family not in (None, model["family"]):
        return False
    texts = " ".join(str(text) for text in (row.entry.name, model["name"], model["id"], model["family"])).casefold()
    return all(word in texts for word in words)
