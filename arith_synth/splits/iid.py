"""Configs whose training and test classes differ in nothing but chance: `random`, and `input_shift`.

`input_shift` has a second test: the same classes, shown on inputs that no training task shows. A model that reads its
inputs loses nothing there; one that has learned the panel by heart does.
"""

import numpy as np

from arith_synth.errors import SplitError
from arith_synth.semantics.panels import second_panel_of
from arith_synth.splits.apportion import apportion
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.plans import Planned, plan_split
from arith_synth.splits.pools import draw_pools
from arith_synth.splits.sizes import ASK_FOR_FEWER, MAX_TRAIN_PERCENT, SplitSizes
from arith_synth.splits.well_posed import posedness_of

CONFIG = "random"
SPLITS = {CONFIG: ("train", "validation", "test")}
INPUT_CONFIG = "input_shift"
NEW_INPUTS = "test_new_inputs"
INPUT_SPLITS = {INPUT_CONFIG: ("train", "validation", "test", NEW_INPUTS)}


def plan_random(atlas: Atlas, sizes: SplitSizes) -> Planned:
    """Splits train, validation and test: disjoint classes, uniform over the eligible ones, equal in law."""
    chosen = _draw(atlas, CONFIG, atlas.eligible, sizes)
    train = plan_split(atlas, CONFIG, "train", chosen["train"], None)
    plans = [train] + [
        plan_split(atlas, CONFIG, split, chosen[split], train.classes) for split in ("validation", "test")
    ]
    return Planned(plans=plans, facts={})


def plan_input_shift(atlas: Atlas, sizes: SplitSizes) -> Planned:
    """As `random`, over the classes that are well posed on both panels; the last split shows the second one."""
    eligible = eligible_on_both_panels(atlas)
    chosen = _draw(atlas, INPUT_CONFIG, eligible, sizes)
    train = plan_split(atlas, INPUT_CONFIG, "train", chosen["train"], None)
    plans = [train] + [
        plan_split(atlas, INPUT_CONFIG, split, chosen[split], train.classes) for split in ("validation", "test")
    ]
    plans.append(plan_split(atlas, INPUT_CONFIG, NEW_INPUTS, chosen["test"], train.classes, panel=1, order_of="test"))
    return Planned(plans=plans, facts={"input_shift": {"eligible_on_both_panels": int(eligible.sum())}})


def eligible_on_both_panels(atlas: Atlas) -> np.ndarray:
    """Whether each class can be a task of `input_shift`: bool[n]."""
    return atlas.eligible & posedness_of(atlas.corpus, second_panel_of(atlas.corpus.grammar)).well_posed


def _draw(atlas: Atlas, config: str, mask: np.ndarray, sizes: SplitSizes) -> dict[str, np.ndarray]:
    """Classes int64[n] of train, validation and test, out of those in the mask."""
    size_of = atlas.measures["size"]
    eligible = {int(size): np.flatnonzero(mask & (size_of == size)) for size in np.unique(size_of[mask])}
    counts = {size: len(classes) for size, classes in eligible.items()}
    n_eligible = sum(counts.values())
    n_train = min(sizes.train, n_eligible * MAX_TRAIN_PERCENT // 100)
    if n_train + sizes.validation + sizes.test > n_eligible:
        raise SplitError(
            f"{config}: {n_eligible} eligible classes cannot give {n_train} train, {sizes.validation} validation and "
            f"{sizes.test} test tasks; {ASK_FOR_FEWER}"
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
            classes, atlas.corpus.fingerprints, config, f"size {size}",
            n_test=n_test, n_validation=n_validation, n_train=n_size_train,
        )  # fmt: skip
        chosen["test"].append(pools.test[:n_test])
        chosen["validation"].append(pools.validation)
        chosen["train"].append(pools.train[:n_size_train])
    return {split: np.concatenate(classes) for split, classes in chosen.items()}
