"""The splits a second time: which classes each split must hold, worked out from the corpus and the numbers asked for.

Written from the description of the procedure (docs/splits.md), and sharing no code with it. Here: the configs without
shift, and the headline, whose strata are (syntax, meaning, size): syntax 0 low, 1 loose, 2 forced; meaning 0 inside,
1 gap, 2 large.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from arith_synth.splits.audit.matched import Edges, Partner, matched_tests
from arith_synth.splits.audit.pools import (
    MOST_TRAIN,
    Asked,
    Classes,
    Pools,
    Stratum,
    by_size,
    counts_of,
    first,
    largest,
    pools_of,
    quota_of,
    strata_of,
)

_LOW, _FORCED = 0, 2
_INSIDE, _GAP, _LARGE = 0, 1, 2

_ARMS: dict[str, Callable[[Stratum], bool]] = {
    "support_shift/train": lambda stratum: stratum[0] == _LOW and stratum[1] == _INSIDE,
    "support_shift_control/train": lambda stratum: True,
    "support_shift_control/train_syntactic_excluded": lambda stratum: stratum[0] == _LOW,
    "support_shift_control/train_semantic_excluded": lambda stratum: stratum[1] == _INSIDE,
}
_TESTS = {
    "test": (_LOW, _INSIDE),
    "test_semantic": (_LOW, _LARGE),
    "test_syntactic": (_FORCED, _INSIDE),
    "test_both": (_FORCED, _LARGE),
}


def random_splits(classes: Classes, asked: Asked, family: str = "random") -> dict[str, np.ndarray]:
    """Rows of the corpus of `<family>/train`, validation and test, in no order: drawn from all that are eligible."""
    strata = strata_of(classes, [], family, "pools")
    counts = counts_of(strata)
    n_train = min(asked.train, sum(counts.values()) * MOST_TRAIN // 100)
    test, validation, train = (
        quota_of(strata, lambda _: True, by_size(total, counts)) for total in (asked.test, asked.validation, n_train)
    )
    for stratum, rows in strata.items():
        test[stratum] = min(test[stratum], len(rows))
        validation[stratum] = min(validation[stratum], len(rows) - test[stratum])
        train[stratum] = min(train[stratum], len(rows) - test[stratum] - validation[stratum])
    pools = pools_of(strata, lambda stratum: test[stratum] > 0, validation, train)
    return {
        f"{family}/train": first(train, pools.train),
        f"{family}/validation": first(validation, pools.validation),
        f"{family}/test": first(test, pools.tests),
    }


def headline_splits(
    classes: Classes, syntax: np.ndarray, meaning: np.ndarray, asked: Asked
) -> tuple[dict[str, np.ndarray], Edges] | str:
    """Rows of the corpus of each split of both headline configs in no order, and the edges that tests are matched by.

    Shapes: syntax, meaning int64[n]. A text says why the numbers asked for cannot be met.
    """
    strata = strata_of(classes, [syntax, meaning], "support_shift", "pools")
    room = counts_of(strata, _ARMS["support_shift/train"])
    most_tasks = min(asked.train, sum(room.values()) * MOST_TRAIN // 100)
    spare: dict[int, int] = {}
    for hundredths in range(100, 0, -1):  # training gives way to the rarest test
        arms, validation = _training_sides(strata, room, most_tasks * hundredths // 100, asked.validation)
        most_train, most_validation = largest([*arms.values()], strata), largest([*validation.values()], strata)
        spare = dict.fromkeys(room, 0) | {
            stratum[-1]: len(rows) - most_train[stratum] - most_validation[stratum]
            for stratum, rows in strata.items()
            if stratum[:2] == _TESTS["test_both"]
        }
        if min(spare.values()) >= 0 and sum(spare.values()) >= asked.test:
            break
    else:
        return f"{sum(spare.values())} classes are forced, large and spare, but {asked.test} tasks are asked for"
    test_sizes = by_size(asked.test, spare)
    pools = pools_of(
        strata,
        lambda stratum: test_sizes[stratum[-1]] > 0 and stratum[:2] in _TESTS.values(),
        most_validation,
        most_train,
    )
    splits = {arm: first(quota, pools.train) for arm, quota in arms.items()}
    splits |= {f"{config}/validation": first(quota, pools.validation) for config, quota in validation.items()}
    # A partner is matched in the space that it is not named after.
    partners = [
        Partner(test=test, space=space, candidates=_candidates(pools, _TESTS[test]))
        for test, space in (("test_syntactic", "semantic"), ("test_semantic", "syntactic"))
    ]
    plain = _candidates(pools, _TESTS["test"])
    matched = matched_tests(plain, partners, test_sizes, classes, splits["support_shift/train"])
    if isinstance(matched, str):
        return matched
    both = {(*_TESTS["test_both"], size): n for size, n in test_sizes.items()}
    tests = matched[0] | {"test_both": first(both, pools.tests)}
    return splits | {f"support_shift/{test}": rows for test, rows in tests.items()}, matched[1]


def _training_sides(
    strata: Mapping[Stratum, np.ndarray], room: Mapping[int, int], n_train: int, n_validation: int
) -> tuple[dict[str, dict[Stratum, int]], dict[str, dict[Stratum, int]]]:
    """Quotas of the arms and of the validation splits by their paths and configs, for so many tasks each."""
    train_sizes, validation_sizes = by_size(n_train, room), by_size(n_validation, room)
    arms = {arm: quota_of(strata, allowed, train_sizes) for arm, allowed in _ARMS.items()}
    validation = {
        config: quota_of(
            strata,
            lambda stratum, config=config: _ARMS[f"{config}/train"](stratum) and stratum[1] != _GAP,
            validation_sizes,
        )
        for config in ("support_shift", "support_shift_control")
    }
    return arms, validation


def _candidates(pools: Pools, region: Sequence[int]) -> dict[int, np.ndarray]:
    """The classes for tests of each size in a region, in the order of pools."""
    return {stratum[-1]: rows for stratum, rows in pools.tests.items() if stratum[:-1] == tuple(region)}
