"""A small world to plan splits in: xy3 at max_size 4."""

import pytest

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import grammar_named
from arith_synth.spaces.bases import bases_of
from arith_synth.splits.atlas import Atlas, build_atlas
from arith_synth.splits.plans import SplitPlan
from arith_synth.splits.sizes import SplitSizes
from arith_synth.splits.support import plan_support_shift

SIZES = SplitSizes(train=1_000, validation=40, test=40)

Plans = dict[tuple[str, str], SplitPlan]


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    grammar = grammar_named("xy3")
    return build_atlas(build_corpus(grammar, 4), bases_of(grammar))


@pytest.fixture(scope="session")
def support(atlas: Atlas) -> Plans:
    """The splits of support_shift and its control."""
    return {(plan.config, plan.split): plan for plan in plan_support_shift(atlas, SIZES).plans}
