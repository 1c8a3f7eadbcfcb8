"""Axes of support shift beyond the headline: each a region of one space without training mass, and a test inside it.

Regions are data, so that a user's own (`region_files.py`) is planned, reported and audited like a built-in.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from arith_synth.errors import SplitError
from arith_synth.grammar.automata import Pattern
from arith_synth.grammar.patterns import DENOMINATOR, DEPTH, DIVISIONS, NESTING
from arith_synth.spaces.pattern_states import lies_in
from arith_synth.splits.atlas import Atlas

SYNTACTIC = "syntactic"
SEMANTIC = "semantic"
SPACES = (SYNTACTIC, SEMANTIC)
PREFIX = "support_shift_"
CONTROL_SUFFIX = "_control"
#: Intervals of a coordinate are given in thousandths of the corpus.
PERMILLE = 1000


class Place(IntEnum):
    """Where a class lies with respect to a region: what training has, neither, and the region of the shifted test.

    Of a pattern, BETWEEN are the classes whose target lies in the region while another realization does not; of an
    interval, the gap around it.
    """

    INSIDE = 0
    BETWEEN = 1
    NOVEL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternRegion:
    """Programs of a pattern; the test takes classes that are forced into it through max_size + 1 leaves."""

    pattern: Pattern
    kind = "pattern"


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRegion:
    """Classes whose minimal size is max_size: length generalization. Nothing here can be matched in size."""

    kind = "size"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalRegion:
    """Classes between two quantiles of one coordinate, with a gap on each inner side; all in thousandths.

    The lower end belongs to the region, the upper one does not, but for 1000, which means no upper end.
    """

    coordinate: int
    start: int
    stop: int
    gap: int
    kind = "interval"


Region = PatternRegion | SizeRegion | IntervalRegion


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A config `support_shift_<name>`: the space that its region is of, and the region."""

    name: str
    title: str
    space: str
    region: Region

    @property
    def config(self) -> str:
        """The shifted config."""
        return PREFIX + self.name

    @property
    def control(self) -> str:
        """The config with nothing excluded."""
        return self.config + CONTROL_SUFFIX

    @property
    def test(self) -> str:
        """The split inside of the region."""
        return f"test_{self.space}"

    @property
    def splits(self) -> dict[str, tuple[str, ...]]:
        """Split names of both configs in publishing order."""
        return {
            self.config: ("train", "validation", "test", self.test),
            self.control: ("train", "validation"),
        }


def _pattern_axis(pattern: Pattern) -> Axis:
    return Axis(name=pattern.name, title=pattern.title, space=SYNTACTIC, region=PatternRegion(pattern=pattern))


AXES: tuple[Axis, ...] = (
    *(_pattern_axis(pattern) for pattern in (DENOMINATOR, DIVISIONS, NESTING, DEPTH)),
    Axis(name="size", title="size equal to max_size", space=SYNTACTIC, region=SizeRegion()),
    # The paper's kind of region: no gap, and leaks are measured instead of excluded.
    Axis(
        name="coordinate",
        title="the top fifth of the first syntactic coordinate",
        space=SYNTACTIC,
        region=IntervalRegion(coordinate=0, start=800, stop=1000, gap=0),
    ),
    Axis(
        name="semantic_band",
        title="the middle fifth of the first semantic coordinate",
        space=SEMANTIC,
        region=IntervalRegion(coordinate=0, start=400, stop=600, gap=25),
    ),
)


def places_of(axis: Axis, atlas: Atlas) -> np.ndarray:
    """`Place` of every class: int8[n]. SplitError for a region in which there is nothing."""
    region = axis.region
    if isinstance(region, PatternRegion):
        corpus = atlas.corpus
        inside = lies_in(corpus.codes, corpus.grammar, region.pattern)
        forced = corpus.forced[region.pattern.name]
        places = np.where(forced, Place.NOVEL, np.where(inside, Place.BETWEEN, Place.INSIDE))
    elif isinstance(region, SizeRegion):
        places = np.where(atlas.measures["size"] == atlas.corpus.max_size, Place.NOVEL, Place.INSIDE)
    else:
        outer_low, low, high, outer_high = interval_ends(axis, atlas)
        coordinate = _coordinates(axis, atlas)
        novel = (coordinate >= low) & (coordinate < high)
        around = (coordinate >= outer_low) & (coordinate < outer_high)
        places = np.where(novel, Place.NOVEL, np.where(around, Place.BETWEEN, Place.INSIDE))
    if not (places == Place.NOVEL).any():
        what = "lies in"
        if isinstance(region, PatternRegion):
            what = f"is forced into (each also has a program outside with at most {atlas.corpus.max_size + 1} leaves)"
        raise SplitError(
            f"{axis.config}/{axis.test}: there is no class that {what} the region '{axis.title}', so 0 tasks; raise "
            "--max-size, or leave the config out: name the others with --configs"
        )
    if not (places == Place.INSIDE).any():
        raise SplitError(
            f"{axis.config}/train: the region '{axis.title}' and its gap leave nothing to train on; choose smaller ones"
        )
    return places.astype(np.int8)


def interval_ends(axis: Axis, atlas: Atlas) -> tuple[int, int, int, int]:
    """Integer ends of the gap below, of the region (two) and of the gap above: order statistics of the whole corpus.

    With n coordinates sorted ascending, the quantile q (in thousandths) is entry n q // 1000; 1000 is above all.
    """
    region = axis.region
    assert isinstance(region, IntervalRegion)
    ordered = np.sort(_coordinates(axis, atlas))
    n = len(ordered)

    def at(permille: int) -> int:
        if permille >= PERMILLE:
            return int(ordered[-1]) + 1
        return int(ordered[n * max(0, permille) // PERMILLE])

    lower_gap = region.start - region.gap if region.start > 0 else 0
    return at(lower_gap), at(region.start), at(region.stop), at(region.stop + region.gap)


def _coordinates(axis: Axis, atlas: Atlas) -> np.ndarray:
    assert isinstance(axis.region, IntervalRegion)
    coordinates = atlas.syntactic if axis.space == SYNTACTIC else atlas.semantic
    return coordinates[:, axis.region.coordinate]
