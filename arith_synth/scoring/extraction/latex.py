r"""LaTeX as plain text: `\frac{x}{y + 1}` is `((x)/(y + 1))`. One pass with a stack, no recursion."""

import re

from arith_synth.errors import ParseError
from arith_synth.grammar import Grammar

#: What a command stands for; those of `_FRACTIONS` and `_UPRIGHT` take operands instead.
_PLAIN: dict[str, str] = {
    **dict.fromkeys(("cdot", "times", "ast"), "*"),
    "div": "/",
    "lt": "<",
    "min": " min",
    "max": " max",
    **dict.fromkeys(("quad", "qquad"), " "),
    **dict.fromkeys(("left", "right", "big", "Big", "bigg", "Bigg", "displaystyle"), ""),
    **dict.fromkeys(("bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr"), ""),
    **dict.fromkeys((",", ";", ":", "!", " ", "\\"), " "),
    "{": "(",
    "}": ")",
}
_FRACTIONS = frozenset(("frac", "dfrac", "tfrac", "cfrac"))
_UPRIGHT = frozenset(("text", "mathrm", "operatorname"))

#: The commands that a program may have, without those that are no words.
LATEX_COMMANDS = frozenset(name for name in (*_PLAIN, *_FRACTIONS, *_UPRIGHT) if name.isalpha())

_TOKEN = re.compile(r"\\([A-Za-z]+|.)|(.)", re.DOTALL)

# What a '{' begins, by what comes at its '}'.
_GROUP, _NUMERATOR, _DENOMINATOR, _WORD = ")", ")/", "))", " "


def plain_latex(text: str, grammar: Grammar) -> str | None:
    r"""One line without LaTeX; braces become parentheses, so that nothing binds otherwise than it is seen to.

    Raises ParseError for a command that has no meaning here, such as `\sqrt`, and for braces that do not match.
    """
    if "\n" in text or not any(mark in text for mark in "\\{}"):
        return None
    plain: list[str] = []
    open_braces: list[str] = []
    awaited: str | None = None  # the operand that must come next
    for match in _TOKEN.finditer(text):
        command, character = match.groups()
        if awaited is not None and character != "{":
            if character in (" ", "\t"):
                continue
            if awaited == _WORD or character is None or not (character.isascii() and character.isalnum()):
                raise ParseError(f"a LaTeX command lacks an operand at character {match.start() + 1}; add it in braces")
            # `\frac12`: without braces an operand is one character.
            plain.append(f"({character}/" if awaited == _NUMERATOR else f"{character})")
            awaited = _DENOMINATOR if awaited == _NUMERATOR else None
        elif character == "{":
            open_braces.append(awaited or _GROUP)
            plain.append({_NUMERATOR: "((", _WORD: " "}.get(awaited or _GROUP, "("))
            awaited = None
        elif character == "}":
            if not open_braces:
                raise ParseError("'}' closes nothing; remove it")
            closed = open_braces.pop()
            plain.append(closed)
            awaited = _DENOMINATOR if closed == _NUMERATOR else None
        elif character is not None:
            plain.append(character)
        elif command in _FRACTIONS or command in _UPRIGHT:
            awaited = _NUMERATOR if command in _FRACTIONS else _WORD
        elif command in _PLAIN:
            plain.append(_PLAIN[command])
        else:
            raise ParseError(f"the LaTeX command {command[:20]!r} is not in grammar {grammar.name}; write plain text")
    if open_braces or awaited is not None:
        raise ParseError("the LaTeX ends within a command or a brace; write it to its end")
    return "".join(plain).strip(" \t")
