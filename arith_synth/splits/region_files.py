"""A user's own axis of support shift, as a TOML file. docs/splits.md shows two."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.grammar.automata import Pattern
from arith_synth.grammar.pattern_files import resolve_pattern
from arith_synth.grammar.toml_files import read_toml
from arith_synth.names import check_name
from arith_synth.spaces.quantization import N_COORDINATES
from arith_synth.splits import support
from arith_synth.splits.axes import AXES, PERMILLE, SPACES, SYNTACTIC, Axis, IntervalRegion, PatternRegion

_MAX_BYTES = 1 << 16
_PATTERN_KEYS = ("name", "title", "pattern")
_INTERVAL_KEYS = ("name", "title", "space", "coordinate", "from", "to", "gap")
#: Part of a config's name, and so of file names and split names.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_TITLE_LENGTH = 200


def axis_from_toml(path: str | os.PathLike[str], grammar: Grammar) -> Axis:
    """The axis in a TOML file: a pattern's programs, or an interval of a coordinate.

    A pattern file is named as seen from the region file. Raises UsageError, one line, for a file that is unreadable or
    describes no region of this grammar.
    """
    document = read_toml(path, "region", _MAX_BYTES, "a region takes a few lines")
    try:
        return _axis_of(document, Path(path).parent, grammar)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error


def check_axes(axes: tuple[Axis, ...]) -> None:
    """UsageError when an axis has the name of another one, built in or given, or two patterns share a name."""
    names = [axis.name for axis in AXES]
    configs = {*support.SPLITS, *(config for axis in AXES for config in axis.splits)}
    patterns: dict[str, Pattern] = {}
    for axis in axes:
        if axis.name in names:
            raise UsageError(f"region {axis.name!r} is there already; give each region its own name")
        names.append(axis.name)
        if configs & set(axis.splits):
            raise UsageError(f"a region cannot be called {axis.name!r}: config {axis.config} is another one")
        configs |= set(axis.splits)
        if isinstance(axis.region, PatternRegion):
            pattern = axis.region.pattern
            if patterns.setdefault(pattern.name, pattern) != pattern:
                raise UsageError(f"two patterns are called {pattern.name!r}; give each its own name")


def _axis_of(document: Mapping[str, Any], folder: Path, grammar: Grammar) -> Axis:
    keys = _PATTERN_KEYS if "pattern" in document else _INTERVAL_KEYS
    for key in document:
        check_name("key", key, keys, error=UsageError)
    for key in keys:
        if key not in document and key != "gap":
            raise UsageError(f"the key {key!r} is missing; a region has {', '.join(keys)}")
    name, title = document["name"], document["title"]
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name.endswith("_control"):
        raise UsageError(f"{str(name)[:60]!r} is no name of a region; use up to 40 of a-z, 0-9 and _, a letter first")
    if not isinstance(title, str) or not title.isprintable() or not 1 <= len(title) <= _TITLE_LENGTH:
        raise UsageError(f"'title' must be a text in quotes, one line of at most {_TITLE_LENGTH} characters")
    if "pattern" in document:
        return Axis(name=name, title=title, space=SYNTACTIC, region=_pattern(document["pattern"], folder, grammar))
    space = document["space"]
    check_name("space", str(space), SPACES, error=UsageError)
    return Axis(name=name, title=title, space=space, region=_interval(document))


def _pattern(value: Any, folder: Path, grammar: Grammar) -> PatternRegion:
    if not isinstance(value, str):
        raise UsageError("'pattern' must be a text in quotes: a name, a shape like ((..)(..)), or a pattern file")
    text = str(folder / value) if value.endswith(".toml") else value
    return PatternRegion(pattern=resolve_pattern(text, grammar))


def _interval(document: Mapping[str, Any]) -> IntervalRegion:
    coordinate = document["coordinate"]
    if not isinstance(coordinate, int) or isinstance(coordinate, bool) or not 0 <= coordinate < N_COORDINATES:
        raise UsageError(f"'coordinate' must be a whole number within 0..{N_COORDINATES - 1}")
    start, stop = _permille(document["from"], "from"), _permille(document["to"], "to")
    gap = _permille(document.get("gap", 0), "gap")
    if start >= stop or (start == 0 and stop == PERMILLE):
        raise UsageError("'from' must be below 'to', and the two must leave something for training")
    return IntervalRegion(coordinate=coordinate, start=start, stop=stop, gap=gap)


def _permille(value: Any, key: str) -> int:
    """A quantile in thousandths."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise UsageError(f"{key!r} must be a number within 0..1")
    permille = round(value * PERMILLE)
    if abs(permille - value * PERMILLE) > 1e-6:
        raise UsageError(f"{key!r} must be given to a thousandth, not {value}")
    return permille
