"""The regions of the support configs beyond the headline: those that the data version has, and a user's own.

A region is what build.json says of it under `axes`. Of those that are built in, the audit knows the definition; of a
user's own it takes definition and title from build.json, and works out the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from arith_synth.errors import UsageError
from arith_synth.grammar.automata import Pattern
from arith_synth.grammar.patterns import DENOMINATOR, DEPTH, DIVISIONS, NESTING, PATTERNS, STRAHLER
from arith_synth.splits.audit.folder import Folder
from arith_synth.splits.audit.report import short

#: Every axis has a control, whose name ends so.
CONTROL_SUFFIX = "_control"
_PREFIX = "support_shift_"
_SLACK = 1
_PERMILLE = 1000
_N_COORDINATES = 16
_SPACES = ("syntactic", "semantic")


@dataclass(frozen=True, kw_only=True)
class AxisRegion:
    """The region of one axis, `support_shift_<name>`: a pattern, an interval of a coordinate (`permille` of the corpus,
    with gaps on both sides), or the largest size when it has neither."""

    config: str
    title: str
    space: str
    pattern: Pattern | None = None
    coordinate: int | None = None
    permille: tuple[int, int] = (0, _PERMILLE)
    gap_permille: int = 0

    @property
    def splits(self) -> dict[str, tuple[str, ...]]:
        """The splits of both configs, in the order of publication."""
        return {
            self.config: ("train", "validation", "test", f"test_{self.space}"),
            self.config + CONTROL_SUFFIX: ("train", "validation"),
        }

    def ends(self, coordinate: np.ndarray) -> dict[str, int]:
        """The four ends of an interval, as order statistics of the corpus's coordinate int64[n]."""
        ordered, n = np.sort(coordinate), len(coordinate)
        start, stop = self.permille

        def at(permille: int) -> int:
            if permille >= _PERMILLE:
                return int(ordered[-1]) + 1
            return int(ordered[n * max(0, permille) // _PERMILLE])

        places = {
            "gap_from": start - self.gap_permille,
            "from": start,
            "below": stop,
            "gap_below": stop + self.gap_permille,
        }
        return {name: at(permille) for name, permille in places.items()}

    def asked(self) -> dict[str, Any]:
        """What build.json says of the region, but for what follows from the corpus."""
        common = {"space": self.space, "title": self.title}
        if self.pattern is not None:
            automaton = {
                "states": list(self.pattern.states),
                "leaf_state": self.pattern.leaf_state,
                "accepting": sorted(self.pattern.accepting),
                "transitions": {operator: _lists(table) for operator, table in self.pattern.transitions.items()},
            }
            return common | {
                "kind": "pattern",
                "pattern": self.pattern.name,
                "slack": _SLACK,
                "automaton": automaton,
            }
        if self.coordinate is None:
            return common | {"kind": "size"}
        return common | {
            "kind": "interval",
            "coordinate": self.coordinate,
            "permille": [*self.permille],
            "gap_permille": self.gap_permille,
        }


def _of_pattern(pattern: Pattern) -> AxisRegion:
    return AxisRegion(config=_PREFIX + pattern.name, title=pattern.title, space="syntactic", pattern=pattern)


#: The axes of the data version, in the order of publication.
BUILT_IN: tuple[AxisRegion, ...] = (
    *map(_of_pattern, (DENOMINATOR, DIVISIONS, NESTING, DEPTH)),
    AxisRegion(config="support_shift_size", title="size equal to max_size", space="syntactic"),
    AxisRegion(
        config="support_shift_coordinate",
        title="the top fifth of the first syntactic coordinate",
        space="syntactic",
        coordinate=0,
        permille=(800, 1000),
    ),
    AxisRegion(
        config="support_shift_semantic_band",
        title="the middle fifth of the first semantic coordinate",
        space="semantic",
        coordinate=0,
        permille=(400, 600),
        gap_permille=25,
    ),
)


def axis_regions(build: Mapping[str, Any]) -> tuple[list[AxisRegion], list[str]]:
    """The axes of which a dataset has a config, built-in ones first; and what is wrong with a user's own."""
    configs, regions = build["configs"], []
    problems: list[str] = []
    for region in BUILT_IN:
        if any(config in configs for config in region.splits):
            regions.append(region)
    known = {region.config for region in BUILT_IN}
    asked = build.get("user_regions", {})
    if not isinstance(asked, dict):
        return regions, ["build.json: user_regions is no object"]
    for config, entry in asked.items():
        parsed = _parsed(config, entry) if config not in known else "is a config of the data version"
        if isinstance(parsed, AxisRegion):
            regions.append(parsed)
        else:
            problems.append(f"build.json: the region of {short(config)} {parsed}")
    return regions, problems


def axis_of(config: str, regions: Sequence[AxisRegion]) -> AxisRegion | None:
    """The region of a config or of its control; None for a config of no axis."""
    return next((region for region in regions if config in region.splits), None)


def patterns_of(folder: Folder) -> tuple[Pattern, ...]:
    """The patterns that the corpus says the forced classes of: the headline's, and those of the folder's axes."""
    found = {STRAHLER.name: STRAHLER}
    for region in axis_regions(folder.build)[0]:
        if region.pattern is not None and _fits(region.pattern, folder):
            found[region.pattern.name] = region.pattern
    return tuple(found.values())


def _fits(pattern: Pattern, folder: Folder) -> bool:
    try:
        for operator in folder.grammar.operators:
            pattern.table(operator)
    except UsageError:
        return False
    return True


def _parsed(config: str, entry: Any) -> AxisRegion | str:
    """A user's own region, or what is wrong with it."""
    if not (config.startswith(_PREFIX) and config.isidentifier() and not config.endswith(CONTROL_SUFFIX)):
        return f"has no name of the form {_PREFIX}<name>"
    if not isinstance(entry, dict) or entry.get("space") not in _SPACES or not isinstance(entry.get("title"), str):
        return "has no space and title"
    common = {"config": config, "space": entry["space"], "title": entry["title"]}
    try:
        if entry.get("kind") == "pattern":
            region = AxisRegion(**common, pattern=_pattern(entry))
        elif entry.get("kind") == "interval":
            region = AxisRegion(**common, **_interval(entry))
        else:
            return "is neither a pattern nor an interval"
    except (UsageError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        return f"cannot be read ({short(str(error))})"
    return region if region.asked() == entry else f"is {short(entry)}, which cannot be read as a region"


def _pattern(entry: Mapping[str, Any]) -> Pattern:
    """The pattern of a user's region; the named one where it is that, under whatever title."""
    automaton = entry["automaton"]
    pattern = Pattern(
        name=entry["pattern"],
        title=entry["title"],
        states=tuple(automaton["states"]),
        leaf_state=automaton["leaf_state"],
        accepting=frozenset(automaton["accepting"]),
        transitions={operator: _tuples(table) for operator, table in automaton["transitions"].items()},
    )
    named = PATTERNS.get(pattern.name)
    return named if named is not None and replace(named, title=pattern.title) == pattern else pattern


def _interval(entry: Mapping[str, Any]) -> dict[str, Any]:
    start, stop = entry["permille"]
    numbers = (entry["coordinate"], start, stop, entry["gap_permille"])
    if any(type(number) is not int for number in numbers):
        raise ValueError("its numbers are not whole")
    if not (0 <= numbers[0] < _N_COORDINATES and 0 <= start < stop <= _PERMILLE and 0 <= numbers[3] <= _PERMILLE):
        raise ValueError("its numbers are out of range")
    return {"coordinate": numbers[0], "permille": (start, stop), "gap_permille": numbers[3]}


def _lists(table: Any) -> Any:
    return table if isinstance(table, int) else [_lists(entry) for entry in table]


def _tuples(table: Any) -> Any:
    return tuple(_tuples(entry) for entry in table) if isinstance(table, list) else table
