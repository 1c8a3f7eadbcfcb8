"""Regions as `build.json` keeps them: as they were asked for, and with what they came to on a corpus."""

from collections.abc import Mapping
from typing import Any

from arith_synth.enumeration.corpus import SLACK
from arith_synth.errors import DatasetError, UsageError
from arith_synth.grammar.automata import Pattern, Table
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.axes import PREFIX, Axis, IntervalRegion, PatternRegion, SizeRegion, interval_ends


def region_request(axis: Axis) -> dict[str, Any]:
    """The region as it was asked for, whatever the corpus."""
    region = axis.region
    common = {"space": axis.space, "kind": region.kind, "title": axis.title}
    if isinstance(region, PatternRegion):
        return common | {"pattern": region.pattern.name, "slack": SLACK, "automaton": automaton_facts(region.pattern)}
    if isinstance(region, SizeRegion):
        return common
    return common | {
        "coordinate": region.coordinate,
        "permille": [region.start, region.stop],
        "gap_permille": region.gap,
    }


def region_definition(axis: Axis, atlas: Atlas) -> dict[str, Any]:
    """The region as `build.json` keeps it: enough to decide membership from the published files alone."""
    request = region_request(axis)
    if isinstance(axis.region, SizeRegion):
        return request | {"size": atlas.corpus.max_size}
    if isinstance(axis.region, IntervalRegion):
        names = ("gap_from", "from", "below", "gap_below")
        return request | dict(zip(names, interval_ends(axis, atlas), strict=True))
    return request


def automaton_facts(pattern: Pattern) -> dict[str, Any]:
    """A pattern as plain data, its tables nested one level an operand."""
    return {
        "states": list(pattern.states),
        "leaf_state": pattern.leaf_state,
        "accepting": sorted(pattern.accepting),
        "transitions": {operator: _as_lists(table) for operator, table in pattern.transitions.items()},
    }


def _as_lists(table: Any) -> Any:
    return table if isinstance(table, int) else [_as_lists(entry) for entry in table]


def axis_of_request(config: str, request: Mapping[str, Any]) -> Axis:
    """The axis that `region_request` wrote; DatasetError when it describes none."""
    try:
        if request["kind"] == "pattern":
            region = PatternRegion(pattern=_pattern(request))
        else:
            start, stop = request["permille"]
            region = IntervalRegion(
                coordinate=request["coordinate"], start=start, stop=stop, gap=request["gap_permille"]
            )
        return Axis(name=config.removeprefix(PREFIX), title=request["title"], space=request["space"], region=region)
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise DatasetError(
            f"build.json describes no region of config {config} ({error}); rebuild the folder: arith-synth build"
        ) from error


def _pattern(request: Mapping[str, Any]) -> Pattern:
    automaton = request["automaton"]
    return Pattern(
        name=request["pattern"],
        title=request["title"],
        states=tuple(automaton["states"]),
        leaf_state=automaton["leaf_state"],
        accepting=frozenset(automaton["accepting"]),
        transitions={operator: _as_tuples(table) for operator, table in automaton["transitions"].items()},
    )


def _as_tuples(table: Any) -> Table:
    return table if isinstance(table, int) else tuple(_as_tuples(entry) for entry in table)
