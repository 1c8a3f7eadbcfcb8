"""Fixtures that several rooms share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from arith_synth.data.build import build_dataset
from arith_synth.grammar import grammar_named
from arith_synth.splits.registry import CONFIGS
from arith_synth.splits.sizes import SplitSizes

SMALL_SIZES = SplitSizes(train=1_000, validation=40, test=40, density_train=200)
SMALL_CONFIGS = ("corpus", "random", "support_shift", "support_shift_control")
#: Nothing of at most 4 leaves is forced into these.
TOO_SMALL = ("divisions", "nesting", "depth")
WIDE_CONFIGS = tuple(config for config in CONFIGS if not any(name in config for name in TOO_SMALL))


@pytest.fixture(scope="session", autouse=True)
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests, and the processes that they start, leave the user's cache alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "ARITH_SYNTH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real dataset folder, xy3 at max_size 4 with small splits of the headline configs.

    Read it, never write to it: copy it first.
    """
    folder = tmp_path_factory.mktemp("small") / "arith-synth"
    build_dataset(grammar_named("xy3"), 4, folder, SMALL_CONFIGS, SMALL_SIZES)
    return folder


@pytest.fixture(scope="session")
def wide_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `small_dataset`, with every config that so small a corpus has."""
    folder = tmp_path_factory.mktemp("wide") / "arith-synth"
    build_dataset(grammar_named("xy3"), 4, folder, WIDE_CONFIGS, SMALL_SIZES)
    return folder
