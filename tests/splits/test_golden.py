"""The published bytes: a change here is a new data version, with a migration note in the changelog."""

import hashlib
import json
from pathlib import Path

import pytest

from arith_synth import DATA_VERSION
from arith_synth.data.build import build_dataset
from arith_synth.data.folder import open_dataset
from arith_synth.grammar import grammar_named

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))


def digest_of(folder: Path) -> dict[str, str]:
    """Content of every split and, as one entry, the facts of build.json that the splits follow from."""
    opened = open_dataset(folder)
    contents = {name: entry["content_sha256"] for name, entry in opened.checksums["files"].items()}
    ignored = ("package_version", "configs")
    facts = {name: value for name, value in opened.build.items() if name not in ignored}
    facts_sha256 = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return {**contents, "build.json": facts_sha256}


def test_a_small_build_has_the_published_bytes(small_dataset: Path) -> None:
    assert digest_of(small_dataset) == GOLDEN[DATA_VERSION]["xy3, max_size 4, small"]


@pytest.mark.slow
def test_the_default_demo_build_has_the_published_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "arith-synth"
    build_dataset(grammar_named("xy3"), 5, folder)
    assert digest_of(folder) == GOLDEN[DATA_VERSION]["xy3, max_size 5"]
