"""Disjoint pools of classes for training, validation and test, drawn in keyed-hash order within each stratum."""

from dataclasses import dataclass

import numpy as np

from arith_synth.errors import SplitError
from arith_synth.seeding import keyed_order
from arith_synth.splits.sizes import ASK_FOR_FEWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """The classes of one stratum by the side they may serve, each int64[...] in keyed-hash order."""

    test: np.ndarray
    validation: np.ndarray
    train: np.ndarray


def draw_pools(
    classes: np.ndarray,
    fingerprints: np.ndarray,
    family: str,
    stratum: str,
    *,
    n_test: int,
    n_validation: int,
    n_train: int,
) -> Pools:
    """Assign the classes int64[m] of a stratum to pools, by keyed hash.

    Training and validation pools have just what their splits take; all that remain are candidates for the test, so that
    it can be matched. A stratum without a test gives its rest to training. Raises SplitError when the stratum cannot
    give what its splits need.
    """
    needed = n_test + n_validation + n_train
    if needed > len(classes):
        raise SplitError(
            f"{family}: stratum {stratum} has {len(classes)} classes but needs {needed} "
            f"({n_test} test, {n_validation} validation, {n_train} train); {ASK_FOR_FEWER}"
        )
    ordered = classes[keyed_order(fingerprints[classes], family, "pools")]
    end_test = len(classes) - n_validation - n_train if n_test else 0
    end_validation = end_test + n_validation
    return Pools(test=ordered[:end_test], validation=ordered[end_test:end_validation], train=ordered[end_validation:])
