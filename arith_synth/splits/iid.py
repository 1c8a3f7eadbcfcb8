"""Config `random`: training and test differ in nothing but chance."""

import numpy as np

from arith_synth.errors import SplitError
from arith_synth.splits.apportion import apportion
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.plans import Planned, plan_split
from arith_synth.splits.pools import draw_pools
from arith_synth.splits.sizes import MAX_TRAIN_PERCENT, SplitSizes

CONFIG = "random"
SPLITS = {CONFIG: ("train", "validation", "test")}


def plan_random(atlas: Atlas, sizes: SplitSizes) -> Planned:
    """Splits train, validation and test: disjoint classes, uniform over the eligible ones, equal in law."""
    size_of = atlas.measures["size"]
    eligible = {
        int(size): np.flatnonzero(atlas.eligible & (size_of == size)) for size in np.unique(size_of[atlas.eligible])
    }
    counts = {size: len(classes) for size, classes in eligible.items()}
    n_eligible = sum(counts.values())
    n_train = min(sizes.train, n_eligible * MAX_TRAIN_PERCENT // 100)
    if n_train + sizes.validation + sizes.test > n_eligible:
        raise SplitError(
            f"{CONFIG}: {n_eligible} eligible classes cannot give {n_train} train, {sizes.validation} validation and "
            f"{sizes.test} test tasks; ask for fewer tasks or a larger --max-size"
        )
    quotas = {
        "test": apportion(sizes.test, counts),
        "validation": apportion(sizes.validation, counts),
        "train": apportion(n_train, counts),
    }
    chosen: dict[str, list[np.ndarray]] = {"train": [], "validation": [], "test": []}
    for size, classes in eligible.items():
        n_test, n_validation = quotas["test"][size], quotas["validation"][size]
        # Rounding three quotas up can ask a small stratum for one class too many: training gives way.
        n_size_train = min(quotas["train"][size], len(classes) - n_test - n_validation)
        pools = draw_pools(
            classes, atlas.corpus.fingerprints, CONFIG, f"size {size}",
            n_test=n_test, n_validation=n_validation, n_train=n_size_train,
        )  # fmt: skip
        chosen["test"].append(pools.test[:n_test])
        chosen["validation"].append(pools.validation)
        chosen["train"].append(pools.train[:n_size_train])
    train = plan_split(atlas, CONFIG, "train", np.concatenate(chosen["train"]), None, has_regions=False)
    plans = [train] + [
        plan_split(atlas, CONFIG, split, np.concatenate(chosen[split]), train.classes, has_regions=False)
        for split in ("validation", "test")
    ]
    return Planned(plans=plans, facts={})
