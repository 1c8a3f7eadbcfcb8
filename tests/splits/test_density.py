"""Density shifts: one support, other weights, the same numbers."""

import numpy as np
import pytest

from arith_synth.errors import SplitError
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.block_law import JOINT, MILD, REGIMES, STRONG, HeavyCells, blocks_of, choose_heavy, fill_law
from arith_synth.splits.density import DENSITY_CONFIGS, SPLITS, plan_density
from arith_synth.splits.filling import systematic_sample
from arith_synth.splits.plans import Planned
from arith_synth.splits.sizes import SplitSizes
from tests.splits.conftest import Plans

N_CELLS = 16


def cells(atlas: Atlas, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return atlas.bases.cells(N_CELLS, atlas.syntactic[classes], atlas.semantic[classes])


def effective(numbers: np.ndarray) -> float:
    shares = np.bincount(numbers) / len(numbers)
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def test_all_configs_have_the_same_numbers_of_each_size(atlas: Atlas, plans: Plans) -> None:
    size = atlas.measures["size"]
    for split in ("train", "validation", "test", "test_uniform"):
        histograms = {tuple(np.bincount(size[plans[config, split].classes]).tolist()) for config in SPLITS}
        assert len(histograms) == 1
    assert len(plans["density_shift_none", "train"].classes) == 200


def test_test_uniform_is_the_same_in_all_configs(plans: Plans) -> None:
    uniform = {tuple(sorted(plans[config, "test_uniform"].classes.tolist())) for config in SPLITS}
    assert len(uniform) == 1


def test_no_class_stands_on_two_sides_in_any_two_configs(plans: Plans) -> None:
    sides: dict[str, set[int]] = {}
    for config in SPLITS:
        for split in SPLITS[config]:
            sides.setdefault(split, set()).update(plans[config, split].classes.tolist())
            assert len(set(plans[config, split].classes.tolist())) == len(plans[config, split].classes)
    names = list(sides)
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            assert not sides[one] & sides[other], (one, other)


def test_a_regime_keeps_the_diversity_that_it_names(atlas: Atlas, plans: Plans) -> None:
    axes = {name: cells(atlas, plans[f"density_shift_{name}", "train"].classes) for name in
            ("none", "syntactic", "semantic", "joint")}  # fmt: skip
    syntactic = {name: effective(pair[0]) for name, pair in axes.items()}
    semantic = {name: effective(pair[1]) for name, pair in axes.items()}
    assert min(syntactic["syntactic"], syntactic["joint"]) > 2 * max(syntactic["none"], syntactic["semantic"])
    assert min(semantic["semantic"], semantic["joint"]) > 1.5 * max(semantic["none"], semantic["syntactic"])


def test_the_heavy_cells_have_the_mass_that_the_strength_says(atlas: Atlas, plans: Plans, planned: Planned) -> None:
    for strength, suffix in ((STRONG, ""), (MILD, "_mild")):
        heavy = planned.facts["density"]["strengths"][strength.name]
        syntactic, semantic = cells(atlas, plans[f"density_shift_none{suffix}", "train"].classes)
        expected = strength.heavy_permille / 1000
        for found, axis in ((syntactic, "syntactic"), (semantic, "semantic")):
            assert (
                abs(np.isin(found, heavy[axis]).mean() - expected) < 0.1
            )  # few classes: some blocks cannot hold theirs


def test_test_and_training_follow_one_law(atlas: Atlas, plans: Plans, planned: Planned) -> None:
    for config in DENSITY_CONFIGS:
        heavy = planned.facts["density"]["strengths"][config.strength.name]
        for axis, name in enumerate(("syntactic", "semantic")):
            shares = [
                np.isin(cells(atlas, plans[config.name, split].classes)[axis], heavy[name]).mean()
                for split in ("train", "test")
            ]
            assert abs(shares[0] - shares[1]) < 0.1  # 40 test tasks


def test_published_numbers_of_cells_are_those_of_the_splits(atlas: Atlas, plans: Plans, planned: Planned) -> None:
    for config in SPLITS:
        facts = planned.facts["density"]["configs"][config]
        for name, split in (("cells_of_train", "train"), ("cells_of_test_uniform", "test_uniform")):
            syntactic, semantic = cells(atlas, plans[config, split].classes)
            assert facts[name] == {
                "syntactic": len(np.unique(syntactic)),
                "semantic": len(np.unique(semantic)),
                "joint": len(np.unique(syntactic * N_CELLS + semantic)),
            }


def test_a_law_gives_blocks_their_weight_and_every_cell_mass() -> None:
    heavy = HeavyCells(
        syntactic=np.arange(8) < 2, semantic=np.arange(8) >= 6, attempt=0,
    )  # fmt: skip
    room = np.full((8, 8), 100_000)
    for regime in REGIMES:
        blocks = blocks_of(regime, STRONG, heavy)
        assert (sum(mask.astype(int) for _, mask in blocks) == 1).all()
        quota, short, moved = fill_law(100_000, regime, blocks, room, "f", "c", "train", 4)
        assert (quota > 0).all()
        assert (short, moved) == (0, 0)
        if not regime.even_syntactic:
            assert quota[:2].sum() == 90_000
        if not regime.even_semantic:
            assert quota[:, 6:].sum() == 90_000


def test_what_a_cell_or_a_block_cannot_hold_is_counted_and_not_lost() -> None:
    heavy = HeavyCells(syntactic=np.arange(4) < 1, semantic=np.arange(4) < 1, attempt=0)
    room = np.full((4, 4), 100)
    room[0, 0], room[1, 1] = 50, 3
    quota, short, moved = fill_law(400, REGIMES[0], blocks_of(REGIMES[0], STRONG, heavy), room, "f", "c", "train", 4)
    assert quota.sum() == 400
    assert (quota <= room).all()
    assert quota[0, 0] == 50
    assert moved == 324 - 50
    assert short > 0
    with pytest.raises(SplitError, match=r"c/train: the cells hold \d+ classes of size 4, but 9999 tasks"):
        fill_law(9_999, JOINT, blocks_of(JOINT, STRONG, heavy), room, "f", "c", "train", 4)


def test_heavy_cells_are_the_first_choice_with_room() -> None:
    counts = np.zeros((16, 16), dtype=np.int64)
    counts[3:6, 7:10] = 1_000
    chosen = choose_heavy(counts, STRONG, 800)
    block = counts[np.ix_(chosen.syntactic, chosen.semantic)].sum()
    assert block * 4 >= 5 * 800 * 0.81
    assert chosen.attempt > 0
    with pytest.raises(SplitError, match="no choice of 2 heavy cells"):
        choose_heavy(counts, STRONG, 1_000_000)


def test_a_systematic_sample_is_in_proportion_and_has_no_favourites() -> None:
    weights = np.array([5, 0, 1, 10, 4])
    total = np.zeros(5)
    for number in range(2_000):
        share = systematic_sample(7, weights, "stream", number)
        assert share.sum() == 7
        assert (np.abs(share - 7 * weights / 20) < 1).all()
        total += share
    assert np.abs(total / 2_000 - 7 * weights / 20).max() < 0.05


def test_too_many_tasks_are_refused(atlas: Atlas) -> None:
    with pytest.raises(SplitError, match="density_shift"):
        plan_density(atlas, SplitSizes(train=10, validation=3_000, test=3_000, density_train=8_000))


def test_the_two_strengths_are_published() -> None:
    assert [config.name for config in DENSITY_CONFIGS] == [
        "density_shift_none", "density_shift_syntactic", "density_shift_semantic", "density_shift_joint",
        "density_shift_none_mild", "density_shift_syntactic_mild", "density_shift_semantic_mild",
    ]  # fmt: skip
