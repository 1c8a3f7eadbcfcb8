"""Configs `density_shift_*`: the same support, other weights over the cells of the two spaces.

Strata are (syntactic cell, semantic cell, size). One assignment of classes to pools serves all configs, which share
`test_uniform` too. Every split has the size histogram of the eligible classes. A law is what test, validation and
training of a config take together of each stratum, as far as there are classes; each has its share of every stratum.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from arith_synth.errors import SplitError
from arith_synth.seeding import keyed_order
from arith_synth.splits.apportion import apportion
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.block_law import (
    FAMILY,
    JOINT,
    MILD,
    REGIMES,
    STRONG,
    Blocks,
    HeavyCells,
    Regime,
    Strength,
    blocks_of,
    choose_heavy,
    fill_law,
)
from arith_synth.splits.filling import systematic_sample
from arith_synth.splits.plans import Planned, plan_split
from arith_synth.splits.sizes import ASK_FOR_FEWER, MAX_TRAIN_PERCENT, SplitSizes

#: Cells of an axis, by max_size: with fewer classes, fewer cells.
_FEW_CELLS, _MANY_CELLS, _MANY_FROM = 16, 64, 6
TESTS = ("test", "test_uniform")


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityConfig:
    """A regime at a strength; evenness on both axes has none."""

    regime: Regime
    strength: Strength

    @property
    def name(self) -> str:
        """Name of the config."""
        milder = "_mild" if self.strength is MILD else ""
        return f"{FAMILY}_{self.regime.name}{milder}"


DENSITY_CONFIGS = tuple(
    DensityConfig(regime=regime, strength=strength)
    for strength in (STRONG, MILD)
    for regime in REGIMES
    if regime is not JOINT or strength is STRONG
)
SPLITS = {config.name: ("train", "validation", *TESTS) for config in DENSITY_CONFIGS}

#: Tasks by joint cell and size: int64[n_cells, n_cells, max_size + 1].
Quota = np.ndarray


def n_cells_of(max_size: int) -> int:
    """Cells of an axis in a corpus of this max_size."""
    return _MANY_CELLS if max_size >= _MANY_FROM else _FEW_CELLS


def plan_density(atlas: Atlas, sizes: SplitSizes) -> Planned:
    """All splits of all density configs, and the facts about them that `build.json` keeps.

    Raises SplitError when a split cannot be filled.
    """
    n_cells = n_cells_of(atlas.corpus.max_size)
    eligible = np.flatnonzero(atlas.eligible)
    cell, size = _strata(atlas, n_cells, eligible)
    counts = np.bincount(cell * (atlas.corpus.max_size + 1) + size, minlength=n_cells**2 * (atlas.corpus.max_size + 1))
    counts = counts.reshape(n_cells, n_cells, -1).astype(np.int64)
    totals = {
        "train": min(sizes.density_train, len(eligible) * MAX_TRAIN_PERCENT // 100),
        "validation": sizes.validation,
        "test": sizes.test,
        "test_uniform": sizes.test,
    }
    quotas, facts = _quotas(counts, totals)
    pools = _pools(counts, quotas)
    chosen = _draw(atlas, eligible, cell, size, counts, pools, quotas)
    plans = []
    for config in SPLITS:
        train = plan_split(atlas, config, "train", chosen[config, "train"], None)
        plans.append(train)
        plans += [
            plan_split(atlas, config, split, chosen[config, split], train.classes) for split in SPLITS[config][1:]
        ]
    return Planned(plans=plans, facts={"density": {"n_cells": n_cells, **facts}})


def _strata(atlas: Atlas, n_cells: int, eligible: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Joint cell (syntactic x n_cells + semantic) and size of each eligible class: int64[n] each."""
    syntactic, semantic = atlas.bases.cells(n_cells, atlas.syntactic[eligible], atlas.semantic[eligible])
    return syntactic * n_cells + semantic, atlas.measures["size"][eligible].astype(np.int64)


def _quotas(counts: np.ndarray, totals: dict[str, int]) -> tuple[dict[tuple[str, str], Quota], dict[str, Any]]:
    """Quotas by config and split, and what `build.json` says of them."""
    sizes = {size: int(n) for size, n in enumerate(counts.sum(axis=(0, 1))) if n}
    by_size = {split: apportion(total, sizes) for split, total in totals.items()}
    n_drawn = totals["train"] + totals["validation"] + totals["test"]
    heavy = {strength: choose_heavy(counts.sum(axis=2), strength, n_drawn) for strength in (STRONG, MILD)}
    facts: dict[str, Any] = {
        "strengths": {strength.name: _heavy_facts(strength, cells) for strength, cells in heavy.items()},
        "configs": {},
    }
    even = blocks_of(JOINT, STRONG, heavy[STRONG])
    uniform = np.zeros_like(counts)
    for size, n in by_size["test_uniform"].items():
        uniform[:, :, size] = fill_law(n, JOINT, even, counts[:, :, size], FAMILY, FAMILY, "test_uniform", size)[0]
    room = counts - uniform
    quotas: dict[tuple[str, str], Quota] = {}
    for config in DENSITY_CONFIGS:
        blocks = blocks_of(config.regime, config.strength, heavy[config.strength])
        law, short, moved = _law(config, blocks, room, by_size)
        facts["configs"][config.name] = {"short_of_even": short, "moved_between_blocks": moved}
        for split in ("test", "validation"):
            quotas[config.name, split] = _sample_of(law, config, split, by_size[split])
            law = law - quotas[config.name, split]
        quotas[config.name, "train"] = law
        quotas[config.name, "test_uniform"] = uniform
    # A law may have used up all classes of a cell, of which other configs' tests need some: its other sides give way.
    for split, side_before in (("validation", "test"), ("train", "validation")):
        room = room - np.max([quotas[config.name, side_before] for config in DENSITY_CONFIGS], axis=0)
        for config in DENSITY_CONFIGS:
            blocks = blocks_of(config.regime, config.strength, heavy[config.strength])
            quota, n = _within(quotas[config.name, split], room, config, split, blocks)
            quotas[config.name, split] = quota
            facts["configs"][config.name].setdefault("given_way", {})[split] = n
    for config in DENSITY_CONFIGS:
        facts["configs"][config.name] |= _coverage(counts, config, quotas)
    return quotas, facts


def _law(
    config: DensityConfig, blocks: Blocks, room: np.ndarray, by_size: dict[str, dict[int, int]]
) -> tuple[Quota, int, int]:
    """What test, validation and training together take of each stratum, and what `fill_law` says of it."""
    law = np.zeros_like(room)
    short = moved = 0
    for size in by_size["train"]:
        total = sum(by_size[split][size] for split in ("train", "validation", "test"))
        law[:, :, size], a, b = fill_law(
            total, config.regime, blocks, room[:, :, size], FAMILY, config.name, "law", size
        )
        short, moved = short + a, moved + b
    return law, short, moved


def _sample_of(law: Quota, config: DensityConfig, split: str, by_size: dict[int, int]) -> Quota:
    """A split's share of a law, in proportion in every size."""
    quota = np.zeros_like(law)
    for size, n in by_size.items():
        weights = law[:, :, size].ravel()
        quota[:, :, size] = systematic_sample(n, weights, FAMILY, config.name, split, size).reshape(law.shape[:2])
    return quota


def _within(quota: Quota, room: np.ndarray, config: DensityConfig, split: str, blocks: Blocks) -> tuple[Quota, int]:
    """A quota within the room that is left, and how many tasks gave way: those follow the law elsewhere."""
    kept = np.minimum(quota, room)
    given_way = quota.sum(axis=(0, 1)) - kept.sum(axis=(0, 1))
    for size in np.flatnonzero(given_way).tolist():
        kept[:, :, size] += fill_law(
            int(given_way[size]), config.regime, blocks, (room - kept)[:, :, size],
            FAMILY, config.name, f"{split} gives way", size,
        )[0]  # fmt: skip
    return kept, int(given_way.sum())


def _heavy_facts(strength: Strength, cells: HeavyCells) -> dict[str, Any]:
    return {
        "heavy_permille": strength.heavy_permille,
        "attempt": cells.attempt,
        "syntactic": np.flatnonzero(cells.syntactic).tolist(),
        "semantic": np.flatnonzero(cells.semantic).tolist(),
    }


def _coverage(counts: np.ndarray, config: DensityConfig, quotas: dict[tuple[str, str], Quota]) -> dict[str, Any]:
    """How many cells of each axis, and joint cells, have classes, training tasks, tasks of `test_uniform`, and both."""
    train = quotas[config.name, "train"].sum(axis=2) > 0
    uniform = quotas[config.name, "test_uniform"].sum(axis=2) > 0
    return {
        name: {
            "syntactic": int(mask.any(axis=1).sum()),
            "semantic": int(mask.any(axis=0).sum()),
            "joint": int(mask.sum()),
        }
        for name, mask in (
            ("cells_with_classes", counts.sum(axis=2) > 0),
            ("cells_of_train", train),
            ("cells_of_test_uniform", uniform),
            ("cells_of_both", train & uniform),
        )
    }


def _pools(counts: np.ndarray, quotas: dict[tuple[str, str], Quota]) -> dict[str, np.ndarray]:
    """Where each side's classes begin in the keyed order of a stratum: int64[n_cells, n_cells, max_size + 1]."""
    starts = {"test_uniform": np.zeros_like(counts)}
    end = quotas[DENSITY_CONFIGS[0].name, "test_uniform"]
    for split in ("test", "validation", "train"):
        starts[split] = end
        end = end + np.max([quotas[config.name, split] for config in DENSITY_CONFIGS], axis=0)
    if (end > counts).any():
        raise SplitError(f"{FAMILY}: a stratum has fewer classes than its splits need; {ASK_FOR_FEWER}")
    return starts


def _draw(
    atlas: Atlas,
    eligible: np.ndarray,
    cell: np.ndarray,
    size: np.ndarray,
    counts: np.ndarray,
    starts: dict[str, np.ndarray],
    quotas: dict[tuple[str, str], Quota],
) -> dict[tuple[str, str], np.ndarray]:
    """Classes int64[n] by config and split: of each stratum the next ones in keyed order from its side's start."""
    order = keyed_order(atlas.corpus.fingerprints[eligible], FAMILY, "pools")
    stratum = cell[order] * counts.shape[2] + size[order]
    by_stratum = np.argsort(stratum, kind="stable")
    sorted_strata = stratum[by_stratum]
    first = np.searchsorted(sorted_strata, np.arange(counts.size))
    rank = np.arange(len(order)) - first[sorted_strata]
    classes = eligible[order[by_stratum]]
    chosen = {}
    for (config, split), quota in quotas.items():
        start = starts[split].ravel()[sorted_strata]
        chosen[config, split] = classes[(rank >= start) & (rank < start + quota.ravel()[sorted_strata])]
    return chosen
