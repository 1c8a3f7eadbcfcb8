"""Configs `support_shift` and `support_shift_control`: the headline 2 x 2, and its arms.

Strata are (syntax, meaning, size). One assignment of classes to pools serves both configs, so every arm is disjoint
from every test and validation split. An arm is uniform over the eligible classes of its size that its exclusions
leave: each stratum gives its proportional share, whatever the tests have taken from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from arith_synth.errors import SplitError
from arith_synth.splits.apportion import apportion
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.matching import Partner, match_tests
from arith_synth.splits.plans import Planned, plan_split
from arith_synth.splits.pools import Pools, draw_pools
from arith_synth.splits.regions import Meaning, Syntax, meaning_of, syntax_of
from arith_synth.splits.sizes import ASK_FOR_FEWER, MAX_TRAIN_PERCENT, SplitSizes
from arith_synth.splits.strata import by_size, draw, eligible_by_stratum, most, proportional

CONFIG = "support_shift"
CONTROL = "support_shift_control"
SPLITS = {
    CONFIG: ("train", "validation", "test", "test_semantic", "test_syntactic", "test_both"),
    CONTROL: ("train", "train_syntactic_excluded", "train_semantic_excluded", "validation"),
}

Stratum = tuple[Syntax, Meaning, int]

#: Which strata an arm may draw from. The name says what is excluded from training.
ARMS: dict[tuple[str, str], Callable[[Syntax, Meaning], bool]] = {
    (CONFIG, "train"): lambda syntax, meaning: syntax is Syntax.LOW and meaning is Meaning.INSIDE,
    (CONTROL, "train"): lambda syntax, meaning: True,
    (CONTROL, "train_syntactic_excluded"): lambda syntax, meaning: syntax is Syntax.LOW,
    (CONTROL, "train_semantic_excluded"): lambda syntax, meaning: meaning is Meaning.INSIDE,
}
#: Validation splits have the law of this arm.
VALIDATION_ARMS = {CONFIG: (CONFIG, "train"), CONTROL: (CONTROL, "train")}
#: The region of each test split.
TESTS: dict[str, tuple[Syntax, Meaning]] = {
    "test": (Syntax.LOW, Meaning.INSIDE),
    "test_semantic": (Syntax.LOW, Meaning.LARGE),
    "test_syntactic": (Syntax.FORCED, Meaning.INSIDE),
    "test_both": (Syntax.FORCED, Meaning.LARGE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quotas:
    """Tasks by size in every test, and by stratum in arms and validation splits."""

    test: dict[int, int]
    arms: dict[tuple[str, str], dict[Stratum, int]]
    validation: dict[str, dict[Stratum, int]]


def plan_support_shift(atlas: Atlas, sizes: SplitSizes) -> Planned:
    """All splits of both configs, and the facts about them that `build.json` keeps.

    Raises SplitError when a split cannot be filled.
    """
    syntax, meaning = syntax_of(atlas), meaning_of(atlas)
    strata = eligible_by_stratum(atlas, {(a, b): (syntax == a) & (meaning == b) for a in Syntax for b in Meaning})
    quotas = _quotas({stratum: len(classes) for stratum, classes in strata.items()}, sizes)
    pools = _pools(atlas, strata, quotas)
    out = {"syntactic_out": syntax != Syntax.LOW, "semantic_out": meaning != Meaning.INSIDE}
    arms = {
        arm: plan_split(atlas, *arm, draw(pools, quota, "train"), None, **out) for arm, quota in quotas.arms.items()
    }
    train = arms[CONFIG, "train"].classes
    tests, edges = _tests(atlas, pools, quotas.test, train)
    plans = list(arms.values())
    for config, quota in quotas.validation.items():
        reference = arms[config, "train"].classes
        plans.append(plan_split(atlas, config, "validation", draw(pools, quota, "validation"), reference, **out))
    plans += [plan_split(atlas, CONFIG, split, classes, train, **out) for split, classes in tests.items()]
    return Planned(plans=plans, facts={"matching": {"edges": edges}})


def _quotas(counts: dict[Stratum, int], sizes: SplitSizes) -> _Quotas:
    """The quotas with the largest training sets that leave the tests their tasks, in steps of a hundredth."""
    shifted = by_size(counts, ARMS[CONFIG, "train"])
    most_train = min(sizes.train, sum(shifted.values()) * MAX_TRAIN_PERCENT // 100)
    rarest: dict[int, int] = {}
    for percent in range(100, 0, -1):
        arms, validation = _arms_and_validation(counts, shifted, most_train * percent // 100, sizes.validation)
        # Few classes are forced and large: what the arms leave of them sets the sizes of all tests.
        spare = {s: n - most(arms.values(), s) - most(validation.values(), s) for s, n in counts.items()}
        rarest = by_size(spare, lambda syntax, meaning: (syntax, meaning) == TESTS["test_both"])
        if min(rarest.values()) >= 0 and sum(rarest.values()) >= sizes.test:
            return _Quotas(test=apportion(sizes.test, rarest), arms=arms, validation=validation)
    raise SplitError(
        f"{CONFIG}/test_both: {sum(rarest.values())} classes are forced, large and not needed by an arm, but "
        f"{sizes.test} tasks are wanted; {ASK_FOR_FEWER}"
    )


def _arms_and_validation(
    counts: dict[Stratum, int], shifted: dict[int, int], n_train: int, n_validation: int
) -> tuple[dict[tuple[str, str], dict[Stratum, int]], dict[str, dict[Stratum, int]]]:
    train_sizes, validation_sizes = apportion(n_train, shifted), apportion(n_validation, shifted)
    arms = {arm: proportional(counts, allowed, train_sizes) for arm, allowed in ARMS.items()}
    validation = {
        config: proportional(counts, _outside_gap(ARMS[arm]), validation_sizes)
        for config, arm in VALIDATION_ARMS.items()
    }
    return arms, validation


def _outside_gap(allowed: Callable[[Syntax, Meaning], bool]) -> Callable[[Syntax, Meaning], bool]:
    return lambda syntax, meaning: meaning is not Meaning.GAP and allowed(syntax, meaning)


def _pools(atlas: Atlas, strata: dict[Stratum, np.ndarray], quotas: _Quotas) -> dict[Stratum, Pools]:
    test_regions = set(TESTS.values())
    return {
        stratum: draw_pools(
            classes,
            atlas.corpus.fingerprints,
            CONFIG,
            f"{stratum[0].name.lower()} syntax, {stratum[1].name.lower()} meaning, size {stratum[2]}",
            n_test=quotas.test.get(stratum[2], 0) if stratum[:2] in test_regions else 0,
            n_validation=most(quotas.validation.values(), stratum),
            n_train=most(quotas.arms.values(), stratum),
        )
        for stratum, classes in strata.items()
    }


def _tests(
    atlas: Atlas, pools: dict[Stratum, Pools], wanted: dict[int, int], train: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Classes of every test split, and the bin edges that three of them are matched by."""

    def candidates(split: str) -> dict[int, np.ndarray]:
        return {size: pools[(*TESTS[split], size)].test for size in wanted}

    matched = match_tests(
        CONFIG,
        candidates("test"),
        {
            "test_syntactic": Partner(candidates=candidates("test_syntactic"), space="semantic"),
            "test_semantic": Partner(candidates=candidates("test_semantic"), space="syntactic"),
        },
        wanted,
        {"syntactic": atlas.syntactic, "semantic": atlas.semantic},
        train,
    )
    both = np.concatenate([classes[: wanted[size]] for size, classes in candidates("test_both").items()])
    return {**matched.classes, "test_both": both}, matched.edges
