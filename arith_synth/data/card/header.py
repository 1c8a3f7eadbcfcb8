"""The card's YAML header, which `load_dataset` and the Hub read.

Source: the Hub's specification of dataset cards (`datasetcard.md` in huggingface/hub-docs).
"""

from collections.abc import Mapping
from typing import Any

from arith_synth.data.schema import CORPUS_CONFIG

#: The config that `load_dataset` takes when none is named.
DEFAULT_CONFIG = "support_shift"

_SIZE_CATEGORIES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_LARGEST_CATEGORY = "10M<n<100M"
_TAGS = ("program-synthesis", "programming-by-example", "generalization", "distribution-shift", "benchmark")


def header(build: Mapping[str, Any], checksums: Mapping[str, Any]) -> dict[str, Any]:
    """The header of a folder's card, in the order in which it is written."""
    n_rows = sum(entry["rows"] for entry in checksums["files"].values())
    return {
        "pretty_name": "arith-synth",
        "license": "apache-2.0",
        "language": ["en"],
        "multilinguality": ["monolingual"],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "task_categories": ["text-generation"],
        "tags": list(_TAGS),
        "size_categories": [_size_category(n_rows)],
        "configs": _configs(build, checksums),
    }


def config_to_show(build: Mapping[str, Any]) -> str:
    """The config that examples of the card load: the default one, else the first of tasks, else the corpus."""
    configs = [config for config in build["configs"] if config != CORPUS_CONFIG]
    return DEFAULT_CONFIG if DEFAULT_CONFIG in configs else next(iter(configs), CORPUS_CONFIG)


def _configs(build: Mapping[str, Any], checksums: Mapping[str, Any]) -> list[dict[str, Any]]:
    entries = []
    for config, splits in build["configs"].items():
        data_files = [
            {
                "split": split,
                "path": sorted(name for name in checksums["files"] if name.startswith(f"{config}/{split}-")),
            }
            for split in splits
        ]
        entry: dict[str, Any] = {"config_name": config, "data_files": data_files}
        if config == DEFAULT_CONFIG:
            entry["default"] = True
        entries.append(entry)
    return entries


def _size_category(n_rows: int) -> str:
    return next((name for bound, name in _SIZE_CATEGORIES if n_rows < bound), _LARGEST_CATEGORY)
