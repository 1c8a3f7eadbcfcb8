"""Why no program was found, where there is more to say than the parser says."""

import re
from dataclasses import dataclass

from arith_synth.errors import ParseError
from arith_synth.grammar import MAX_CHARACTERS, Grammar, parse_infix
from arith_synth.scoring.extraction.lexical import is_prose


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A notation that means no program: `reason` names it, `advice` follows after a semicolon; `example` has it."""

    name: str
    pattern: re.Pattern[str]
    reason: str
    advice: str
    example: str


REFUSALS: tuple[Refusal, ...] = (
    Refusal(
        name="power",
        pattern=re.compile(r"\*\*|[\^⁰¹²³⁴-⁹]"),
        reason="a power is not in grammar {grammar}",
        advice="write a product",
        example="x ** 2",
    ),
    Refusal(
        name="floor_division",
        pattern=re.compile(r"//"),
        reason="division that rounds ('//') is not in grammar {grammar}",
        advice="write '/'",
        example="x // y",
    ),
    Refusal(
        name="decimal_number",
        pattern=re.compile(r"[0-9]\.[0-9]|\.[0-9]"),
        reason="a decimal number is not in grammar {grammar}",
        advice="write a quotient of integers",
        example="0.5 * x",
    ),
)

NO_PROGRAM = "no program found; write the program alone, or after 'answer:'"


def refusal_of(text: str, grammar: Grammar, *, placed: bool) -> ParseError:
    """The error for a text that is no program after all rules; `placed`: a rule said that the program stands here."""
    try:
        parse_infix(text, grammar)
    except ParseError as error:
        if not text or "\n" in text or (not placed and is_prose(text, grammar)):
            return ParseError(NO_PROGRAM)
        if len(text) <= MAX_CHARACTERS:
            for refusal in REFUSALS:
                if refusal.pattern.search(text):
                    return ParseError(f"{refusal.reason.format(grammar=grammar.name)}; {refusal.advice}")
        return error
    raise AssertionError("a text that is a program is not refused")
