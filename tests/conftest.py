"""Fixtures that several rooms share."""

from pathlib import Path

import pytest

from arith_synth.data.build import build_dataset
from arith_synth.grammar import grammar_named
from arith_synth.splits.sizes import SplitSizes

SMALL_SIZES = SplitSizes(train=1_000, validation=40, test=40)


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real dataset folder, xy3 at max_size 4 with small splits. Read it, never write to it: copy it first."""
    folder = tmp_path_factory.mktemp("small") / "arith-synth"
    build_dataset(grammar_named("xy3"), 4, folder, sizes=SMALL_SIZES)
    return folder
