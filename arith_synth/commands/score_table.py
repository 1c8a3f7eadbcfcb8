"""Scores as people read them: a table with a column for each split, as wide as the terminal, and why answers failed."""

import io
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Scores = Mapping[str, Any]

_MOST_DECIMALS = 6
_N_REASONS = 3
_GAP = 2
#: An interval stands behind its rate, or below it where that is too wide.
_BEHIND, _BELOW = " ", "\n"


def table_lines(scores: Mapping[str, Scores], width: int | None = None) -> list[str]:
    """The lines of a table of the scores by split, then of what was counted of all splits' completions.

    `width`: in characters, that of the terminal when None. Splits that do not fit side by side come one block below the
    other. Scores that no split has are left out.
    """
    width = width or shutil.get_terminal_size().columns
    separator, n_fitting, column = _layout(scores, width)
    splits = list(scores)
    lines: list[str] = []
    for start in range(0, len(splits), n_fitting):
        block = {split: scores[split] for split in splits[start : start + n_fitting]}
        lines += [*_block_lines(block, separator, column), ""]
    lines += _counted("why completions are no program", scores, "reasons")
    lines += _counted("rules of extraction by which programs were found", scores, "rules")
    return lines if lines[-1] else lines[:-1]


def _layout(scores: Mapping[str, Scores], width: int) -> tuple[str, int, int]:
    """What stands between rates and intervals, how many splits stand side by side, and the width of each."""
    layouts = []
    for separator in (_BEHIND, _BELOW):
        cells = [(label, cell(score, separator)) for score in scores.values() for label, cell in _rows([score])]
        # Names, which have no label, are folded.
        lines = [line for label, text in cells if label and text for line in text.split("\n")]
        column = max(map(len, [*lines, *scores]))
        room = width - max(len(label) for label, text in cells if text)
        layouts.append((separator, max(1, min(room // (column + _GAP), len(scores))), column))
    return max(layouts, key=lambda layout: layout[1])  # the first of equals


def _block_lines(scores: Mapping[str, Scores], separator: str, column: int) -> list[str]:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    table.add_column("", no_wrap=True)
    for split in scores:
        table.add_column(Text(split), max_width=column)
    for label, cell in _rows(scores.values()):
        cells = [cell(score, separator) for score in scores.values()]
        if any(text is not None for text in cells):
            table.add_row(Text(label), *(Text("-" if text is None else text) for text in cells))
    console = Console(file=io.StringIO(), width=10_000, color_system=None)
    with console.capture() as captured:
        console.print(table)
    return [line.rstrip() for line in captured.get().rstrip("\n").split("\n")]


#: From the scores of a split, and what stands between a rate and its interval, to a cell; None when it is not known.
_Cell = Callable[[Scores, str], str | None]


def _rows(scores: Any) -> list[tuple[str, _Cell]]:
    several = any(score.get("n_completions", 1) > 1 for score in scores)
    # pass@1 is the accuracy.
    names = {name: None for score in scores for name in score if name.startswith("pass@") and name != "pass@1"}
    sampled = [*names, "first_consistent", "largest_cluster"] if several else []
    labels = {"consistent": "shown only", "in_region": "held-out form"}
    return [
        ("tasks", lambda score, _: f"{score['n']:,}"),
        *([("completions each", lambda score, _: f"{score['n_completions']:,}")] if several else []),
        ("accuracy", lambda score, separator: _rate(score, separator)),
        *(
            (labels.get(name, name.replace("_", " ")), _named(name))
            for name in (*sampled, "consistent", "exact_match", "in_region", "parsed")
        ),
        ("wrong: copied", _share("copied")),
        ("wrong: nearest", _share("copied_nearest")),
        ("size ratio", _size_ratio),
        ("worst group", lambda score, separator: _rate(score["worst_group"], separator) if _worst(score) else None),
        ("", lambda score, _: _worst(score)),
        ("control", lambda score, separator: _rate(score["control"], separator) if "control" in score else None),
        ("cost, points", _cost("cost")),
        ("net cost, points", _cost("net_cost")),
    ]


def _rate(score: Scores, separator: str, name: str = "execution_accuracy") -> str:
    return _rate_text(score[name], score["interval_95"], separator)


def _named(name: str) -> _Cell:
    def cell(score: Scores, separator: str) -> str | None:
        if score.get(name) is None:
            return None
        return _rate_text(score[name], score.get("intervals_95", {}).get(name), separator)

    return cell


def _share(name: str) -> _Cell:
    def cell(score: Scores, separator: str) -> str | None:
        copied = score.get(name)
        if copied is None:
            return None
        return _rate(copied, separator, "share") if copied["n_wrong"] else "none wrong"

    return cell


def _size_ratio(score: Scores, separator: str) -> str | None:
    if score.get("size_ratio") is None:
        return None
    interval = score.get("intervals_95", {}).get("size_ratio")
    return f"{score['size_ratio']:.2f}" + ("" if interval is None else _bounds(interval, separator, "{:.2f}"))


def _worst(score: Scores) -> str | None:
    """The name of the worst group, and its n."""
    worst = score.get("worst_group")
    return None if worst is None else f"{worst['group'].replace('_', ' ')}, n={worst['n']:,}"


def _cost(name: str) -> _Cell:
    def cell(score: Scores, separator: str) -> str | None:
        cost = score.get("control", {}).get(name)
        if cost is None:
            return None
        return f"{100 * cost['cost']:+.1f}" + _bounds([100 * x for x in cost["interval_95"]], separator, "{:+.1f}")

    return cell


def _bounds(interval: Sequence[float], separator: str, form: str) -> str:
    return f"{separator}[{form.format(interval[0])}, {form.format(interval[1])}]"


def _rate_text(rate: float, interval: Sequence[float] | None, separator: str) -> str:
    if interval is None:
        return _percent(rate, _n_decimals(rate))
    n_decimals = _n_decimals(rate, *interval)
    return _percent(rate, n_decimals) + _bounds(interval, separator, f"{{:.{n_decimals}%}}")


def _percent(rate: float, n_decimals: int) -> str:
    return f"{rate:.{n_decimals}%}"


def _n_decimals(rate: float, low: float = 0.0, high: float = 1.0) -> int:
    """As many as it takes that a rate does not look like 0 or 100 % when it is neither, nor its interval like a point
    when it is none; one or more."""
    for n_decimals in range(1, _MOST_DECIMALS):
        looks_extreme = _percent(rate, n_decimals) in (_percent(0.0, n_decimals), _percent(1.0, n_decimals))
        looks_certain = _percent(low, n_decimals) == _percent(high, n_decimals)
        if not (looks_extreme and 0 < rate < 1) and not (looks_certain and low < high):
            return n_decimals
    return _MOST_DECIMALS


def _counted(what: str, scores: Mapping[str, Scores], name: str) -> list[str]:
    """The most frequent of what was counted, over all splits; nothing where nothing was."""
    counts = sum((Counter(score.get(name, {})) for score in scores.values()), Counter())
    if not counts:
        return []
    shown = counts.most_common(_N_REASONS)
    rest = counts.total() - sum(n for _, n in shown)
    return [
        f"{what} ({counts.total():,} times):",
        *(f"  {n:,}  {reason}" for reason, n in shown),
        *([f"  {rest:,}  other"] if rest else []),
    ]
