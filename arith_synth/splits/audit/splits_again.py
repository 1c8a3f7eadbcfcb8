"""All splits of a folder a second time, and what build.json must say about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from arith_synth.grammar.patterns import STRAHLER
from arith_synth.splits.audit.axis_regions import AxisRegion, axis_regions
from arith_synth.splits.audit.cells import cells_of, frozen_centroids
from arith_synth.splits.audit.corpus_view import classes_of, eligible_on, headline_labels, places_of
from arith_synth.splits.audit.evidence import CONTROL, SUPPORT, Evidence
from arith_synth.splits.audit.membership import headline_splits, random_splits
from arith_synth.splits.audit.membership_axes import axis_splits, size_splits
from arith_synth.splits.audit.membership_density import DENSITY_CONFIGS, density_splits, n_cells_of
from arith_synth.splits.audit.numbers_asked import INPUT_SHIFT, NEW_INPUTS, RANDOM, Numbers
from arith_synth.splits.audit.panel import derived_panel
from arith_synth.splits.audit.pools import Asked, Classes

_PLACES = ("inside", "between", "novel")


@dataclass(frozen=True, kw_only=True)
class Derived:
    """Rows of the corpus int64[n] of each split by path, in no order; entries of build.json; why some are lacking."""

    splits: dict[str, np.ndarray] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def derive_splits(evidence: Evidence, numbers: Numbers) -> Derived:
    """The splits of every family of which the folder has a config."""
    configs = {split.config for split in evidence.folder.tasks}
    derived = Derived()
    # Before coordinates are read, for want of memory.
    on_new_inputs = _eligible_on_new_inputs(evidence, derived) if INPUT_SHIFT in configs else None
    classes = classes_of(evidence)
    if RANDOM in configs:
        derived.splits.update(random_splits(classes, numbers.others))
    if configs & {SUPPORT, CONTROL}:
        syntax, meaning = headline_labels(evidence, classes, STRAHLER)
        edges = _add(derived, SUPPORT, headline_splits(classes, syntax, meaning, numbers.others))
        derived.facts["matching"] = {"edges": edges}
    for region in axis_regions(evidence.folder.build)[0]:
        entry = _derive_axis(evidence, region, classes, numbers.others, derived)
        derived.facts.setdefault("axes", {})[region.config] = entry
    if configs & set(DENSITY_CONFIGS):
        derived.facts["density"] = _derive_density(evidence, classes, numbers.density, derived)
    if on_new_inputs is not None:
        derived.facts["input_shift"] = _derive_new_inputs(classes, on_new_inputs, numbers.others, derived)
    return derived


def _add(derived: Derived, config: str, found: tuple[dict[str, np.ndarray], Any] | str) -> Any:
    """Take the splits of a family, or note why it has none; returns what was found beside them."""
    if isinstance(found, str):
        derived.problems.append(f"the splits of {config} cannot be filled: {found}")
        return None
    derived.splits.update(found[0])
    return found[1]


def _derive_axis(
    evidence: Evidence, region: AxisRegion, classes: Classes, asked: Asked, derived: Derived
) -> dict[str, Any]:
    places = places_of(evidence, region, classes)
    counts = np.bincount(places, minlength=len(_PLACES)).tolist()
    if region.pattern is None and region.coordinate is None:
        found = size_splits(classes, places, region.config, region.space, asked)
    else:
        has_gap = region.pattern is None
        found = axis_splits(classes, places, region.config, region.space, asked, has_gap=has_gap)
    edges = _add(derived, region.config, found)
    return {
        "region": region_of(evidence, region, classes.coordinates),
        "classes": dict(zip(_PLACES, counts, strict=True)),
        "edges": edges,
    }


def region_of(evidence: Evidence, region: AxisRegion, coordinates: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """What build.json must say of a region. `coordinates`: of the corpus, by space."""
    if region.pattern is not None:
        return region.asked()
    if region.coordinate is None:
        return region.asked() | {"size": evidence.folder.max_size}
    return region.asked() | region.ends(coordinates[region.space][:, region.coordinate])


def _derive_density(evidence: Evidence, classes: Classes, asked: Asked, derived: Derived) -> Any:
    n_cells = n_cells_of(evidence.folder.max_size)
    centroids = frozen_centroids(evidence.folder.grammar, evidence.folder.path, n_cells)
    if isinstance(centroids, str):
        derived.problems.append(centroids)
        return None
    cells = {space: cells_of(points, centroids[space]) for space, points in classes.coordinates.items()}
    return _add(derived, "density_shift", density_splits(classes, cells, n_cells, asked))


def _eligible_on_new_inputs(evidence: Evidence, derived: Derived) -> np.ndarray | None:
    panel = derived_panel(evidence.folder.grammar, 1)
    if panel is None:
        derived.problems.append("the grammar has no second panel")
        return None
    return eligible_on(evidence, *panel)


def _derive_new_inputs(classes: Classes, on_new_inputs: np.ndarray, asked: Asked, derived: Derived) -> dict[str, int]:
    both = replace(classes, eligible=classes.eligible & on_new_inputs)
    splits = random_splits(both, asked, INPUT_SHIFT)
    splits[f"{INPUT_SHIFT}/{NEW_INPUTS}"] = splits[f"{INPUT_SHIFT}/test"]
    derived.splits.update(splits)
    return {"eligible_on_both_panels": int(both.eligible.sum())}
