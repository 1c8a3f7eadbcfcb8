"""A stream has the proportions of the published training split, and is uniform over what a stratum has left."""

import math
from collections import Counter
from collections.abc import Callable, Hashable

import numpy as np
import pytest

from arith_synth.errors import SplitError
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.density import n_cells_of
from arith_synth.splits.regions import semantic_region
from arith_synth.splits.streams.laws import law_of
from arith_synth.splits.streams.supports import support_of

N_DRAWS = 400_000
#: A normal deviate that a fair draw stays below but for once in a million.
LARGEST_DEVIATE = 5.0


def chi_square_deviate(observed: np.ndarray, expected: np.ndarray) -> float:
    """How far Pearson's statistic is from its expectation, in standard deviations; few expected draws are pooled."""
    rare = expected < 10
    observed = np.append(observed[~rare], observed[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    observed, expected = observed[expected > 0], expected[expected > 0]
    freedom = len(expected) - 1
    # Wilson and Hilferty 1931: the cube root of a chi-square is nearly normal.
    ratio = (((observed - expected) ** 2 / expected).sum() / freedom) ** (1 / 3)
    return (ratio - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))


def strata_of(atlas: Atlas, config: str) -> list[Hashable]:
    """The stratum of each class, named from what the published rows say of it."""
    sizes = atlas.measures["size"].tolist()
    if config.startswith("density_shift"):
        cells = atlas.bases.cells(n_cells_of(atlas.corpus.max_size), atlas.syntactic, atlas.semantic)
        return list(zip(cells[0].tolist(), cells[1].tolist(), sizes, strict=True))
    if config.startswith("support_shift"):
        region = semantic_region(atlas)
        high = np.where(atlas.corpus.forced["strahler"], "forced", np.where(atlas.measures["strahler"] > 2, "high", ""))
        first = atlas.semantic[:, 0]
        large = (first >= region.threshold).astype(int) + (first >= region.gap_threshold)
        return list(zip(high.tolist(), large.tolist(), sizes, strict=True))
    return sizes


@pytest.mark.parametrize(
    ("config", "split"),
    [
        ("random", "train"),
        ("support_shift", "train"),
        ("support_shift_control", "train"),
        ("support_shift_control", "train_semantic_excluded"),
        ("density_shift_none", "train"),
        ("density_shift_joint", "train"),
    ],
)
def test_strata_have_the_mass_of_the_training_split_and_candidates_have_equal_mass(
    world, config: str, split: str
) -> None:
    atlas = world.source.atlas
    strata, tested = strata_of(atlas, config), world.classes_not_trained_on()
    published = Counter(strata[number] for number in world.source.train[config, split].classes.tolist())
    candidates = [
        number
        for number in np.flatnonzero(atlas.eligible).tolist()
        if strata[number] in published and number not in tested
    ]
    n_candidates = Counter(strata[number] for number in candidates)
    reachable = sum(n for stratum, n in published.items() if n_candidates[stratum])
    stream = world.source.stream(config, split=split)
    assert stream.classes.tolist() == candidates
    assert stream.law.n_unreachable == sum(published.values()) - reachable

    draws = Counter(next(stream.batches(N_DRAWS)).classes.tolist())
    drawn = Counter()
    for number, n in draws.items():
        drawn[strata[number]] += n
    expected = {stratum: N_DRAWS * published[stratum] / reachable for stratum in n_candidates}
    assert deviate(lambda stratum: drawn[stratum], expected) < LARGEST_DEVIATE
    uniform = {number: drawn[strata[number]] / n_candidates[strata[number]] for number in candidates}
    assert deviate(lambda number: draws[number], uniform) < LARGEST_DEVIATE


def deviate(observed: Callable[[Hashable], int], expected: dict) -> float:
    return chi_square_deviate(
        np.array([observed(key) for key in expected], dtype=float), np.array(list(expected.values()))
    )


def test_the_test_tells_another_law_from_the_right_one() -> None:
    rng = np.random.default_rng(0)
    draws = np.bincount(rng.integers(0, 100, 50_000), minlength=100).astype(float)
    assert abs(chi_square_deviate(draws, np.full(100, 500.0))) < LARGEST_DEVIATE
    slanted = np.linspace(0.9, 1.1, 100) * 500
    assert chi_square_deviate(draws, slanted) > LARGEST_DEVIATE


def test_a_training_split_whose_classes_are_all_held_out_elsewhere_is_an_error(world) -> None:
    atlas, train = world.source.atlas, world.source.train["random", "train"]
    everything = np.ones(atlas.corpus.n_classes, dtype=bool)
    with pytest.raises(SplitError, match="random/train: .* nothing left to draw"):
        law_of(train, support_of(atlas, "random", "train"), everything)


def test_strata_without_candidates_leave_their_share_to_the_others(world) -> None:
    atlas, train = world.source.atlas, world.source.train["random", "train"]
    held_out = atlas.measures["size"] == 3
    law = law_of(train, support_of(atlas, "random", "train"), held_out)
    n_lost = int(held_out[train.classes].sum())
    assert law.n_unreachable == n_lost > 0
    assert len(law.tickets) == len(train.classes) - n_lost
    assert not held_out[law.candidates].any()
