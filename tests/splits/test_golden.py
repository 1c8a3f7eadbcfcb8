"""The published bytes: a change here is a new data version, with a migration note in the changelog.

`python tests/golden_builds.py` writes the file that these tests compare with, and says what changes.
"""

from pathlib import Path

import pytest
from golden_builds import DEMO, THEN_AND_NOW, WIDE, digest_of, read_golden, unchanged_splits

from arith_synth import DATA_VERSION
from arith_synth.data.build import build_dataset
from arith_synth.grammar import grammar_named

GOLDEN = read_golden()


def test_a_small_build_has_the_published_bytes(wide_dataset: Path) -> None:
    assert digest_of(wide_dataset) == GOLDEN[DATA_VERSION][WIDE]


@pytest.mark.parametrize(("then", "now"), THEN_AND_NOW.items())
def test_the_splits_of_1_0_0_have_the_same_content_ever_since(then: str, now: str) -> None:
    splits = unchanged_splits(GOLDEN["1.0.0"][then])
    assert len(splits) == 13
    assert unchanged_splits(GOLDEN[DATA_VERSION][now]) == splits


def test_a_split_does_not_depend_on_the_configs_beside_it(small_dataset: Path, wide_dataset: Path) -> None:
    assert unchanged_splits(digest_of(small_dataset)) == unchanged_splits(digest_of(wide_dataset))


@pytest.mark.slow
def test_the_default_demo_build_has_the_published_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "arith-synth"
    build_dataset(grammar_named("xy3"), 5, folder)
    assert digest_of(folder) == GOLDEN[DATA_VERSION][DEMO]
