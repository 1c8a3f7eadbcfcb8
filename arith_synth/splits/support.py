"""Configs `support_shift` and `support_shift_control`: the headline 2 x 2, and its arms.

Strata are (syntax, meaning, size). One assignment of classes to pools serves both configs, so every arm is disjoint
from every test and validation split. An arm is uniform over the eligible classes of its size that its exclusions
leave: each stratum gives its proportional share, whatever the tests have taken from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from arith_synth.errors import SplitError
from arith_synth.splits.apportion import apportion
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.matching import match_tests
from arith_synth.splits.plans import Planned, SplitPlan, plan_split
from arith_synth.splits.pools import Pools, draw_pools
from arith_synth.splits.regions import Meaning, Syntax, meaning_of, syntax_of
from arith_synth.splits.sizes import MAX_TRAIN_PERCENT, SplitSizes

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
    strata = _strata(atlas)
    quotas = _quotas(strata, sizes)
    pools = _pools(atlas, strata, quotas)
    arms = {arm: _plan(atlas, *arm, _draw(pools, quota, "train"), None) for arm, quota in quotas.arms.items()}
    train = arms[CONFIG, "train"].classes
    tests, matching = _tests(atlas, pools, quotas.test, train)
    plans = list(arms.values())
    for config, quota in quotas.validation.items():
        reference = arms[config, "train"].classes
        plans.append(_plan(atlas, config, "validation", _draw(pools, quota, "validation"), reference))
    plans += [_plan(atlas, CONFIG, split, classes, train) for split, classes in tests.items()]
    return Planned(plans=plans, facts={"matching": matching})


def _plan(atlas: Atlas, config: str, split: str, classes: np.ndarray, reference: np.ndarray | None) -> SplitPlan:
    return plan_split(atlas, config, split, classes, reference, has_regions=True)


def _strata(atlas: Atlas) -> dict[Stratum, np.ndarray]:
    """Eligible classes int64[...] of every stratum, the empty ones included."""
    syntax, meaning, size = syntax_of(atlas), meaning_of(atlas), atlas.measures["size"]
    return {
        (a, b, c): np.flatnonzero(atlas.eligible & (syntax == a) & (meaning == b) & (size == c))
        for a in Syntax
        for b in Meaning
        for c in range(1, atlas.corpus.max_size + 1)
    }


def _quotas(strata: dict[Stratum, np.ndarray], sizes: SplitSizes) -> _Quotas:
    counts = {stratum: len(classes) for stratum, classes in strata.items()}
    shifted = _by_size(counts, ARMS[CONFIG, "train"])
    n_train = min(sizes.train, sum(shifted.values()) * MAX_TRAIN_PERCENT // 100)
    train_sizes = apportion(n_train, shifted)
    validation_sizes = apportion(sizes.validation, shifted)
    arms = {arm: _proportional(counts, allowed, train_sizes) for arm, allowed in ARMS.items()}
    validation = {
        config: _proportional(counts, ARMS[arm], validation_sizes, with_gap=False)
        for config, arm in VALIDATION_ARMS.items()
    }
    # Few classes are forced and large: what the arms leave of them sets the sizes of all tests.
    spare = {stratum: n - _most(arms, stratum) - _most(validation, stratum) for stratum, n in counts.items()}
    rarest = _by_size(spare, lambda syntax, meaning: (syntax, meaning) == TESTS["test_both"])
    if sum(rarest.values()) < sizes.test:
        raise SplitError(
            f"{CONFIG}/test_both: {sum(rarest.values())} classes are forced, large and not needed by an arm, but "
            f"{sizes.test} tasks are wanted; ask for fewer tasks or a larger --max-size"
        )
    return _Quotas(test=apportion(sizes.test, rarest), arms=arms, validation=validation)


def _most(quotas: Mapping[Any, Mapping[Stratum, int]], stratum: Stratum) -> int:
    """The largest of the quotas in a stratum: splits on the same side share its classes."""
    return max(quota.get(stratum, 0) for quota in quotas.values())


def _by_size(counts: dict[Stratum, int], allowed: Callable[[Syntax, Meaning], bool]) -> dict[int, int]:
    totals: dict[int, int] = {}
    for (syntax, meaning, size), n in counts.items():
        totals[size] = totals.get(size, 0) + (n if allowed(syntax, meaning) else 0)
    return totals


def _proportional(
    counts: dict[Stratum, int],
    allowed: Callable[[Syntax, Meaning], bool],
    by_size: dict[int, int],
    *,
    with_gap: bool = True,
) -> dict[Stratum, int]:
    """Give each size's number to the allowed strata of that size, in proportion to their classes."""
    quotas: dict[Stratum, int] = {}
    for size, total in by_size.items():
        strata = [
            stratum
            for stratum in counts
            if stratum[2] == size and allowed(*stratum[:2]) and (with_gap or stratum[1] is not Meaning.GAP)
        ]
        shares = apportion(total, {index: counts[stratum] for index, stratum in enumerate(strata)})
        quotas.update({stratum: shares[index] for index, stratum in enumerate(strata)})
    return quotas


def _pools(atlas: Atlas, strata: dict[Stratum, np.ndarray], quotas: _Quotas) -> dict[Stratum, Pools]:
    test_regions = set(TESTS.values())
    return {
        stratum: draw_pools(
            classes,
            atlas.corpus.fingerprints,
            CONFIG,
            f"{stratum[0].name.lower()} syntax, {stratum[1].name.lower()} meaning, size {stratum[2]}",
            n_test=quotas.test.get(stratum[2], 0) if stratum[:2] in test_regions else 0,
            n_validation=_most(quotas.validation, stratum),
            n_train=_most(quotas.arms, stratum),
        )
        for stratum, classes in strata.items()
    }


def _draw(pools: dict[Stratum, Pools], quota: dict[Stratum, int], side: str) -> np.ndarray:
    """The first classes of each stratum's pool: arms share as many classes as their laws allow."""
    return np.concatenate([getattr(pools[stratum], side)[:n] for stratum, n in quota.items()])


def _tests(
    atlas: Atlas, pools: dict[Stratum, Pools], by_size: dict[int, int], train: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Classes of every test split, and the bin edges that three of them are matched by."""

    def candidates(split: str) -> dict[int, np.ndarray]:
        return {size: pools[(*TESTS[split], size)].test for size in by_size}

    matched = match_tests(
        candidates("test"),
        candidates("test_syntactic"),
        candidates("test_semantic"),
        by_size,
        {"syntactic": atlas.syntactic, "semantic": atlas.semantic},
        train,
    )
    both = np.concatenate([classes[: by_size[size]] for size, classes in candidates("test_both").items()])
    tests = {
        "test": matched.plain,
        "test_semantic": matched.semantic,
        "test_syntactic": matched.syntactic,
        "test_both": both,
    }
    return tests, {"edges": matched.edges}
