"""What a split is before it becomes tasks: a list of classes in task order."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from arith_synth.seeding import keyed_order
from arith_synth.splits.atlas import Atlas


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPlan:
    """The classes of one split of one config, in the order of their task numbers.

    `classes` int64[n]: rows of the corpus. `reference`: the classes int64[m] of the training split that distances are
    measured to, in the order of its task numbers (which settles ties); None in training splits. `has_regions`: whether
    the config excludes a region from training.
    """

    config: str
    split: str
    classes: np.ndarray
    reference: np.ndarray | None
    has_regions: bool

    @property
    def name(self) -> str:
        """`<config>/<split>`."""
        return f"{self.config}/{self.split}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The splits of a family of configs, and the facts about them that `build.json` keeps."""

    plans: list[SplitPlan]
    facts: dict[str, Any]


def plan_split(
    atlas: Atlas, config: str, split: str, classes: np.ndarray, reference: np.ndarray | None, *, has_regions: bool
) -> SplitPlan:
    """Number the tasks of a split in keyed-hash order."""
    order = keyed_order(atlas.corpus.fingerprints[classes], config, split, "task order")
    return SplitPlan(config=config, split=split, classes=classes[order], reference=reference, has_regions=has_regions)
