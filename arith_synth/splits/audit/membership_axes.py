"""The other support configs a second time. Strata are (place, size): place 0 inside, 1 between, 2 novel."""

import numpy as np

from arith_synth.splits.audit.matched import Edges, Partner, matched_tests
from arith_synth.splits.audit.pools import (
    MOST_TRAIN,
    Asked,
    Classes,
    Quota,
    Stratum,
    by_size,
    counts_of,
    first,
    largest,
    pools_of,
    quota_of,
    strata_of,
)

INSIDE, BETWEEN, NOVEL = 0, 1, 2
_OTHER = {"syntactic": "semantic", "semantic": "syntactic"}


def axis_splits(
    classes: Classes, place: np.ndarray, config: str, space: str, asked: Asked, *, has_gap: bool
) -> tuple[dict[str, np.ndarray], Edges] | str:
    """Rows of the corpus of each split of an axis and its control in no order, and the edges of the matching.

    `place` int64[n]; `space`: that of the region; `has_gap`: what lies between is a gap, which control's validation
    leaves out. A text says why the numbers asked for cannot be met.
    """
    strata = strata_of(classes, [place], config, "pools")
    room = counts_of(strata, _is_inside)
    train_sizes = by_size(min(asked.train, sum(room.values()) * MOST_TRAIN // 100), room)
    validation_sizes = by_size(asked.validation, room)
    train = _pair(
        quota_of(strata, _is_inside, train_sizes),
        quota_of(strata, lambda _: True, train_sizes),
    )
    validation = _pair(
        quota_of(strata, _is_inside, validation_sizes),
        quota_of(strata, lambda stratum: not (has_gap and stratum[0] == BETWEEN), validation_sizes),
    )
    most_train, most_validation = largest([*train.values()], strata), largest([*validation.values()], strata)
    spare = {
        size: len(strata.get((NOVEL, size), ()))
        - most_train.get((NOVEL, size), 0)
        - most_validation.get((NOVEL, size), 0)
        for size in room
    }
    if min(spare.values()) < 0 or sum(spare.values()) < asked.test:
        return f"{sum(spare.values())} classes are novel and spare, but {asked.test} tasks are asked for"
    test_sizes = by_size(asked.test, spare)
    pools = pools_of(
        strata,
        lambda stratum: test_sizes[stratum[-1]] > 0 and stratum[0] in (INSIDE, NOVEL),
        most_validation,
        most_train,
    )
    splits = _draw(config, train, pools.train, "train") | _draw(config, validation, pools.validation, "validation")
    plain, novel = (
        {stratum[-1]: rows for stratum, rows in pools.tests.items() if stratum[0] == at} for at in (INSIDE, NOVEL)
    )
    shifted = f"test_{space}"
    partner = Partner(test=shifted, space=_OTHER[space], candidates=novel)
    matched = matched_tests(plain, [partner], test_sizes, classes, splits[f"{config}/train"])
    if isinstance(matched, str):
        return matched
    return splits | {f"{config}/{test}": rows for test, rows in matched[0].items()}, matched[1]


def size_splits(
    classes: Classes, place: np.ndarray, config: str, space: str, asked: Asked
) -> tuple[dict[str, np.ndarray], Edges] | str:
    """The same where the region is the largest size: nothing is matched, and each split has the sizes of what it draws
    from."""
    strata = strata_of(classes, [place], config, "pools")
    inside, everything = counts_of(strata, _is_inside), counts_of(strata)
    n_inside = sum(inside.values())
    n_train = min(asked.train, n_inside * MOST_TRAIN // 100, n_inside - asked.validation - asked.test)
    if n_train < 1:
        return f"only {n_inside} classes are inside"
    validation = _pair(
        quota_of(strata, _is_inside, by_size(asked.validation, inside)),
        quota_of(strata, lambda _: True, by_size(asked.validation, everything)),
    )
    most_validation = largest([*validation.values()], strata)
    test = quota_of(strata, _is_inside, by_size(asked.test, inside))

    def fitting(quota: Quota) -> Quota:
        left = {stratum: len(strata[stratum]) - test.get(stratum, 0) - most_validation[stratum] for stratum in quota}
        return {stratum: min(n, left[stratum]) for stratum, n in quota.items()}

    shifted = fitting(quota_of(strata, _is_inside, by_size(n_train, inside)))
    control = quota_of(strata, lambda _: True, by_size(sum(shifted.values()), everything))
    train = _pair(shifted, fitting(control))
    most_train = largest([*train.values()], strata)
    spare = counts_of(strata, lambda stratum: stratum[0] == NOVEL)
    for stratum in strata:
        if stratum[0] == NOVEL:
            spare[stratum[-1]] -= most_train[stratum] + most_validation[stratum]
    if sum(spare.values()) < asked.test:
        return f"{sum(spare.values())} classes are novel and spare, but {asked.test} tasks are asked for"
    novel = {(NOVEL, size): n for size, n in by_size(asked.test, spare).items() if n}
    asked_of = test | novel
    pools = pools_of(strata, lambda stratum: asked_of.get(stratum, 0) > 0, most_validation, most_train)
    splits = _draw(config, train, pools.train, "train") | _draw(config, validation, pools.validation, "validation")
    splits |= {f"{config}/test": first(test, pools.tests), f"{config}/test_{space}": first(novel, pools.tests)}
    return splits, {}


def _is_inside(stratum: Stratum) -> bool:
    return stratum[0] == INSIDE


def _pair(shifted: Quota, control: Quota) -> dict[str, Quota]:
    return {"": shifted, "_control": control}


def _draw(config: str, quotas: dict[str, Quota], pools, split: str) -> dict[str, np.ndarray]:
    return {f"{config}{suffix}/{split}": first(quota, pools) for suffix, quota in quotas.items()}
