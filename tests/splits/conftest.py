"""A small world to plan splits in: xy3 at max_size 4."""

import pytest

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import grammar_named
from arith_synth.spaces.bases import bases_of
from arith_synth.splits.atlas import Atlas, build_atlas
from arith_synth.splits.plans import Planned, SplitPlan
from arith_synth.splits.registry import CONFIGS, CORPUS, patterns_of, plan_configs
from arith_synth.splits.sizes import SplitSizes
from tests.conftest import TOO_SMALL

SIZES = SplitSizes(train=1_000, validation=40, test=40, density_train=200)

Plans = dict[tuple[str, str], SplitPlan]


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    grammar = grammar_named("xy3")
    return build_atlas(build_corpus(grammar, 4, patterns_of(CONFIGS, grammar)), bases_of(grammar))


@pytest.fixture(scope="session")
def planned(atlas: Atlas) -> Planned:
    """The splits of all configs that so small a corpus has."""
    small = [config for config in CONFIGS if config != CORPUS and not any(name in config for name in TOO_SMALL)]
    return plan_configs(atlas, small, SIZES)


@pytest.fixture(scope="session")
def plans(planned: Planned) -> Plans:
    """They by config and split."""
    return {(plan.config, plan.split): plan for plan in planned.plans}


@pytest.fixture(scope="session")
def support(plans: Plans) -> Plans:
    """The splits of support_shift and its control."""
    return {key: plan for key, plan in plans.items() if key[0] in ("support_shift", "support_shift_control")}
