"""Small tables made by hand, and a dataset folder built from them: the storage is tested apart from the splits."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from arith_synth.data.building import BuildRequest, building
from arith_synth.data.card import write_cards
from arith_synth.data.folder import BENCHMARK_FILE, CARD_FILE, DatasetFolder, open_dataset
from arith_synth.grammar import grammar_named
from arith_synth.seeding import keyed_hash

SPLITS = {
    "support_shift": ("train", "validation", "test", "test_semantic", "test_syntactic", "test_both"),
    "random": ("train", "validation", "test"),
    "corpus": ("full",),
}
#: What a build tells about the corpus, which these tests do not enumerate.
FACTS: dict[str, Any] = {
    "classes_by_size": [5, 51, 674],
    "n_classes": 730,
    "n_regular": 700,
    "n_well_posed": 690,
    "panel": {"shown": [[4, 5], [5, 4]], "heldout": [[4, 6]]},
    "collision_bound": 1e-30,
    "coordinate_unit": 2.0**-12,
    "regions": {
        "semantic": {"axis": 0, "threshold": 12345, "gap_threshold": 6789},
        "syntactic": {"pattern": "strahler", "threshold": 3, "slack": 1},
    },
    "forced": {"strahler": 17},
}

Tables = Callable[[str], Mapping[str, pa.Table]]


def tables_of(config: str, n_rows: int = 7) -> dict[str, pa.Table]:
    make = _corpus_table if config == "corpus" else _task_table
    return {split: make(config, split, n_rows) for split in SPLITS[config]}


@pytest.fixture(scope="session")
def request_of_three_configs() -> BuildRequest:
    return BuildRequest(
        grammar=grammar_named("xy3"),
        max_size=3,
        split_sizes={config: dict.fromkeys(splits, 7) for config, splits in SPLITS.items()},
    )


@pytest.fixture
def tables() -> Tables:
    return tables_of


@pytest.fixture
def facts() -> dict[str, Any]:
    return FACTS


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory, request_of_three_configs: BuildRequest) -> Path:
    out = tmp_path_factory.mktemp("built") / "arith-synth"
    with building(out, request_of_three_configs) as build:
        for config in SPLITS:
            build.write_config(config, tables_of)
        build.finish(FACTS, _write_documents, dict)
    return out


@pytest.fixture
def dataset(built_once: Path, tmp_path: Path) -> DatasetFolder:
    """A copy that a test may damage."""
    return open_dataset(shutil.copytree(built_once, tmp_path / "arith-synth"))


def _write_documents(folder: Path, build: Mapping[str, Any], checksums: Mapping[str, Any]) -> list[str]:
    write_cards(folder, build, checksums)
    return [CARD_FILE, BENCHMARK_FILE]


def _task_table(config: str, split: str, n_rows: int) -> pa.Table:
    rows = range(n_rows)
    train = split.startswith("train")
    shown = [["1/2", str(row)] for row in rows]
    return pa.table(
        {
            "task_id": [f"{config}/{split}/{row:06d}" for row in rows],
            "prompt": [f"prompt {row}" for row in rows],
            "completion": [f" x + {row}" for row in rows],
            "program": [f"x + {row}" for row in rows],
            "program_prefix": [f"+ x {row}" for row in rows],
            "inputs": [[[4, 5], [5, 4]]] * n_rows,
            "outputs": shown,
            "heldout_inputs": [None if train else [[4, 6]]] * n_rows,
            "heldout_outputs": [None if train else ["-7/3"]] * n_rows,
            "size": pa.array([2 + row % 2 for row in rows], pa.int32()),
            "depth": pa.array([2] * n_rows, pa.int32()),
            "strahler": pa.array([2] * n_rows, pa.int32()),
            "n_divisions": pa.array([0] * n_rows, pa.int32()),
            "shape": ["(..)"] * n_rows,
            "fingerprint": [_fingerprint(config, split, row) for row in rows],
            "syntactic": _coordinates(n_rows),
            "semantic": _coordinates(n_rows),
            "syntactic_region": ["in"] * n_rows,
            "semantic_region": ["in"] * n_rows,
            **{
                name: pa.array([None if train else 1.5] * n_rows, pa.float32())
                for name in ("syntactic_distance", "semantic_distance", "tree_edit_distance")
            },
        }
    )


def _corpus_table(config: str, split: str, n_rows: int) -> pa.Table:
    rows = range(n_rows)
    return pa.table(
        {
            "program": [f"x + {row}" for row in rows],
            "size": pa.array([2] * n_rows, pa.int32()),
            "fingerprint": [_fingerprint(config, split, row) for row in rows],
            "depth": pa.array([2] * n_rows, pa.int32()),
            "strahler": pa.array([2] * n_rows, pa.int32()),
            "n_divisions": pa.array([0] * n_rows, pa.int32()),
            "shape": ["(..)"] * n_rows,
            "forced": pa.array([["strahler"] if row % 2 else [] for row in rows], pa.list_(pa.string())),
            "used_by": pa.array([[]] * n_rows, pa.list_(pa.string())),
            "syntactic": _coordinates(n_rows),
            "semantic": _coordinates(n_rows),
        }
    )


def _coordinates(n_rows: int) -> pa.Array:
    return pa.array([[row + axis / 4096 for axis in range(16)] for row in range(n_rows)], pa.list_(pa.float32(), 16))


def _fingerprint(*names: str | int) -> str:
    return f"{keyed_hash(*names, bits=128):032x}"
