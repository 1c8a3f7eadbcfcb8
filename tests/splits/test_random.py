"""Config `random`: nothing differs between its splits but chance."""

from collections import Counter

import numpy as np
import pytest

from arith_synth.errors import SplitError, UnknownNameError
from arith_synth.seeding import keyed_order
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.iid import plan_random
from arith_synth.splits.registry import check_configs
from arith_synth.splits.sizes import MAX_TRAIN_PERCENT, SplitSizes

SIZES = SplitSizes(train=3_000, validation=300, test=300)


def test_splits_are_disjoint_and_as_large_as_asked(atlas: Atlas) -> None:
    plans = plan_random(atlas, SIZES).plans
    classes = np.concatenate([plan.classes for plan in plans])
    assert len(np.unique(classes)) == len(classes)
    assert [len(plan.classes) for plan in plans] == [3_000, 300, 300]


def test_size_histograms_are_proportional(atlas: Atlas) -> None:
    eligible = Counter(atlas.measures["size"][atlas.eligible].tolist())
    for plan in plan_random(atlas, SIZES).plans:
        for size, n in Counter(atlas.measures["size"][plan.classes].tolist()).items():
            assert abs(n - len(plan.classes) * eligible[size] / eligible.total()) <= 1


def test_train_never_takes_more_than_its_share_of_the_eligible_classes(atlas: Atlas) -> None:
    plans = plan_random(atlas, SplitSizes(train=1_000_000, validation=10, test=10)).plans
    assert len(plans[0].classes) <= int(atlas.eligible.sum()) * MAX_TRAIN_PERCENT // 100


def test_membership_does_not_depend_on_how_many_tasks_the_test_has(atlas: Atlas) -> None:
    """The first tasks of a larger test are those of a smaller one: classes are taken in keyed-hash order."""
    small, large = (
        plan_random(atlas, SplitSizes(train=1_000, validation=10, test=n)).plans[2].classes for n in (50, 300)
    )
    assert np.isin(small, large).mean() > 0.95


def test_tasks_are_numbered_in_keyed_hash_order(atlas: Atlas) -> None:
    plan = plan_random(atlas, SIZES).plans[2]
    order = keyed_order(atlas.corpus.fingerprints[plan.classes], plan.config, plan.split, "task order")
    assert order.tolist() == list(range(len(plan.classes)))


def test_a_world_that_is_too_small_says_so(atlas: Atlas) -> None:
    with pytest.raises(SplitError, match="random: .* eligible classes cannot give"):
        plan_random(atlas, SplitSizes(train=1_000_000, validation=5_000, test=5_000))


def test_an_unknown_config_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'support_shift'"):
        check_configs(["suport_shift"])
