"""Streams over worlds that can be planned in seconds: xy3 at max_size 4, and the published demo at 5."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import grammar_named
from arith_synth.names import is_train
from arith_synth.spaces.bases import bases_of
from arith_synth.splits import TrainingSource, training_source_of
from arith_synth.splits.atlas import build_atlas
from arith_synth.splits.plans import Planned
from arith_synth.splits.registry import TASK_CONFIGS, patterns_of, plan_configs
from arith_synth.splits.sizes import SplitSizes, default_sizes

GRAMMAR = grammar_named("xy3")
#: At max_size 4 nothing is forced into these regions.
TOO_DEEP = ("nesting", "depth")
SMALL_CONFIGS = tuple(config for config in TASK_CONFIGS if not any(name in config for name in TOO_DEEP))
SMALL_SIZES = SplitSizes(train=1_000, validation=20, test=20, density_train=500)


@dataclass(frozen=True, kw_only=True)
class World:
    """A source, and the plans that it was made from."""

    source: TrainingSource
    planned: Planned

    def classes_not_trained_on(self) -> set[int]:
        """Every class of a validation or test split of any config."""
        return {number for plan in self.planned.plans if not is_train(plan.split) for number in plan.classes.tolist()}


def world_of(max_size: int, configs: Sequence[str], sizes: SplitSizes) -> World:
    corpus = build_corpus(GRAMMAR, max_size, patterns=patterns_of(configs, GRAMMAR))
    atlas = build_atlas(corpus, bases_of(GRAMMAR))
    planned = plan_configs(atlas, configs, sizes)
    return World(source=training_source_of(atlas, planned=planned, configs=configs), planned=planned)


@pytest.fixture(scope="session")
def world() -> World:
    return world_of(4, SMALL_CONFIGS, SMALL_SIZES)


@pytest.fixture(scope="session")
def demo_world() -> World:
    """What the default build at max_size 5 has."""
    return world_of(5, TASK_CONFIGS, default_sizes(GRAMMAR, 5))
