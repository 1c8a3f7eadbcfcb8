"""The shift report of a dataset folder, from its published files alone."""

import json
import os
import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from arith_synth.errors import DatasetError
from arith_synth.progress import Progress
from arith_synth.splits.shift.comparisons import Pair, compare, pairs_of
from arith_synth.splits.shift.density import PREFIX, density_facts
from arith_synth.splits.shift.measures import BOOSTING, MMD_SAMPLE, N_FOLDS, N_PERMUTATIONS, one_thread
from arith_synth.splits.shift.reading import SPACES, PublishedSplit, read_split
from arith_synth.splits.shift.samples import SAMPLE

SHIFT_REPORT_FILE = "shift_report.json"
#: Floating point differs from machine to machine beyond this.
_DECIMALS = 3
_SPLIT_FILE = re.compile(r"(?P<config>[a-z0-9_]+)/(?P<split>[a-z0-9_]+)-[0-9]{5}-of-[0-9]{5}\.parquet")
_CORPUS = "corpus"
#: Splits kept in memory: those of a config, and the training split of the config that it controls.
_KEPT = 12

#: (space, integer coordinates int32[n, 16]) -> the cell of each row, int64[n].
CellsOf = Callable[[str, np.ndarray], np.ndarray]


def shift_report(
    folder: Path | str,
    cells_of: CellsOf | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
    only: Collection[str] | None = None,
) -> dict[str, Any]:
    """How far every split is from what it is compared with, in both spaces: ready for JSON, keys sorted.

    `cells_of` gives the cells of the density configs, whose facts are left out without it. Numbers are rounded to three
    decimals and do not depend on `threads` (all processors when None). `only`: the configs to measure. Raises
    DatasetError when the folder cannot be read, MissingExtraError when there is no scikit-learn.
    """
    folder = Path(folder)
    operators, unit = _facts(folder)
    configs = published_configs(folder)
    read = _Reader(folder, operators)
    report: dict[str, dict[str, Any]] = {}

    def measure(pair: Pair, found: Mapping[tuple[str, str], PublishedSplit]) -> dict[str, Any]:
        reference = found[pair.reference] if pair.reference else None
        return compare(found[pair.split], found[pair.against], reference, operators, matched_only=pair.matched_only)

    n_threads = threads or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    with one_thread(), ThreadPoolExecutor(n_threads) as pool:
        for number, config in enumerate(configs):
            if progress is not None:
                progress("measuring shifts", number, len(configs))
            pairs = pairs_of(configs, config)
            if not pairs or (only is not None and config not in only):
                continue
            names = {name for pair in pairs for name in (pair.split, pair.against, pair.reference) if name}
            found = {name: read(*name) for name in sorted(names)}
            report[config] = {"comparisons": list(pool.map(lambda pair, found=found: measure(pair, found), pairs))}
            if cells_of is not None and config.startswith(PREFIX):
                report[config]["density"] = _density(config, found, cells_of, unit)
    if progress is not None:
        progress("measuring shifts", len(configs), len(configs))
    versions = {name: version(name) for name in ("numpy", "scikit-learn")}
    return _tidy({"versions": versions, "parameters": _parameters(), "configs": report})


def published_configs(folder: Path) -> dict[str, list[str]]:
    """Split names by config, from the names of the folder's files, but for the corpus; sorted."""
    configs: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*/*.parquet")):
        match = _SPLIT_FILE.fullmatch(path.relative_to(folder).as_posix())
        if match and match["config"] != _CORPUS and match["split"] not in configs.setdefault(match["config"], []):
            configs[match["config"]].append(match["split"])
    return configs


class _Reader:
    """Reads splits, and keeps the last few: a control is compared with the training split of the config before it."""

    def __init__(self, folder: Path, operators: Sequence[str]) -> None:
        self._folder, self._operators = folder, operators
        self._kept: OrderedDict[tuple[str, str], PublishedSplit] = OrderedDict()

    def __call__(self, config: str, split: str) -> PublishedSplit:
        name = (config, split)
        if name not in self._kept:
            self._kept[name] = read_split(self._folder, config, split, self._operators)
        self._kept.move_to_end(name)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._kept[name]


def _facts(folder: Path) -> tuple[list[str], float]:
    """The grammar's operators and the coordinate unit, from build.json."""
    path = folder / "build.json"
    advice = "name a folder that `arith-synth build` has made"
    try:
        build = json.loads(path.read_text(encoding="utf-8"))
        operators, unit = build["grammar"]["operators"], float(build["coordinate_unit"])
        if not isinstance(operators, list) or not all(isinstance(symbol, str) for symbol in operators) or unit <= 0:
            raise TypeError("grammar or coordinate_unit is of the wrong kind")
    except FileNotFoundError as error:
        raise DatasetError(f"{folder} is not an arith-synth dataset (it has no build.json); {advice}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DatasetError(
            f"{path} does not describe a dataset ({' '.join(str(error).split())[:100]}); {advice}"
        ) from error
    return operators, unit


def _density(
    config: str, found: Mapping[tuple[str, str], PublishedSplit], cells_of: CellsOf, unit: float
) -> dict[str, Any]:
    splits = {name: split for (of_config, name), split in found.items() if of_config == config}
    cells = {
        name: {
            space: cells_of(space, np.rint(split.coordinates[space].astype(np.float64) / unit).astype(np.int32))
            for space in SPACES
        }
        for name, split in splits.items()
    }
    return density_facts(splits, cells)


def _parameters() -> dict[str, Any]:
    return {
        "sample": SAMPLE,
        "folds": N_FOLDS,
        "boosting": BOOSTING,
        "mmd_sample": MMD_SAMPLE,
        "permutations": N_PERMUTATIONS,
    }


def _tidy(value: Any) -> Any:
    """Rounded numbers (no negative zero) and sorted keys, all the way down."""
    if isinstance(value, dict):
        return {key: _tidy(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_tidy(item) for item in value]
    return round(value, _DECIMALS) + 0.0 if isinstance(value, float) else value
