"""Answers that a line states: `Final answer: …`, `f(x, y) = …`, `the expression is …`, or a line that is a program."""

import re
from functools import cache

from arith_synth.errors import ParseError
from arith_synth.grammar import MAX_CHARACTERS, Grammar, parse_infix
from arith_synth.scoring.extraction.lexical import (
    WHITE_SPACE,
    begins_like_a_program,
    is_program_like,
    known_words,
    signature_pattern,
)
from arith_synth.scoring.extraction.marks import closed_in_line

_DECORATION = r"[*_\"'` \t]*+"
_IS = r"(?:is|would be)(?![A-Za-z])"
# Behind the label, marks that a blank follows close what was opened before it; others open what they surround.
_CLOSED = r"(?:[*_]++(?=[ \t])|[ \t])*+"
_LABEL_ENDS = rf"{_DECORATION}(?:{_IS}{_DECORATION}:|:|{_IS}){_CLOSED}"
_ANSWER = re.compile(
    rf"(?<![A-Za-z])answer{_LABEL_ENDS}|^[#*_> \t]*+(?:the )?(?:final )?answer[*_ \t]*$",
    re.IGNORECASE | re.ASCII | re.MULTILINE,
)
_STATED = re.compile(
    rf"(?<![A-Za-z])(?:expression|formula|function|program|solution|result|rule){_LABEL_ENDS}", re.IGNORECASE | re.ASCII
)
_ASSIGNMENT = re.compile(r"(?:([A-Za-z_][A-Za-z_0-9]*)[ \t]*)?:?=[ \t]*([^=].*)")
_NOTHING = re.compile(r"[*_ \t\r]*+")
TICKS = "✓✔✅☑"
#: A program ends before these.
REMARK_WORDS = (
    "because",
    "since",
    "which",
    "checked",
    "verified",
    "for all",
    "i.e.",
    "e.g.",
    "works",
    "matches",
    "fits",
)
_REMARK = re.compile(
    rf"[{TICKS}]|[ \t]\(?(?:{'|'.join(map(re.escape, REMARK_WORDS))})(?![A-Za-z_0-9])", re.IGNORECASE | re.ASCII
)
_SENTENCE_ENDS = re.compile(r"[.;](?=[ \t]|$)|,(?=[ \t]+([A-Za-z]+))")


def answer_line(text: str, grammar: Grammar) -> str | None:
    """What the last `answer:` or `answer is` is followed by: its line, or the lines below where it has no more."""
    return _last_stated(_ANSWER, text, grammar)


def definition(text: str, grammar: Grammar) -> str | None:
    """The right-hand side of the last `f(x, y) = …`: its line, or the lines below where it has no more."""
    return _last_stated(_definition(grammar), text, grammar)


def stated(text: str, grammar: Grammar) -> str | None:
    """What the last `expression is`, `formula:` or the like is followed by."""
    return _last_stated(_STATED, text, grammar)


def joined_lines(text: str, grammar: Grammar) -> str | None:
    """All lines as one, when they are one program together."""
    lines = [line for line in text.split("\n") if line.strip(WHITE_SPACE)]
    if len(lines) < 2 or len(text) > MAX_CHARACTERS:
        return None
    joined = " ".join(line.strip(WHITE_SPACE) for line in lines)
    try:
        parse_infix(joined, grammar)
    except ParseError:
        return None
    return joined


def first_line(text: str, grammar: Grammar) -> str | None:
    """The first line, when it looks like a program and others follow."""
    line, _, rest = text.strip(WHITE_SPACE).partition("\n")
    return line if rest and is_program_like(line, grammar) else None


def program_line(text: str, grammar: Grammar) -> str | None:
    """The last line that looks like a program."""
    if "\n" not in text:
        return None
    return next((line for line in reversed(text.split("\n")) if is_program_like(line, grammar)), None)


def assigned(text: str, grammar: Grammar) -> str | None:
    """What one line assigns to a name that is not the grammar's."""
    match = _ASSIGNMENT.fullmatch(text)
    if match is None or match.group(1) in known_words(grammar):
        return None
    return match.group(2)


def before_comment(text: str, grammar: Grammar) -> str | None:
    """One line without the comment at its end."""
    if "\n" in text:
        return None
    program, mark, _ = text.partition("#")
    return program if mark and program.strip(WHITE_SPACE) else None


def before_sentence_end(text: str, grammar: Grammar) -> str | None:
    """What stands before a period, a semicolon or a clause, when it looks like a program."""
    if "\n" in text:
        return None
    for match in _SENTENCE_ENDS.finditer(text):
        if match.group(1) in known_words(grammar):
            continue  # the comma of min(x, y)
        head, rest = text[: match.start()], text[match.end() :]
        if is_program_like(rest, grammar):
            return None  # '1. x + y' has the number of an item, and 'x; y' says nothing clear
        return head if is_program_like(head, grammar) else None
    return None


def before_remark(text: str, grammar: Grammar) -> str | None:
    """What stands before a tick or a remark, when it looks like a program and the remark does not.

    Only words that begin a reason or a check end a program: `x squared` must not be read as `x`.
    """
    match = None if "\n" in text else _REMARK.search(text)
    if match is None or not is_program_like(text[: match.start()], grammar):
        return None
    return None if is_program_like(text[match.end() :], grammar) else text[: match.start()]


@cache
def _definition(grammar: Grammar) -> re.Pattern[str]:
    return re.compile(rf"{signature_pattern(grammar)}[ \t]*&?:?=(?!=)[ \t]*")


def _last_stated(pattern: re.Pattern[str], text: str, grammar: Grammar) -> str | None:
    """What follows the last match that a program follows: in its line, or below it."""
    end_of_text = len(text.rstrip(WHITE_SPACE))
    # Positions instead of slices: a line may state a thousand answers.
    for match in reversed(list(pattern.finditer(text))):
        line_ends = text.find("\n", match.end())
        line_ends = len(text) if line_ends < 0 else line_ends
        if begins_like_a_program(text, grammar, match.end(), line_ends):
            before = text[text.rfind("\n", 0, match.start()) + 1 : match.end()]
            return closed_in_line(before, text[match.end() : line_ends])
        if line_ends < end_of_text and _NOTHING.fullmatch(text, match.end(), line_ends):
            return text[line_ends:]
    return None
