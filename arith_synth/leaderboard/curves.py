"""Accuracy against the distance to training: one drawing a space, one curve a split, as SVG that follows the theme."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from arith_synth.leaderboard.wording import count, percent
from arith_synth.markup import Markup, element

#: Of the score's breakdown, and how each is called.
DISTANCES = {
    "syntactic_distance": "syntactic distance to the nearest training program",
    "semantic_distance": "semantic distance to the nearest training program",
}
_WIDTH, _HEIGHT = 360, 290
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 346, 10, 242
#: Below this share of the largest distance all is drawn at the left edge, 0 too.
_DECADES = 4


def distance_figure(scores: Mapping[str, Mapping[str, Any]]) -> Markup:
    """The drawings of some scores by split, a legend and what they show."""
    splits = [split for split in scores if any(scores[split].get("by_distance", {}).get(name) for name in DISTANCES)]
    if not splits:
        return element("p", "These scores have no distances to training.")
    legend = [
        element("span", _key(place), f" {split} (n = {count(scores[split]['n'])})", class_="key")
        for place, split in enumerate(splits)
    ]
    drawings = [_drawing(name, title, {split: scores[split] for split in splits}) for name, title in DISTANCES.items()]
    said = (
        "Accuracy (pass@1) by fifths of the tasks of each split in order of distance. Across: the distances of a fifth "
        "(logarithmic scale; the smallest, and 0, stand at the left edge). Up and down: 95 % interval over tasks."
    )
    return element(
        "div",
        element("div", *legend, class_="legend"),
        element("div", *drawings, class_="drawings"),
        element("p", said, class_="dim"),
    )


def _drawing(name: str, title: str, scores: Mapping[str, Mapping[str, Any]]) -> Markup:
    bins = {split: score.get("by_distance", {}).get(name) or [] for split, score in scores.items()}
    largest = max((fifth["to"] for fifths in bins.values() for fifth in fifths), default=0.0) or 1.0
    top_decade = math.ceil(math.log10(largest))
    bottom_decade = top_decade - _DECADES

    def across(distance: float) -> float:
        decade = math.log10(distance) if distance > 0 else -math.inf
        share = (max(decade, bottom_decade) - bottom_decade) / _DECADES
        return _LEFT + share * (_RIGHT - _LEFT)

    def up(rate: float) -> float:
        return _BOTTOM - rate * (_BOTTOM - _TOP)

    parts: list[Markup] = []
    for tick in range(0, 101, 25):
        parts.append(_line(_LEFT, up(tick / 100), _RIGHT, up(tick / 100), "grid"))
        parts.append(_text(_LEFT - 6, up(tick / 100) + 4, str(tick), "end"))
    for decade in range(bottom_decade, top_decade + 1):
        x = across(10.0**decade)
        parts.append(_line(x, _TOP, x, _BOTTOM, "grid"))
        parts.append(_text(x, _BOTTOM + 16, f"{10.0**decade:g}", "middle"))
    parts.append(_text((_LEFT + _RIGHT) / 2, _BOTTOM + 38, title, "middle"))
    parts.append(
        _text(12, (_TOP + _BOTTOM) / 2, "accuracy (%)", "middle", transform=f"rotate(-90 12 {(_TOP + _BOTTOM) / 2})")
    )
    for place, (split, fifths) in enumerate(bins.items()):
        parts.append(_curve(place, split, fifths, across, up))
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=f"Accuracy against {title}: {_in_words(bins)}",
        class_="drawing",
    )


def _curve(place: int, split: str, fifths: Sequence[Mapping[str, Any]], across: Any, up: Any) -> Markup:
    centres = [((across(fifth["from"]) + across(fifth["to"])) / 2, up(fifth["execution_accuracy"])) for fifth in fifths]
    parts = [element("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in centres), class_="curve")]
    for (x, y), fifth in zip(centres, fifths, strict=True):
        low, high = fifth["interval_95"]
        said = (
            f"{split}: {percent(fifth['execution_accuracy'])} % [{percent(low)}, {percent(high)}], "
            f"distance {fifth['from']:.3g} to {fifth['to']:.3g}, n = {count(fifth['n'])}"
        )
        parts.append(
            element(
                "g",
                element("title", said),
                _line(across(fifth["from"]), y, across(fifth["to"]), y, "reach"),
                _line(x, up(low), x, up(high), "whisker"),
                _mark(place, x, y),
            )
        )
    return element("g", *parts, class_=f"series-{place % 6}")


def _mark(place: int, x: float, y: float) -> Markup:
    """Another form for each curve, so that colour is not needed to tell them apart."""
    shapes = {
        0: [(0, 5), (3.5, 3.5), (5, 0), (3.5, -3.5), (0, -5), (-3.5, -3.5), (-5, 0), (-3.5, 3.5)],
        1: [(-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)],
        2: [(0, -6), (5.5, 4.5), (-5.5, 4.5)],
        3: [(0, -6), (6, 0), (0, 6), (-6, 0)],
        4: [(0, 6), (5.5, -4.5), (-5.5, -4.5)],
        5: [(-5, -2), (5, -2), (5, 2), (-5, 2)],
    }
    corners = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in shapes[place % 6])
    return element("polygon", points=corners, class_="mark")


def _key(place: int) -> Markup:
    mark = element("g", _line(0, 8, 26, 8, "curve"), _mark(place, 13, 8), class_=f"series-{place % 6}")
    return element("svg", mark, viewBox="0 0 26 16", width=26, height=16, aria_hidden="true")


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return element("line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", class_=kind)


def _text(x: float, y: float, text: str, anchor: str, **more: str) -> Markup:
    return element("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, **more)


def _in_words(bins: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    return "; ".join(
        f"{split}: {', '.join(percent(fifth['execution_accuracy']) for fifth in fifths)} % from near to far"
        for split, fifths in bins.items()
    )
