"""What the page reads of a folder; whatever cannot be read becomes a notice on the page, not an error."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from arith_synth.errors import DatasetError
from arith_synth.splits.shift.reading import SPACES, PublishedSplit, read_split, split_files

_BATCH = 65_536


@dataclass(frozen=True, kw_only=True)
class Line:
    """Where a region begins or ends: on axis 0 (drawn upright) or 1 of a space, in published coordinates."""

    space: str
    axis: int
    at: float
    is_gap: bool


def read_json_object(path: Path) -> dict[str, Any] | None:
    """The object that a JSON file holds; None when it is not there or is something else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def operators_of(build: Mapping[str, Any]) -> list[str]:
    """The grammar's operators; none when build.json does not say."""
    grammar = build.get("grammar")
    operators = grammar.get("operators") if isinstance(grammar, dict) else None
    return [str(symbol)[:12] for symbol in operators[:12]] if isinstance(operators, list) else []


def read_config(
    folder: Path, config: str, splits: list[str], operators: list[str]
) -> tuple[dict[str, PublishedSplit], list[str]]:
    """The readable splits of a config by name, and what is wrong with the others."""
    found, problems = {}, []
    for split in splits:
        try:
            found[split] = read_split(folder, config, split, operators)
        except DatasetError as error:
            problems.append(str(error))
    return found, problems


def corpus_points(folder: Path) -> dict[str, np.ndarray] | None:
    """The first two coordinates of every class by space, float32[n, 2]; None when the corpus cannot be read."""
    points: dict[str, list[np.ndarray]] = {space: [] for space in SPACES}
    try:
        for path in split_files(folder, "corpus", "full"):
            for batch in pq.ParquetFile(path).iter_batches(_BATCH, columns=list(SPACES)):
                for space in SPACES:
                    column = batch.column(space)
                    flat = column.flatten().to_numpy(zero_copy_only=False)
                    points[space].append(flat.reshape(len(column), -1)[:, :2].astype(np.float32))
        return {space: np.concatenate(parts) for space, parts in points.items()}
    except (pa.ArrowException, OSError, KeyError, ValueError, AttributeError):
        return None


def lines_of(build: Mapping[str, Any], config: str) -> list[Line]:
    """The ends of a config's regions that are intervals of the first or second coordinate."""
    unit = build.get("coordinate_unit")
    regions, axes = build.get("regions"), build.get("axes")
    if not _is_number(unit):
        return []
    base = config.removesuffix("_control")
    lines = []
    if base == "support_shift" and isinstance(regions, dict) and isinstance(regions.get("semantic"), dict):
        region = regions["semantic"]
        for name, is_gap in (("threshold", False), ("gap_threshold", True)):
            lines.append(("semantic", region.get("axis"), region.get(name), is_gap))
    axis = axes.get(base) if isinstance(axes, dict) else None
    region = axis.get("region") if isinstance(axis, dict) else None
    if isinstance(region, dict) and region.get("kind") == "interval":
        ends = ["from"] if _reaches_the_end(region) else ["from", "below"]
        for end in ends:
            at, gap_at = region.get(end), region.get(f"gap_{end}")
            lines.append((region.get("space"), region.get("coordinate"), at, False))
            if gap_at != at:
                lines.append((region.get("space"), region.get("coordinate"), gap_at, True))
    return [
        Line(space=space, axis=int(coordinate), at=at * unit, is_gap=is_gap)
        for space, coordinate, at, is_gap in lines
        if space in SPACES and coordinate in (0, 1) and _is_number(at)
    ]


def region_title(build: Mapping[str, Any], config: str) -> str:
    """What is held out of a config's training, in words; an empty text where nothing is or build.json does not say."""
    base = config.removesuffix("_control")
    axes = build.get("axes")
    axis = axes.get(base) if isinstance(axes, dict) else None
    region = axis.get("region") if isinstance(axis, dict) else None
    title = region.get("title") if isinstance(region, dict) else None
    if base == "support_shift":
        title = "Strahler number 3 or more; large outputs"
    if not isinstance(title, str):
        return ""
    return f"Region: {title[:200]}" + (" (lifted here)." if config != base else ".")


def _reaches_the_end(region: Mapping[str, Any]) -> bool:
    """Whether an interval has no upper end: it is given in thousandths of the corpus, and goes up to all of it."""
    permille = region.get("permille")
    return isinstance(permille, list) and len(permille) == 2 and permille[1] == 1000


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
