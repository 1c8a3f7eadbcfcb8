"""A user's own pattern, as a TOML file. docs/patterns.md shows one."""

import os
from typing import Any

from arith_synth.errors import UsageError
from arith_synth.grammar.automata import ANY, Pattern, Table
from arith_synth.grammar.grammars import Grammar
from arith_synth.grammar.patterns import PATTERNS, pattern_named, shape_pattern
from arith_synth.grammar.toml_files import read_toml
from arith_synth.names import check_name

#: A row of an operator of four operands has 4,096 entries when there are 8 states; a longer file is something else.
_MAX_BYTES = 1 << 20

_KEYS = ("name", "title", "states", "leaf", "accepting", "transitions")


def resolve_pattern(text: str, grammar: Grammar | None = None) -> Pattern:
    """The pattern that a text denotes: a name, a path that ends in `.toml`, or a shape like `((..)(..))`.

    Raises UsageError (UnknownNameError for a name) when there is none, or when it has no row for one of the
    grammar's operators.
    """
    if text.endswith(".toml"):
        pattern = pattern_from_toml(text)
    elif text.startswith("("):
        pattern = shape_pattern(text)
    else:
        pattern = pattern_named(text)
    for operator in grammar.operators if grammar is not None else ():
        pattern.table(operator)
    return pattern


def pattern_from_toml(path: str | os.PathLike[str]) -> Pattern:
    """The pattern in a TOML file. Raises UsageError for a file that is unreadable or describes none."""
    document = read_toml(path, "pattern", _MAX_BYTES, "no pattern of 8 states is as long")
    try:
        return _pattern_of(document)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error


def _pattern_of(document: dict[str, Any]) -> Pattern:
    for key in document:
        check_name("key", key, _KEYS, error=UsageError)
    for key in _KEYS:
        if key not in document:
            raise UsageError(f"the key {key!r} is missing; a pattern has {', '.join(_KEYS)}")
    name, leaf, rows = _text(document, "name"), _text(document, "leaf"), document["transitions"]
    states = _texts(document, "states")
    if not (name.isascii() and name.isidentifier() and len(name) <= 64):
        raise UsageError(f"{name!r} is no name of a pattern; use up to 64 letters, digits and _")
    if name in PATTERNS:
        raise UsageError(f"{name!r} is the name of a built-in pattern; choose another")
    if not isinstance(rows, dict) or not rows:
        raise UsageError(f"[transitions] must be a table with at least one row; write the row {ANY!r}")
    return Pattern(
        name=name,
        title=_text(document, "title"),
        states=states,
        leaf_state=_number_of(leaf, states),
        accepting=frozenset(_number_of(state, states) for state in _texts(document, "accepting")),
        transitions={operator: _table(row, states, operator) for operator, row in rows.items()},
    )


def _text(document: dict[str, Any], key: str) -> str:
    value = document[key]
    if not isinstance(value, str):
        raise UsageError(f"{key!r} must be a text in quotes")
    return value


def _texts(document: dict[str, Any], key: str) -> tuple[str, ...]:
    value = document[key]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{key!r} must be a list of state names in quotes")
    return tuple(value)


def _number_of(state: str, states: tuple[str, ...]) -> int:
    check_name("state", state, states, error=UsageError)
    return states.index(state)


def _table(row: Any, states: tuple[str, ...], operator: str) -> Table:
    """Names to numbers; whether the nesting is right is checked by Pattern."""
    if isinstance(row, str):
        return _number_of(row, states)
    if isinstance(row, list):
        return tuple(_table(entry, states, operator) for entry in row)
    raise UsageError(f"row {operator!r} must be lists of state names in quotes, nested once for each operand")
