"""The two notations a model can write in. Prefix needs no parentheses, and its end follows from its symbols."""

from collections.abc import Callable

from arith_synth.errors import UnknownNameError
from arith_synth.grammar import Expression, Grammar, parse_infix, parse_prefix, to_infix, to_prefix

_WRITERS: dict[str, Callable[[Expression], str]] = {"prefix": to_prefix, "infix": to_infix}
_READERS: dict[str, Callable[[str, Grammar], Expression]] = {"prefix": parse_prefix, "infix": parse_infix}

NOTATIONS = tuple(_WRITERS)


def write_program(expression: Expression, notation: str) -> str:
    """The canonical text of an expression in `notation`. Raises UnknownNameError for an unknown notation."""
    return _WRITERS[_checked(notation)](expression)


def read_program(text: str, notation: str, grammar: Grammar) -> Expression:
    """The expression that a text in `notation` denotes. Raises ParseError when it denotes none."""
    return _READERS[_checked(notation)](text, grammar)


def _checked(notation: str) -> str:
    if notation not in _WRITERS:
        raise UnknownNameError(f"unknown notation {notation!r}; choose one of {', '.join(NOTATIONS)}")
    return notation
