r"""Answers between marks: tags, `\boxed{…}`, code, mathematics, bold type, quotes. Each function is one pass."""

import re

from arith_synth.grammar import Grammar
from arith_synth.scoring.extraction.lexical import WHITE_SPACE, has_variable, is_program_like

_TAG = re.compile(r"<(/?)answer>", re.IGNORECASE | re.ASCII)
_BOX = re.compile(r"\\f?boxed[ \t]*\{")
_FENCE = "```"
# What cannot be closed is given up at the next opening, so that many openings cost no more than one.
_INLINE_CODE = re.compile(r"(?<!`)`++([^`\n]++)`++")
_MATHEMATICS = re.compile(
    r"\$\$([^$]++)\$\$|\$([^$\n]++)\$|\\\(((?:[^\\]|\\(?![()]))*+)\\\)|\\\[((?:[^\\]|\\(?![\[\]]))*+)\\\]"
)
_BOLD = re.compile(r"\*\*((?:[^*\n]|\*(?!\*))++)\*\*")
_EMPHASIZED = re.compile(r"(\*{1,3}|_{1,3})([^\n]+)\1")
_QUOTED = re.compile(r"(?:[\"“]([^\"“”\n]*)[\"”]|'([^'\n]*)'|‘([^‘’\n]*)’)[ \t]*(?:[.,;}][^\n]*)?")
_OPERATION = re.compile(r"[-+*/×·⋅÷∕−<]|\\[dtc]?frac|\\cdot|\\times|\\div|min|max")


def tagged_answer(text: str, grammar: Grammar) -> str | None:
    """What stands in the last `<answer>` tag; to the end of the text where it is not closed."""
    opened: re.Match[str] | None = None
    closed: re.Match[str] | None = None
    for match in _TAG.finditer(text):
        if not match.group(1):
            opened, closed = match, None
        elif closed is None:
            closed = match
    if opened is None:
        return None
    return text[opened.end() : closed.start() if closed else None]


def boxed_answer(text: str, grammar: Grammar) -> str | None:
    r"""What stands in the last `\boxed{…}`; to the end of the text where it is not closed."""
    boxes = list(_BOX.finditer(text))
    if not boxes:
        return None
    begin, depth = boxes[-1].end(), 1
    for position in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if not depth:
            return text[begin:position]
    return text[begin:]


def code_fence(text: str, grammar: Grammar) -> str | None:
    """What the last code block has that names a variable or has a line like a program; one may run to the end."""
    found: str | None = None
    block: list[str] | None = None  # the lines of the block that is open
    # A line of its own ends a block that is never closed.
    for line in [*text.split("\n"), _FENCE]:
        stripped = line.strip(WHITE_SPACE)
        content: str | None = None
        if block is None and stripped.startswith(_FENCE):
            in_line, closed, _ = stripped.removeprefix(_FENCE).partition(_FENCE)
            if closed:
                content = in_line
            else:
                block = []
        elif block is not None and stripped.startswith(_FENCE):
            content, block = "\n".join(block), None
        elif block is not None:
            block.append(line)
        if content is not None and (
            has_variable(content, grammar) or any(is_program_like(part, grammar) for part in content.split("\n"))
        ):
            found = content
    return found


def inline_code(text: str, grammar: Grammar) -> str | None:
    """The last inline code with an operation on a variable, or the only one that looks like a program."""
    return _last_between(_INLINE_CODE, text, grammar)


def mathematics(text: str, grammar: Grammar) -> str | None:
    """The last mathematics with an operation on a variable, or the only one that looks like a program."""
    return _last_between(_MATHEMATICS, text, grammar)


def bold(text: str, grammar: Grammar) -> str | None:
    """The last bold text with an operation on a variable, or the only one that looks like a program.

    A text that is emphasized as a whole is taken as it is.
    """
    match = _EMPHASIZED.fullmatch(text)
    return match.group(2) if match else _last_between(_BOLD, text, grammar)


def quoted(text: str, grammar: Grammar) -> str | None:
    """A quoted text, without its quotes and what JSON or a sentence has after them."""
    match = _QUOTED.fullmatch(text)
    return next((group for group in match.groups() if group is not None), None) if match else None


def closed_in_line(before: str, rest: str) -> str:
    """The part of `rest` that belongs to its marks, which were opened `before` it in the same line."""
    for runs, mark in ((r"\*\*+", "**"), (r"\$+", "$"), (r"`+", "`")):
        if len(re.findall(runs, before)) % 2:
            rest = rest.partition(mark)[0]
    for opening, closing in ((r"\(", r"\)"), (r"\[", r"\]")):
        if before.count(opening) > before.count(closing):
            rest = rest.partition(closing)[0]
    return rest


def _last_between(pattern: re.Pattern[str], text: str, grammar: Grammar) -> str | None:
    contents = [next(group for group in match.groups() if group is not None) for match in pattern.finditer(text)]
    for content in reversed(contents):
        if has_variable(content, grammar) and _OPERATION.search(content):
            return content
    like = [content for content in contents if is_program_like(content, grammar)]
    return like[0] if len(like) == 1 else None
