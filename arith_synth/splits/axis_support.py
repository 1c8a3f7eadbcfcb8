"""Configs `support_shift_<axis>` and their controls: one region of one space, planned as the headline is.

Strata are (place, size). One assignment of classes to pools serves the shifted config and its control, so both training
sets are disjoint from all tests. Test splits have the size histogram of what is novel and spare, and are matched in
distance in the other space; the axis of size can be matched in neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from arith_synth.errors import SplitError
from arith_synth.splits.apportion import apportion
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.axes import (
    SEMANTIC,
    SYNTACTIC,
    Axis,
    IntervalRegion,
    Place,
    SizeRegion,
    places_of,
)
from arith_synth.splits.leaks import minimal_leaks
from arith_synth.splits.matching import Partner, match_tests
from arith_synth.splits.plans import Planned, plan_split
from arith_synth.splits.pools import Pools, draw_pools
from arith_synth.splits.region_records import region_definition
from arith_synth.splits.sizes import ASK_FOR_FEWER, MAX_TRAIN_PERCENT, SplitSizes
from arith_synth.splits.strata import by_size, draw, eligible_by_stratum, most, proportional

Stratum = tuple[Place, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quotas:
    """Tasks by stratum, of each arm, validation split and test."""

    arms: dict[str, dict[Stratum, int]]
    validation: dict[str, dict[Stratum, int]]
    tests: dict[str, dict[Stratum, int]]


def plan_axis(atlas: Atlas, axis: Axis, sizes: SplitSizes) -> Planned:
    """All splits of the axis's two configs, and the facts about them that `build.json` keeps.

    Raises SplitError when a split cannot be filled.
    """
    places = places_of(axis, atlas)
    strata = eligible_by_stratum(atlas, {(place,): places == place for place in Place})
    quotas = _quotas(axis, {stratum: len(classes) for stratum, classes in strata.items()}, sizes)
    pools = {
        stratum: draw_pools(
            classes,
            atlas.corpus.fingerprints,
            axis.config,
            f"{stratum[0].name.lower()}, size {stratum[1]}",
            n_test=most(quotas.tests.values(), stratum),
            n_validation=most(quotas.validation.values(), stratum),
            n_train=most(quotas.arms.values(), stratum),
        )
        for stratum, classes in strata.items()
    }
    out = {f"{axis.space}_out": places != Place.INSIDE}
    arms = {
        config: plan_split(atlas, config, "train", draw(pools, quota, "train"), None, **out)
        for config, quota in quotas.arms.items()
    }
    train = arms[axis.config].classes
    tests, edges = _tests(atlas, axis, pools, quotas.tests, train)
    plans = list(arms.values())
    for config, quota in quotas.validation.items():
        classes = draw(pools, quota, "validation")
        plans.append(plan_split(atlas, config, "validation", classes, arms[config].classes, **out))
    plans += [plan_split(atlas, axis.config, split, classes, train, **out) for split, classes in tests.items()]
    facts: dict[str, Any] = {
        "region": region_definition(axis, atlas),
        "classes": {place.name.lower(): int((places == place).sum()) for place in Place},
        "edges": edges,
    }
    if axis.space == SYNTACTIC and isinstance(axis.region, IntervalRegion):
        facts["leaks"] = minimal_leaks(atlas, axis.region, facts["region"], tests[axis.test])
    return Planned(plans=plans, facts={"axes": {axis.config: facts}})


def _quotas(axis: Axis, counts: Mapping[Stratum, int], sizes: SplitSizes) -> _Quotas:
    if isinstance(axis.region, SizeRegion):
        return _size_quotas(axis, counts, sizes)
    has_gap = isinstance(axis.region, IntervalRegion)
    inside = by_size(counts, _is_inside)
    train = apportion(min(sizes.train, sum(inside.values()) * MAX_TRAIN_PERCENT // 100), inside)
    validation = apportion(sizes.validation, inside)
    arms = {
        axis.config: proportional(counts, _is_inside, train),
        axis.control: proportional(counts, lambda place: True, train),
    }
    validations = {
        axis.config: proportional(counts, _is_inside, validation),
        axis.control: proportional(counts, lambda place: not (has_gap and place is Place.BETWEEN), validation),
    }
    spare = {s: n - most(arms.values(), s) - most(validations.values(), s) for s, n in counts.items()}
    wanted = apportion(sizes.test, _novel(axis, spare, sizes.test))
    tests = {
        "test": proportional(counts, _is_inside, wanted),
        axis.test: proportional(counts, _is_novel, wanted),
    }
    return _Quotas(arms=arms, validation=validations, tests=tests)


def _size_quotas(axis: Axis, counts: Mapping[Stratum, int], sizes: SplitSizes) -> _Quotas:
    """Where size itself is shifted, tests and control differ in size by design: each has the sizes of its own law."""
    inside, everything = by_size(counts, _is_inside), by_size(counts, lambda place: True)
    n_inside = sum(inside.values())
    # All sizes below max_size are few classes: validation and test come first.
    n_train = min(sizes.train, n_inside * MAX_TRAIN_PERCENT // 100, n_inside - sizes.validation - sizes.test)
    if n_train < 1:
        raise SplitError(
            f"{axis.config}/train: {n_inside} classes are smaller than max_size, and validation and test take "
            f"{sizes.validation + sizes.test}; {ASK_FOR_FEWER}"
        )
    test = proportional(counts, _is_inside, apportion(sizes.test, inside))
    validation = proportional(counts, _is_inside, apportion(sizes.validation, inside))
    wanted = proportional(counts, _is_inside, apportion(n_train, inside))
    # Rounding three quotas up can ask a small stratum for one class too many: training gives way.
    train = {s: min(n, counts[s] - test[s] - validation[s]) for s, n in wanted.items()}
    arms = {
        axis.config: train,
        axis.control: proportional(counts, lambda place: True, apportion(sum(train.values()), everything)),
    }
    validations = {
        axis.config: validation,
        axis.control: proportional(counts, lambda place: True, apportion(sizes.validation, everything)),
    }
    spare = {s: n - most(arms.values(), s) - most(validations.values(), s) for s, n in counts.items()}
    novel = apportion(sizes.test, _novel(axis, spare, sizes.test))
    return _Quotas(
        arms=arms, validation=validations, tests={"test": test, axis.test: proportional(counts, _is_novel, novel)}
    )


def _is_inside(place: Place) -> bool:
    return place is Place.INSIDE


def _is_novel(place: Place) -> bool:
    return place is Place.NOVEL


def _novel(axis: Axis, spare: Mapping[Stratum, int], n_wanted: int) -> dict[int, int]:
    """Classes by size that lie in the region and that neither arms nor validation splits need."""
    novel = by_size(spare, _is_novel)
    if sum(novel.values()) < n_wanted:
        raise SplitError(
            f"{axis.config}/{axis.test}: {sum(novel.values())} classes lie in the region and are not needed by the "
            f"control, but {n_wanted} tasks are wanted; {ASK_FOR_FEWER}, or a larger region"
        )
    return novel


def _tests(
    atlas: Atlas,
    axis: Axis,
    pools: Mapping[Stratum, Pools],
    quotas: Mapping[str, Mapping[Stratum, int]],
    train: np.ndarray,
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Classes of both tests, and the bin edges that they are matched by; none where size is shifted."""
    if isinstance(axis.region, SizeRegion):
        return {split: draw(pools, quota, "test") for split, quota in quotas.items()}, {}
    wanted = {size: n for (_, size), n in quotas[axis.test].items()}
    other_space = SEMANTIC if axis.space == SYNTACTIC else SYNTACTIC
    matched = match_tests(
        axis.config,
        {size: pools[Place.INSIDE, size].test for size in wanted},
        {axis.test: Partner(candidates={s: pools[Place.NOVEL, s].test for s in wanted}, space=other_space)},
        wanted,
        {"syntactic": atlas.syntactic, "semantic": atlas.semantic},
        train,
    )
    return matched.classes, matched.edges
