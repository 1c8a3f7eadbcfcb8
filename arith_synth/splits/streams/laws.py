"""The law of a stream: the proportions of the published training split, over classes that nothing holds out."""

from dataclasses import dataclass

import numpy as np

from arith_synth.enumeration.minimal_trees import scale
from arith_synth.errors import SplitError
from arith_synth.splits.plans import SplitPlan
from arith_synth.splits.streams.supports import NOT_ELIGIBLE, Support


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Law:
    """A task of the published split is drawn uniformly, then a candidate of its stratum uniformly.

    Shapes: tickets int64[n_tasks] (of each published task, the row of its stratum below; tasks without candidates are
    left out); starts, counts int64[n_strata] (where the candidates of a stratum begin, and how many they are);
    candidates int64[...] (classes, those of a stratum together). `n_unreachable`: published tasks all of whose
    stratum's classes are held out by some config, so that their share of the mass goes to all others.
    """

    tickets: np.ndarray
    starts: np.ndarray
    counts: np.ndarray
    candidates: np.ndarray
    n_unreachable: int

    def classes_of(self, task_hashes: np.ndarray, class_hashes: np.ndarray) -> np.ndarray:
        """The class that each pair of 64-bit hashes draws: uint64[n] twice -> int64[n]."""
        rows = self.tickets[scale(task_hashes, np.full(len(task_hashes), len(self.tickets), dtype=np.int64))]
        return self.candidates[self.starts[rows] + scale(class_hashes, self.counts[rows])]


def law_of(train: SplitPlan, support: Support, held_out: np.ndarray) -> Law:
    """The law of a training split without the classes `held_out` bool[n_classes]. SplitError when none are left."""
    of_tasks = support.strata[train.classes]
    assert (of_tasks != NOT_ELIGIBLE).all()  # or the support is not the one that the split was planned with
    strata, n_tasks = np.unique(of_tasks, return_counts=True)
    allowed = np.flatnonzero(np.isin(support.strata, strata) & ~held_out)
    row = np.searchsorted(strata, support.strata[allowed])
    counts = np.bincount(row, minlength=len(strata))
    if not counts.any():
        raise SplitError(
            f"{train.name}: validation and test splits hold out all classes of its strata, so there is nothing left to "
            "draw; ask for fewer validation and test tasks or a larger --max-size"
        )
    return Law(
        tickets=np.repeat(np.arange(len(strata)), np.where(counts, n_tasks, 0)),
        starts=np.cumsum(counts) - counts,
        counts=counts,
        candidates=allowed[np.argsort(row, kind="stable")],
        n_unreachable=int(n_tasks[counts == 0].sum()),
    )
