"""The dataset card and the Hub's benchmark file, generated: every number in them comes from `build.json`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import yaml

from arith_synth.data.folder import BENCHMARK_FILE, CARD_FILE
from arith_synth.data.loading import HUB_ID
from arith_synth.data.schema import COLUMN_MEANINGS, CORPUS_CONFIG, CORPUS_FEATURES, CORPUS_SPLIT, TASK_FEATURES
from arith_synth.files import write_atomically
from arith_synth.names import is_test

#: The config that `load_dataset` takes when none is named.
DEFAULT_CONFIG = "support_shift"

_TEMPLATE = Path(__file__).with_name("card_template.md")
_SIZE_CATEGORIES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_LARGEST_CATEGORY = "10M<n<100M"

_SPLIT_MEANINGS = {
    (CORPUS_CONFIG, CORPUS_SPLIT): "every class with its target program, by size and fingerprint",
    ("random", "train"): "anywhere: no region is defined",
    ("random", "validation"): "anywhere: differs from its `train` in nothing but chance",
    ("random", "test"): "anywhere: differs from its `train` in nothing but chance",
    ("support_shift", "train"): "neither region: the shifted arm",
    ("support_shift", "validation"): "neither region",
    ("support_shift", "test"): "neither region",
    ("support_shift", "test_semantic"): "the semantic region only",
    ("support_shift", "test_syntactic"): "forced into the syntactic region only",
    ("support_shift", "test_both"): "forced into the syntactic region, and in the semantic region",
    ("support_shift_control", "train"): "nothing excluded",
    ("support_shift_control", "train_syntactic_excluded"): "only the syntactic region excluded",
    ("support_shift_control", "train_semantic_excluded"): "only the semantic region excluded",
    ("support_shift_control", "validation"): "nothing excluded",
}


def write_cards(folder: Path, build: Mapping[str, Any], checksums: Mapping[str, Any]) -> None:
    """Write README.md and eval.yaml of a dataset folder from its parsed `build.json` and `checksums.json`."""
    write_atomically(folder / CARD_FILE, card(build, checksums))
    write_atomically(folder / BENCHMARK_FILE, benchmark(build))


def card(build: Mapping[str, Any], checksums: Mapping[str, Any]) -> str:
    """The card: YAML that lets `load_dataset` work on the folder, then what a reader needs to know."""
    n_rows = sum(entry["rows"] for entry in checksums["files"].values())
    grammar = build["grammar"]
    semantic, unit = build["regions"]["semantic"], build["coordinate_unit"]
    header = {
        "pretty_name": "arith-synth",
        "license": "apache-2.0",
        "language": ["en"],
        "task_categories": ["text-generation"],
        "tags": ["program-synthesis", "programming-by-example", "generalization", "distribution-shift", "benchmark"],
        "size_categories": [_size_category(n_rows)],
        "configs": _yaml_configs(build, checksums),
    }
    body = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        hub_id=HUB_ID,
        default_config=DEFAULT_CONFIG,
        data_version=build["data_version"],
        package_version=build["package_version"],
        grammar=grammar["name"],
        variables=", ".join(grammar["variables"]),
        constants=", ".join(map(str, grammar["constants"])),
        operators=" ".join(grammar["operators"]),
        max_size=build["max_size"],
        realization_size=build["max_size"] + build["regions"]["syntactic"]["slack"],
        n_classes=f"{build['n_classes']:,}",
        n_regular=f"{build['n_regular']:,}",
        n_forced=f"{build['forced'][build['regions']['syntactic']['pattern']]:,}",
        n_shown=len(build["panel"]["shown"]),
        n_heldout=len(build["panel"]["heldout"]),
        collision_bound=f"{build['collision_bound']:.1e}",
        strahler_threshold=build["regions"]["syntactic"]["threshold"],
        semantic_axis=semantic["axis"],
        semantic_threshold=semantic["threshold"],
        semantic_threshold_published=semantic["threshold"] * unit,
        semantic_gap_threshold=semantic["gap_threshold"],
        semantic_gap_threshold_published=semantic["gap_threshold"] * unit,
        coordinate_unit=unit,
        canary=build["canary"],
        splits_table="\n".join(_splits_table(build)),
        task_columns=_columns_table(list(TASK_FEATURES)),
        corpus_columns=_columns_table(list(CORPUS_FEATURES)),
        classes_table="\n".join(_classes_table(build)),
    )
    return f"---\n{yaml.safe_dump(header, sort_keys=False)}---\n\n{body}"


def benchmark(build: Mapping[str, Any]) -> str:
    """`eval.yaml`, which tells the Hub that the dataset is a benchmark: one task a test split.

    Source: the Hub's documentation of evaluation results, "Eval.yaml specification". The Hub accepts only frameworks
    that are in its own list, so ours has to be entered there before the first upload.
    """
    tasks = [
        {"id": f"{config}_{split}", "config": config, "split": split}
        for config, splits in build["configs"].items()
        for split in splits
        if is_test(split)
    ]
    description = "Programs of a small arithmetic language from examples, under controlled train/test shifts."
    document = {
        "name": "arith-synth",
        "description": description,
        "evaluation_framework": "arith-synth",
        "tasks": tasks,
    }
    return yaml.safe_dump(document, sort_keys=False)


def columns_rows(names: Sequence[str]) -> list[str]:
    """One Markdown table row a column."""
    features = {**CORPUS_FEATURES, **TASK_FEATURES}
    return [f"| {name} | {_type_text(features[name])} | {COLUMN_MEANINGS[name]} |" for name in names]


def _columns_table(names: Sequence[str]) -> str:
    return "\n".join(["| column | type | meaning |", "|---|---|---|", *columns_rows(names)])


def _type_text(feature: Any) -> str:
    if hasattr(feature, "dtype"):
        return str(feature.dtype)
    length = f"[{feature.length}]" if feature.length >= 0 else ""
    return f"list<{_type_text(feature.feature)}>{length}"


def _yaml_configs(build: Mapping[str, Any], checksums: Mapping[str, Any]) -> list[dict[str, Any]]:
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


def _splits_table(build: Mapping[str, Any]) -> Iterator[str]:
    yield "| config | split | tasks | by size | where |"
    yield "|---|---|---:|---|---|"
    for config, splits in build["configs"].items():
        for split, counts in splits.items():
            sizes = ", ".join(f"{size}: {n:,}" for size, n in counts["sizes"].items())
            meaning = _SPLIT_MEANINGS.get((config, split), "")
            yield f"| `{config}` | `{split}` | {counts['n']:,} | {sizes} | {meaning} |"


def _classes_table(build: Mapping[str, Any]) -> Iterator[str]:
    yield "| size | new classes |"
    yield "|---:|---:|"
    for size, n in enumerate(build["classes_by_size"], start=1):
        yield f"| {size} | {n:,} |"


def _size_category(n_rows: int) -> str:
    return next((name for bound, name in _SIZE_CATEGORIES if n_rows < bound), _LARGEST_CATEGORY)
