"""Reading programs. The texts are hostile: no recursion, no `eval`, bounded length, one-line errors."""

import re
from functools import cache

from arith_synth.errors import ParseError
from arith_synth.grammar.expressions import Expression
from arith_synth.grammar.grammars import Grammar
from arith_synth.grammar.operators import OPERATORS
from arith_synth.grammar.reading import InfixReader

#: A completion that is longer is not parsed at all.
MAX_CHARACTERS = 256
MAX_LEAVES = 32

_TOKEN = re.compile(r"[ \t]*(?:([A-Za-z_][A-Za-z_0-9]*|[0-9]+)|([^ \t]))")


def parse_infix(text: str, grammar: Grammar) -> Expression:
    """The expression that an infix text denotes.

    Spaces and superfluous parentheses are free. Raises ParseError for any other deviation, for a text
    of more than `MAX_CHARACTERS` characters and for a program of more than `MAX_LEAVES` leaves.
    """
    reader = InfixReader(grammar)
    for token in _tokens(text, grammar):
        reader.take(token)
    return _checked(reader.finish())


def parse_prefix(text: str, grammar: Grammar) -> Expression:
    """The expression that a prefix text (symbols between spaces) denotes; ParseError as `parse_infix`."""
    _check_length(text)
    symbols = text.split(" ") if text else []
    for symbol in symbols:
        if symbol not in grammar.symbols:
            raise ParseError(
                f"{symbol[:20]!r} is not a symbol of grammar {grammar.name}; use {' '.join(grammar.symbols)}"
            )
    return _checked(symbols)


def _check_length(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise ParseError(f"the program has {len(text)} characters; at most {MAX_CHARACTERS} are read")


def _checked(symbols: list[str]) -> Expression:
    n_leaves = sum(symbol not in OPERATORS for symbol in symbols)
    if n_leaves > MAX_LEAVES:
        raise ParseError(f"the program has {n_leaves} leaves; at most {MAX_LEAVES} are allowed")
    return Expression(tuple(symbols))


@cache
def _infix_tokens(grammar: Grammar) -> frozenset[str]:
    return frozenset((*grammar.symbols, *grammar.infix_marks))


def _tokens(text: str, grammar: Grammar) -> list[str]:
    _check_length(text)
    known = _infix_tokens(grammar)
    tokens: list[str] = []
    position = 0
    stripped = text.rstrip(" \t")
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        assert match is not None  # the second alternative takes any character
        word, other = match.groups()
        if word is not None and word not in known:
            raise ParseError(
                f"{word[:20]!r} is not in grammar {grammar.name}; its leaves are {' '.join(grammar.leaves)}"
            )
        if other is not None and other not in known:
            raise ParseError(f"{other!r} at character {match.start(2) + 1} is not in grammar {grammar.name}")
        tokens.append(match.group().lstrip(" \t"))
        position = match.end()
    return tokens
