"""The program that a completion means, and the rules by which it was found."""

from dataclasses import dataclass

from arith_synth.errors import ParseError
from arith_synth.grammar import Expression, Grammar, parse_infix

#: A longer completion is not looked into.
MAX_COMPLETION_CHARACTERS = 1 << 14
#: Around a completion it means nothing, and models end their answers with it.
_WHITE_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProgram:
    """A program and the names of the rules that found it, joined by " + ", None when the text itself is the program."""

    expression: Expression
    rule: str | None = None


def read_completion(text: str, grammar: Grammar, *, strict: bool = False) -> ReadProgram:
    """The program that a completion means.

    A text that is a program, white space around it aside, means itself: no rule looks at it. `strict` reads nothing
    else. Otherwise the first rule of the table that applies makes another text of it, and so on: one candidate, by the
    form of the text alone. Nothing is executed, and time is linear in the length. Raises ParseError with the reason
    when no program is found.
    """
    if len(text) > MAX_COMPLETION_CHARACTERS:
        raise ParseError(f"the completion has {len(text)} characters; at most {MAX_COMPLETION_CHARACTERS} are read")
    text = text.strip(_WHITE_SPACE)
    if strict:
        return ReadProgram(expression=parse_infix(text, grammar))
    try:
        return ReadProgram(expression=parse_infix(text, grammar))
    except ParseError:
        # Compiles some thirty patterns: only when a text is no program.
        from arith_synth.scoring.extraction.extracting import extracted
    expression, rule = extracted(text.replace("\r\n", "\n"), grammar)
    return ReadProgram(expression=expression, rule=rule)
