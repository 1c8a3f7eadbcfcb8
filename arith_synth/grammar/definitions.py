"""A user's own grammar, given as a TOML file."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from arith_synth.errors import GrammarError
from arith_synth.grammar.grammars import NAMED_GRAMMARS, Grammar, grammar_named

#: A definition is a few lines; a longer file is something else.
_MAX_BYTES = 1 << 16
#: A grammar's name becomes part of file names and of published columns.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_KEYS = ("name", "variables", "constants", "operators")


def resolve_grammar(text: str) -> Grammar:
    """The grammar that a user means: a named one, or the one in a file whose path ends in `.toml`.

    Raises GrammarError for an unknown name and for a file that defines no grammar.
    """
    return grammar_from_toml(text) if text.endswith(".toml") else grammar_named(text)


def grammar_from_toml(path: str | os.PathLike[str]) -> Grammar:
    """The grammar that a TOML file defines.

    Keys: `name` (the file's stem when there is none), `variables` (texts), `constants` (integers), `operators` (texts;
    the four arithmetic ones when there are none). GrammarError, in one line, for anything else.
    """
    source = Path(path)
    definition = _read(source)
    for key in definition:
        if key not in _KEYS:
            raise GrammarError(f"{source}: unknown key {key!r}; use {', '.join(_KEYS)}")
    name = definition.get("name", source.stem)
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise GrammarError(
            f"{source}: the grammar's name {name!r} is no safe file name; "
            "give it one of at most 64 ASCII letters, digits, - and _, beginning with a letter or digit"
        )
    fields = {key: _list(definition, key, str, "texts", source) for key in ("variables", "operators")}
    if "operators" not in definition:
        del fields["operators"]
    grammar = Grammar(name=name, constants=_list(definition, "constants", int, "integers", source), **fields)
    if NAMED_GRAMMARS.get(name, grammar) != grammar:
        raise GrammarError(f"{source}: {name} is the name of another grammar that comes with the package; rename yours")
    return grammar


def _read(source: Path) -> dict[str, Any]:
    if not source.is_file():
        raise GrammarError(f"there is no grammar file {source}; write one, or name one of {', '.join(NAMED_GRAMMARS)}")
    if source.stat().st_size > _MAX_BYTES:
        raise GrammarError(f"{source} has more than {_MAX_BYTES} bytes; a grammar is a few lines of TOML")
    try:
        return tomllib.loads(source.read_bytes().decode("utf-8"))
    except RecursionError:
        raise GrammarError(f"{source}: nested too deeply; a grammar is a few flat lines of TOML") from None
    except ValueError as error:  # bad TOML, bad UTF-8, an integer of too many digits
        raise GrammarError(f"{source}: not valid TOML ({_one_line(error)}); correct it") from None


def _list(definition: dict[str, Any], key: str, kind: type, plural: str, source: Path) -> tuple[Any, ...]:
    values = definition.get(key, [])
    if not isinstance(values, list):
        raise GrammarError(f"{source}: {key} must be a list of {plural}, as in {key} = [{_EXAMPLES[key]}]")
    for value in values:
        if not isinstance(value, kind) or isinstance(value, bool):
            raise GrammarError(f"{source}: {key} must be {plural}, not {str(value)[:40]!r}; as in [{_EXAMPLES[key]}]")
    return tuple(values)


_EXAMPLES = {"variables": '"x", "y"', "constants": "1, 2, 3", "operators": '"+", "*"'}


def _one_line(error: ValueError) -> str:
    return " ".join(str(error).split())[:120]
