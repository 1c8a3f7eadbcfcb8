"""Which splits are compared with which, and one comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from arith_synth.names import is_test, is_train
from arith_synth.splits.shift.measures import FEWEST, classifier_auc, maximum_mean_discrepancy, total_variation
from arith_synth.splits.shift.reading import DISTANCES, SPACES, PublishedSplit
from arith_synth.splits.shift.samples import (
    Sample,
    n_shared_classes,
    plain_sample,
    size_matched_sample,
)

TRAIN, VALIDATION, TEST = "train", "validation", "test"
CONTROL_SUFFIX = "_control"
#: Below this, two size histograms are one, and matching sizes would change nothing.
_SAME_SIZES = 0.005
#: More operators than any program of a corpus has of one kind.
_MOST_OF_ONE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A split and what it is compared against, each as (config, split). `reference`: whose distances are the unit.

    `matched_only`: whether the size-matched comparison is the only one wanted, as between two tests that share sizes.
    """

    split: tuple[str, str]
    against: tuple[str, str]
    reference: tuple[str, str] | None
    matched_only: bool = False


def pairs_of(configs: Mapping[str, Sequence[str]], config: str) -> list[Pair]:
    """What is compared in a config: every test and validation split with `train`, every further test with `test`, and
    every other training split with the shifted arm; nothing in a config without `train`."""
    splits = configs[config]
    if TRAIN not in splits:
        return []
    train = (config, TRAIN)
    unit = (config, VALIDATION) if VALIDATION in splits else None
    shifted = config.removesuffix(CONTROL_SUFFIX)
    shifted_arm = (shifted, TRAIN) if TRAIN in configs.get(shifted, ()) else train
    pairs = []
    for split in splits:
        here = (config, split)
        if is_train(split):
            if here != shifted_arm:
                pairs.append(Pair(split=here, against=shifted_arm, reference=None))
        else:
            pairs.append(Pair(split=here, against=train, reference=unit))
        if is_test(split) and split != TEST and TEST in splits:
            pairs.append(Pair(split=here, against=(config, TEST), reference=(config, TEST), matched_only=True))
    return pairs


def compare(
    first: PublishedSplit,
    second: PublishedSplit,
    reference: PublishedSplit | None,
    operators: Sequence[str],
    *,
    matched_only: bool,
) -> dict[str, Any]:
    """How far a split is from another, and its distances to train as multiples of those of `reference`.

    `all_sizes`: rows as they come; null where `matched_only` and they share sizes. `size_matched`: the same number
    of each size on both sides; null where no rows have a size in common. AUC and discrepancy are null with fewer than
    FEWEST rows a side.
    """
    sizes_apart = total_variation(first.sizes, second.sizes)
    n_shared = n_shared_classes(first, second)
    sample = size_matched_sample(first, second, disjoint=n_shared > 0)
    matched = _measured(first, second, reference, sample, same_sizes=True)
    if matched_only and matched is not None:
        plain = None
    elif sizes_apart < _SAME_SIZES and matched is not None:
        plain = matched
    else:
        sample = plain_sample(first, second, disjoint=n_shared > 0)
        plain = _measured(first, second, reference, sample, same_sizes=False)
    return {
        "split": first.path,
        "against": second.path,
        "n": [len(first), len(second)],
        "n_shared_classes": n_shared,
        "sizes": {"total_variation": sizes_apart, "counts": [_histogram(split.sizes) for split in (first, second)]},
        "operators": _operators(first, second, operators),
        "distances_to_train": _quartiles(first),
        "all_sizes": plain,
        "size_matched": matched,
    }


def _measured(
    first: PublishedSplit, second: PublishedSplit, reference: PublishedSplit | None, sample: Sample, *, same_sizes: bool
) -> dict[str, Any] | None:
    if not len(sample):
        return None
    found: dict[str, Any] = {"n": len(sample)}
    for space in SPACES:
        sides = first.coordinates[space][sample.rows[0]], second.coordinates[space][sample.rows[1]]
        if len(sample) < FEWEST:
            found[space] = {"auc": None, "mmd2": None, "p": None}
            continue
        discrepancy = maximum_mean_discrepancy(*sides, "shift report", first.path, second.path, space)
        found[space] = {"auc": classifier_auc(*sides), **discrepancy}
    found["distance_ratio"] = _distance_ratios(first, reference, same_sizes=same_sizes)
    return found


def _distance_ratios(
    first: PublishedSplit, reference: PublishedSplit | None, *, same_sizes: bool
) -> dict[str, float | None]:
    """Median distance to train over that of the reference; null where either has none or the latter is zero."""
    if reference is None:
        return dict.fromkeys(DISTANCES)
    sides = (first, reference)
    rows = size_matched_sample(*sides).rows if same_sizes else tuple(np.arange(len(split)) for split in sides)
    ratios: dict[str, float | None] = {}
    for name in DISTANCES:
        medians = [
            float(np.median(split.distances[name][of_side])) if name in split.distances and len(of_side) else 0.0
            for split, of_side in zip(sides, rows, strict=True)
        ]
        ratios[name] = medians[0] / medians[1] if medians[1] > 0 else None
    return ratios


def _operators(first: PublishedSplit, second: PublishedSplit, operators: Sequence[str]) -> dict[str, Any]:
    """How often each operator stands in a program: the mean of both splits, and how far the two laws are apart."""
    sides = first.operators, second.operators
    return {
        "total_variation": total_variation(*(counts @ _MOST_OF_ONE ** np.arange(len(operators)) for counts in sides)),
        "each": {
            operator: {
                "mean": [float(counts[:, column].mean()) for counts in sides],
                "total_variation": total_variation(*(counts[:, column] for counts in sides)),
                "counts": [_histogram(counts[:, column]) for counts in sides],
            }
            for column, operator in enumerate(operators)
        },
    }


def _quartiles(split: PublishedSplit) -> dict[str, list[float]] | None:
    """The first, second and third quartile of each distance to train; null in training splits."""
    if not split.distances:
        return None
    return {name: np.quantile(values, (0.25, 0.5, 0.75)).tolist() for name, values in split.distances.items()}


def _histogram(values: np.ndarray) -> dict[str, int]:
    return {str(value): int(n) for value, n in zip(*np.unique(values, return_counts=True), strict=True)}
