"""What a line looks like, by its words and signs alone: which lines may hold a program is told before any is read.

Every test is one pass over the text, so that time is linear in its length.
"""

import re
from functools import cache

from arith_synth.grammar import Grammar
from arith_synth.scoring.extraction.latex import LATEX_COMMANDS
from arith_synth.scoring.extraction.signs import SIGNS

WHITE_SPACE = " \t\r\n"

_SIGN_CHARACTERS = re.escape("+-*/^(){}" + "".join(SIGNS))
_COMMANDS = "|".join(sorted(LATEX_COMMANDS, key=lambda name: (-len(name), name)))
_WORD_ENDS = "(?![A-Za-z_0-9])"


def is_program_like(line: str, grammar: Grammar) -> bool:
    """Whether a line has an operand, and nothing but numbers, the grammar's words, signs and parentheses.

    It need not parse: `4 * x +` is program-like. A period at the end is overlooked.
    """
    line = line.strip(WHITE_SPACE).removesuffix(".")
    return bool(line) and _program_line(grammar).fullmatch(line) is not None


def begins_like_a_program(text: str, grammar: Grammar, start: int, end: int) -> bool:
    """Whether text[start:end] begins, after marks such as quotes, as a program does and a sentence does not."""
    return _beginning(grammar).match(text, start, end) is not None


def has_variable(text: str, grammar: Grammar) -> bool:
    """Whether a variable of the grammar stands in the text as a word, or right after a number."""
    return _variable(grammar).search(text) is not None


def is_prose(text: str, grammar: Grammar) -> bool:
    """Whether two words stand side by side that are not of the grammar."""
    known = known_words(grammar)
    last_end, last_unknown = -1, False
    for match in _WORD.finditer(text):
        unknown = match.group() not in known
        if unknown and last_unknown and not text[last_end : match.start()].strip(" \t,.'’"):
            return True
        last_end, last_unknown = match.end(), unknown
    return False


@cache
def known_words(grammar: Grammar) -> frozenset[str]:
    """The words that programs of the grammar are made of: variables, operators and separators with letters."""
    return frozenset(word for word in (*grammar.symbols, *grammar.infix_marks) if word.isidentifier())


@cache
def signature_pattern(grammar: Grammar) -> str:
    """A pattern for `f(x, y)`, as in text or LaTeX."""
    variables = r"[ \t]*,[ \t]*".join(map(re.escape, grammar.variables))
    return rf"(?<![A-Za-z_0-9\\])f[ \t]*(?:\\left)?\([ \t]*{variables}[ \t]*(?:\\right)?\)"


_WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


@cache
def _program_line(grammar: Grammar) -> re.Pattern[str]:
    words = _alternatives(known_words(grammar))
    marks = re.escape("".join(mark for mark in grammar.infix_marks if not mark.isidentifier()))
    filler = rf"[ \t{_SIGN_CHARACTERS}{marks}]|\\(?:{_COMMANDS})(?![A-Za-z])|\\[,;:! {{}}]"
    operand = rf"[0-9]|\.(?=[0-9])|(?<![A-Za-z_])(?:{words}){_WORD_ENDS}"
    # Possessive: the alternatives differ in their first character, so nothing is gained by going back.
    return re.compile(rf"(?:{filler})*+(?:{operand})(?:{filler}|{operand})*+")


@cache
def _beginning(grammar: Grammar) -> re.Pattern[str]:
    words = _alternatives(known_words(grammar))
    return re.compile(
        r"[ \t*_`$\"'“”‘’(\[{=−-]*+"
        rf"(?:\\[(\[][ \t]*+)?+(?:[0-9]|(?:{words}){_WORD_ENDS}|\\(?:{_COMMANDS}|boxed|[(\[{{,;:! ])"
        # Names that the grammar lacks: called, or operated on.
        rf"|(?!f\()[A-Za-z_][A-Za-z_0-9]*+\(|[A-Za-z][ \t]*+[-+*/×·÷−^]"
        rf"|{signature_pattern(grammar)}|(?:lambda|return){_WORD_ENDS})"
    )


@cache
def _variable(grammar: Grammar) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z_])(?:{_alternatives(frozenset(grammar.variables))}){_WORD_ENDS}")


def _alternatives(words: frozenset[str]) -> str:
    """A pattern for any of the words, and one that matches nothing where there is none."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word))) or r"(?!)"
