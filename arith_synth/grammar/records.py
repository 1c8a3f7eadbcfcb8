"""A grammar as a JSON record: what a model's `config.json` says of the grammar that it was made for."""

from typing import Any

from arith_synth.errors import GrammarError
from arith_synth.grammar.grammars import Grammar

_LISTS = ("variables", "constants", "operators")


def grammar_record(grammar: Grammar) -> dict[str, Any]:
    """The record of a grammar: its name, and three lists."""
    return {"name": grammar.name, **{field: list(getattr(grammar, field)) for field in _LISTS}}


def grammar_from_record(record: object) -> Grammar:
    """The grammar that a record defines, which may come from anywhere. Raises GrammarError when it defines none."""
    if not isinstance(record, dict) or set(record) != {"name", *_LISTS}:
        raise GrammarError(f"a grammar must have name, {', '.join(_LISTS)}, and no other field")
    name, lists = record["name"], [record[field] for field in _LISTS]
    if not (isinstance(name, str) and all(isinstance(values, list | tuple) for values in lists)):
        raise GrammarError("a grammar must be a name and three lists")
    variables, constants, operators = map(tuple, lists)
    if not all(isinstance(symbol, str) for symbol in (*variables, *operators)):
        raise GrammarError("a grammar's variables and operators must be texts")
    return Grammar(name=name, variables=variables, constants=constants, operators=operators)
