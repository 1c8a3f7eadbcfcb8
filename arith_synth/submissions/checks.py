"""What is checked of a submission: one line each, which holds or does not, and why."""

from collections.abc import Iterable
from dataclasses import dataclass

_MAX_DETAIL = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`detail`: one printable line, what was found."""

    claim: str
    holds: bool
    detail: str


def check(claim: str, problems: Iterable[str], found: str = "") -> Check:
    """The check of a claim that holds when there are no problems; else the first is told, and how many are left."""
    listed = list(problems)
    if not listed:
        return Check(claim=claim, holds=True, detail=found)
    more = f" (and {len(listed) - 1} more)" if len(listed) > 1 else ""
    return Check(claim=claim, holds=False, detail=one_line(listed[0]) + more)


def one_line(text: str) -> str:
    """A text that may be the submitter's, as one printable line of bounded length."""
    line = "".join(character if character.isprintable() else " " for character in text[: 4 * _MAX_DETAIL])
    return line if len(line) <= _MAX_DETAIL else line[: _MAX_DETAIL - 1] + "…"
