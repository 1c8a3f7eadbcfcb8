"""Which splits share classes, and how many: zero where a family promises it, by design where families overlap."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from arith_synth.splits.plans import SplitPlan


def contamination(plans: Sequence[SplitPlan], n_classes: int) -> dict[str, Any]:
    """Classes shared by each pair of splits.

    Returns `splits` (paths in the order of the plans), `n` (classes of each) and `shared`: [i, j, classes] for every
    pair i < j that shares any.
    """
    member = np.zeros((len(plans), n_classes), dtype=bool)
    for row, plan in zip(member, plans, strict=True):
        row[plan.classes] = True
    shared = []
    for i, plan in enumerate(plans):
        counts = member[i + 1 :, plan.classes].sum(axis=1)
        shared += [[i, i + 1 + int(j), int(counts[j])] for j in np.flatnonzero(counts)]
    return {"splits": [plan.name for plan in plans], "n": [len(plan.classes) for plan in plans], "shared": shared}
