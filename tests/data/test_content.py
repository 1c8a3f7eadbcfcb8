"""Data is named by its content: two datasets have the same task ids."""

from pathlib import Path

import pytest

from arith_synth.data.build import build_dataset
from arith_synth.data.content import content_of
from arith_synth.data.folder import open_dataset
from arith_synth.grammar import grammar_named
from arith_synth.splits.sizes import SplitSizes


def test_splits_of_two_datasets_with_the_same_task_ids_have_different_names(
    small_dataset: Path, tmp_path: Path
) -> None:
    other = tmp_path / "arith-synth"
    sizes = SplitSizes(train=1_000, validation=40, test=40)
    build_dataset(grammar_named("xy5"), 3, other, configs=["random"], sizes=sizes)
    one, two = open_dataset(small_dataset), open_dataset(other)
    name = "random/test"
    assert one.checksums["splits"][name]["task_ids_sha256"] == two.checksums["splits"][name]["task_ids_sha256"]
    assert content_of(one, "random", "test") != content_of(two, "random", "test")


@pytest.mark.parametrize(("config", "split"), [("random", "no_such"), ("no_such", "train")])
def test_what_is_not_there_has_no_name(small_dataset: Path, config: str, split: str) -> None:
    assert content_of(open_dataset(small_dataset), config, split) is None
