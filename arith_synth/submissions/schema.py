"""The published JSON Schema of submission.json, and what of a document breaks it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

SCHEMA_FILE = Path(__file__).parent / "schema.json"
#: Looked at before the schema, which compares the items of a list with each other.
MAX_MEMBERS = 200
MAX_TEXT_CHARACTERS = 2000
_MAX_PROBLEMS = 5
_MAX_SHOWN = 120


def schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    return json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def schema_problems(value: Any) -> list[str]:
    """What breaks the schema, at most `_MAX_PROBLEMS` lines "at place: reason"; none when nothing does.

    Beyond the schema, every text must be printable: no line ends, no NUL, nothing that turns the direction of writing.
    """
    if crowded := _crowded(value):
        return [crowded]
    problems: list[str] = []
    for error in _validator().iter_errors(value):
        problems.append(f"{_place(error.absolute_path)}: {_one_line(error.message)}")
        if len(problems) == _MAX_PROBLEMS:
            break
    return problems


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator, validators  # here: only readers need it

    # The schema language takes 1.0 for an integer; what counts with it does not.
    kinds = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    return validators.extend(Draft202012Validator, type_checker=kinds)(schema())


def _crowded(value: Any) -> str | None:
    """The first thing that is too long to be looked at, or is no text for people, in a value of bounded depth."""
    level: list[tuple[str, Any]] = [("", value)]
    while level:
        inner: list[tuple[str, Any]] = []
        for place, item in level:
            if isinstance(item, str):
                if len(item) > MAX_TEXT_CHARACTERS:
                    return f"{place or 'the document'}: a text of {len(item)} characters; at most {MAX_TEXT_CHARACTERS}"
                if not item.isprintable():
                    return f"{place or 'the document'}: a text with characters that cannot be printed; remove them"
            elif isinstance(item, dict | list):
                if len(item) > MAX_MEMBERS:
                    return f"{place or 'the document'}: {len(item)} members; at most {MAX_MEMBERS}"
                pairs = item.items() if isinstance(item, dict) else enumerate(item)
                for key, member in pairs:
                    if isinstance(key, str):
                        inner.append((f"a name in {place or 'the document'}", key))
                    inner.append((f"{place}.{str(key)[:40]}".lstrip("."), member))
        level = inner
    return None


def _place(path: Any) -> str:
    return _one_line(".".join(str(part) for part in path)) or "the document"


def _one_line(text: str) -> str:
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= _MAX_SHOWN else line[: _MAX_SHOWN - 1] + "…"
