"""Result files: written aside and renamed; read as if an enemy had written them.

Bounds of what is read, so that memory and time are bounded before a byte is interpreted: JSON lines of at most
`MAX_FILE_BYTES` in all, `MAX_LINES` and `MAX_LINE_BYTES` each, one at a time; a single document of at most
`MAX_DOCUMENT_BYTES`. Numbers have at most `MAX_INTEGER_DIGITS`, values at most `MAX_NESTING` levels. Only JSON is read;
nothing is ever unpickled, decompressed or looked up. Messages hold no character that a terminal would obey.
"""

import json
import math
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from arith_synth.errors import MetricError

MAX_FILE_BYTES = 1 << 30
MAX_LINE_BYTES = 1 << 22
MAX_LINES = 1 << 20
MAX_DOCUMENT_BYTES = 1 << 24
#: What a file that describes data may hold, far beyond any that is ours.
MAX_INTEGER_DIGITS = 25
MAX_NESTING = 100
#: How files begin that are no JSON, and what they are.
_OTHER_FORMATS = {
    b"\x1f\x8b": "compressed with gzip",
    b"PK\x03\x04": "a zip archive",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"PAR1": "a Parquet file",
    b"\x80": "a pickle, which is never opened",
    b"\xff\xfe": "in UTF-16",
    b"\xfe\xff": "in UTF-16",
    b"\xef\xbb\xbf": "in UTF-8 with a byte order mark",
}


def write_atomically(path: str | os.PathLike[str], content: str | bytes | Iterable[str]) -> None:
    """Write aside, then rename: a reader sees the old file or the whole new one, never a half.

    `content`: a text (UTF-8), bytes, or an iterable of texts. Folders above are made. OSError passes through.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with aside.open("wb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                file.writelines(text.encode("utf-8") for text in ([content] if isinstance(content, str) else content))
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write one indented JSON document; NaN and infinities are refused."""
    write_atomically(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_jsonl(path: str | os.PathLike[str], rows: Iterable[dict[str, Any]]) -> None:
    """Write one JSON object a line, in ASCII: a NUL, a bidi mark or a lone surrogate in a text stays an escape."""
    write_atomically(path, (json.dumps(row, allow_nan=False) + "\n" for row in rows))


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """One JSON object. Raises MetricError when the file is absent, too large or something else."""
    source = Path(path)
    _check_file(source, MAX_DOCUMENT_BYTES)
    return parse_object(source.read_bytes(), printable(str(source)))


def read_jsonl(path: str | os.PathLike[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line's place ("file, line 3", for messages) and its object; blank lines are skipped.

    Raises MetricError, naming the line, for a line that is too long or not one JSON object without duplicate keys.
    """
    source = Path(path)
    _check_file(source, MAX_FILE_BYTES)
    shown = printable(str(source))
    with source.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            if number > MAX_LINES:
                raise MetricError(f"{shown}: more than {MAX_LINES} lines; split the file")
            if not line.strip():
                continue
            place = f"{shown}, line {number}"
            if len(line) > MAX_LINE_BYTES:
                raise MetricError(f"{place}: longer than {MAX_LINE_BYTES} bytes; write one short JSON object a line")
            yield place, parse_object(line, place)


def printable(text: str) -> str:
    """The text with escapes for what is not printed: controls, bidi marks, lone surrogates, other line ends."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def _check_file(source: Path, max_bytes: int) -> None:
    shown = printable(str(source))
    if not source.is_file():
        raise MetricError(f"there is no file {shown}; run the evaluation that writes it, or correct the path")
    n_bytes = source.stat().st_size
    if n_bytes > max_bytes:
        raise MetricError(f"{shown} has {n_bytes} bytes; at most {max_bytes} are read, so split it")
    with source.open("rb") as file:
        start = file.read(max(map(len, _OTHER_FORMATS)))
    for magic, name in _OTHER_FORMATS.items():
        if start.startswith(magic):
            raise MetricError(f"{shown} is {name}; give the JSON itself, in UTF-8")


def parse_object(text: bytes | str, place: str) -> dict[str, Any]:
    """The JSON object that a text is; MetricError, naming its place, for anything else and for duplicate keys.

    Texts in it may hold anything, lone surrogates too; numbers and nesting are bounded as in `parse_json`.
    """
    try:
        value = _plain_value(text)
        _check_levels(value, surrogates=True)
    except ValueError as error:
        raise MetricError(f"{place}: not valid JSON ({_one_line(error)}); write one JSON object in UTF-8") from None
    if not isinstance(value, dict):
        raise MetricError(f"{place}: a JSON {type(value).__name__}, not an object; write it as {{...}}")
    return value


def parse_json(text: bytes | str) -> Any:
    """The value of one JSON text that anyone may have written, so plain that all who handle it need no care.

    Raises ValueError, and nothing else, for bad UTF-8 or JSON, a key that stands twice, NaN and infinities (also as
    1e999), integers of more than `MAX_INTEGER_DIGITS` digits, lone surrogates, and more than `MAX_NESTING` levels.
    """
    value = _plain_value(text)
    _check_levels(value, surrogates=False)
    return value


def _plain_value(text: bytes | str) -> Any:
    """The JSON value; ValueError for bad UTF-8, bad JSON and all that our hooks refuse."""
    try:
        return json.loads(
            text if isinstance(text, str) else text.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_finite,
        )
    except RecursionError:
        raise ValueError(f"nested more than {MAX_NESTING} levels deep") from None


def _check_levels(value: Any, *, surrogates: bool) -> None:
    """Refuse deep nesting, and texts that no file could hold, level by level, since recursion is what is feared."""
    level = [value]
    for _ in range(MAX_NESTING):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner += [*item, *item.values()]
            elif isinstance(item, list):
                inner += item
            elif not surrogates and isinstance(item, str) and not item.isascii():
                item.encode("utf-8")  # UnicodeEncodeError, a ValueError, for a lone surrogate
        if not inner:
            return
        level = inner
    raise ValueError(f"nested more than {MAX_NESTING} levels deep")


def _integer(digits: str) -> int:
    if len(digits.removeprefix("-")) > MAX_INTEGER_DIGITS:
        raise ValueError(f"an integer of more than {MAX_INTEGER_DIGITS} digits")
    return int(digits)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond all floats")
    return number


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _one_line(error: ValueError) -> str:
    return " ".join(str(error).split())[:120]
