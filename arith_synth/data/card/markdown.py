"""Markdown that cards are written in: tables, and texts of users that must not become markup."""

import re
from collections.abc import Iterable, Sequence

from arith_synth.errors import UsageError

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def table(header: Sequence[str], rows: Iterable[Sequence[str]], n_left: int = 1) -> str:
    """A table whose first `n_left` columns stand left and whose others stand right."""
    lines = [_line(header), _line(["---"] * n_left + ["---:"] * (len(header) - n_left)), *map(_line, rows)]
    return "\n".join(lines)


def verbatim(text: str) -> str:
    """A text as it is, whatever characters it has."""
    return _MARKUP.sub(r"\\\1", text)


def percent(part: int, whole: int) -> str:
    """`12 %`; `0` for nothing, and `<1 %` for what would round to it."""
    if part == 0:
        return "0"
    share = 100 * part / whole
    return "<1\N{NO-BREAK SPACE}%" if share < 0.5 else f"{share:.0f}\N{NO-BREAK SPACE}%"


def between_marks(page: str, name: str, content: str) -> str:
    """The page with `content` between its marks `<!-- name: begin -->` and `<!-- name: end -->`, in place of the old.

    Raises UsageError when the page lacks them.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, has_begin, rest = page.partition(begin)
    _, has_end, after = rest.partition(end)
    if not (has_begin and has_end):
        raise UsageError(f"the page must hold the lines {begin} and {end}, between which a table is written")
    return f"{before}{begin}\n\n{content}\n\n{end}{after}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
