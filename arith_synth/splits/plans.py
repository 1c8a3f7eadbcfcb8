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
    measured to, in the order of its task numbers (which settles ties); None in training splits. `panel`: 1 where the
    tasks show the second panel. `syntactic_out`, `semantic_out`: of every class of the corpus, whether it lies
    outside of what the shifted arm may be trained on, bool[n_classes]; None where the config has no such region.
    """

    config: str
    split: str
    classes: np.ndarray
    reference: np.ndarray | None
    panel: int = 0
    syntactic_out: np.ndarray | None = None
    semantic_out: np.ndarray | None = None

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
    atlas: Atlas,
    config: str,
    split: str,
    classes: np.ndarray,
    reference: np.ndarray | None,
    *,
    panel: int = 0,
    order_of: str | None = None,
    syntactic_out: np.ndarray | None = None,
    semantic_out: np.ndarray | None = None,
) -> SplitPlan:
    """Number the tasks of a split in its keyed-hash order, or in that of another split of the config (`order_of`)."""
    order = keyed_order(atlas.corpus.fingerprints[classes], config, order_of or split, "task order")
    return SplitPlan(
        config=config,
        split=split,
        classes=classes[order],
        reference=reference,
        panel=panel,
        syntactic_out=syntactic_out,
        semantic_out=semantic_out,
    )
