"""The regions of the headline split, as integer comparisons.

Syntactic: Strahler number 3 or more. A class is *low* when its target lies outside, *forced* when every realization of
up to max_size + 1 leaves lies inside, and *loose* when its target lies inside but some other realization does not.
Semantic: the top fifth of the corpus along the first semantic coordinate (large outputs), and below it a gap of a
twentieth of the corpus.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from arith_synth.enumeration.corpus import SLACK
from arith_synth.grammar.patterns import STRAHLER
from arith_synth.splits.atlas import Atlas

#: One class in REGION_SHARE lies in the semantic region, and one in GAP_SHARE in the region or the gap.
REGION_SHARE = 5
GAP_SHARE = 4
SEMANTIC_AXIS = 0
#: The region begins at this Strahler number.
STRAHLER_THRESHOLD = 3


class Syntax(IntEnum):
    """Where a class lies with respect to the syntactic region."""

    LOW = 0
    LOOSE = 1
    FORCED = 2


class Meaning(IntEnum):
    """Where a class lies with respect to the semantic region."""

    INSIDE = 0
    GAP = 1
    LARGE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticRegion:
    """Integer first semantic coordinate >= threshold: the region; from gap_threshold on: the gap."""

    threshold: int
    gap_threshold: int


def semantic_region(atlas: Atlas) -> SemanticRegion:
    """Thresholds by order statistics: with n coordinates sorted ascending, entries n - n // 5 and n - n // 4."""
    ordered = np.sort(atlas.semantic[:, SEMANTIC_AXIS])
    n = len(ordered)
    return SemanticRegion(
        threshold=int(ordered[n - max(1, n // REGION_SHARE)]),
        gap_threshold=int(ordered[n - max(1, n // GAP_SHARE)]),
    )


def region_facts(atlas: Atlas) -> dict[str, Any]:
    """The regions' definition in numbers, as `build.json` keeps it."""
    region = semantic_region(atlas)
    return {
        "semantic": {"axis": SEMANTIC_AXIS, "threshold": region.threshold, "gap_threshold": region.gap_threshold},
        "syntactic": {"pattern": STRAHLER.name, "threshold": STRAHLER_THRESHOLD, "slack": SLACK},
    }


def syntax_of(atlas: Atlas) -> np.ndarray:
    """`Syntax` of every class: int8[n]."""
    inside = atlas.measures["strahler"] >= STRAHLER_THRESHOLD
    forced = atlas.corpus.forced[STRAHLER.name]
    return np.where(forced, Syntax.FORCED, np.where(inside, Syntax.LOOSE, Syntax.LOW)).astype(np.int8)


def meaning_of(atlas: Atlas) -> np.ndarray:
    """`Meaning` of every class: int8[n]."""
    region = semantic_region(atlas)
    coordinate = atlas.semantic[:, SEMANTIC_AXIS]
    inner = np.where(coordinate >= region.gap_threshold, Meaning.GAP, Meaning.INSIDE)
    return np.where(coordinate >= region.threshold, Meaning.LARGE, inner).astype(np.int8)
