"""One unit in the last place of every float that membership could depend on leaves every split as it is.

The frozen bases are integers (tests/spaces/test_perturbations.py holds that their fit is as steady), so the
inputs of the semantic grid are the only floats left.
"""

import dataclasses

import numpy as np
import pytest

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import grammar_named
from arith_synth.seeding import keyed_hash, splitmix64
from arith_synth.spaces import semantic
from arith_synth.spaces.bases import bases_of
from arith_synth.splits.atlas import Atlas, build_atlas
from arith_synth.splits.plans import Planned
from arith_synth.splits.registry import CONFIGS, CORPUS, patterns_of, plan_configs
from arith_synth.splits.sizes import SplitSizes, default_sizes
from tests.splits.conftest import SIZES


def perturbed_grid(atlas: Atlas, stream: int) -> np.ndarray:
    """The grid's inputs float64[64, n_variables], each one unit in the last place up or down."""
    grid = atlas.bases.grid
    numbers = np.arange(grid.size, dtype=np.uint64) ^ np.uint64(keyed_hash("perturbed grid", stream))
    is_up = (splitmix64(numbers) & np.uint64(1)).astype(bool).reshape(grid.shape)
    return np.nextafter(grid, np.where(is_up, np.inf, -np.inf))


def assert_same_splits(
    monkeypatch: pytest.MonkeyPatch, atlas: Atlas, planned: Planned, sizes: SplitSizes, stream: int
) -> None:
    grid = perturbed_grid(atlas, stream)
    monkeypatch.setattr(semantic, "grid_points", lambda grammar: grid)
    moved = semantic.semantic_coordinates(
        atlas.corpus.codes, atlas.corpus.grammar, atlas.bases.semantic, atlas.bases.means
    )
    monkeypatch.undo()
    configs = list(dict.fromkeys(plan.config for plan in planned.plans))
    again = plan_configs(dataclasses.replace(atlas, semantic=moved), configs, sizes)
    for plan, other in zip(planned.plans, again.plans, strict=True):
        assert np.array_equal(plan.classes, other.classes), plan.name
    assert 0 < (moved != atlas.semantic).sum() < atlas.corpus.n_classes // 100  # something did move


@pytest.mark.parametrize("stream", [0, 1])
def test_a_small_corpus_has_the_same_splits(
    monkeypatch: pytest.MonkeyPatch, atlas: Atlas, planned: Planned, stream: int
) -> None:
    assert_same_splits(monkeypatch, atlas, planned, SIZES, stream)


@pytest.mark.slow
def test_the_demo_corpus_has_the_same_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    grammar = grammar_named("xy3")
    atlas = build_atlas(build_corpus(grammar, 5, patterns_of(CONFIGS, grammar)), bases_of(grammar))
    sizes = default_sizes(grammar, 5)
    planned = plan_configs(atlas, [config for config in CONFIGS if config != CORPUS], sizes)
    for stream in range(2):
        assert_same_splits(monkeypatch, atlas, planned, sizes, stream)
