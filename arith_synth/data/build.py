"""From a grammar to a dataset folder: the whole build, resumable config by config."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from arith_synth.data.building import BuildRequest, building, existing_build
from arith_synth.data.documents import write_documents
from arith_synth.data.folder import DEFAULT_FOLDER, DatasetFolder
from arith_synth.enumeration.corpus import Corpus, build_corpus
from arith_synth.errors import UnknownNameError
from arith_synth.grammar import Grammar
from arith_synth.names import is_train
from arith_synth.progress import Progress
from arith_synth.semantics.fingerprints import collision_bound_of, field_points
from arith_synth.semantics.meanings import identity_of
from arith_synth.semantics.observational import identity_points
from arith_synth.semantics.panels import panel_of
from arith_synth.spaces.bases import Bases, bases_of, fit_bases, save_bases
from arith_synth.spaces.quantization import COORDINATE_UNIT
from arith_synth.splits import density
from arith_synth.splits.atlas import Atlas, build_atlas
from arith_synth.splits.axes import Axis
from arith_synth.splits.contamination import contamination
from arith_synth.splits.corpus_rows import corpus_rows
from arith_synth.splits.plans import SplitPlan
from arith_synth.splits.region_records import region_request
from arith_synth.splits.regions import region_facts
from arith_synth.splits.registry import (
    CORPUS,
    CORPUS_SPLIT,
    check_configs,
    families_of,
    patterns_of,
    plan_configs,
    splits_of,
)
from arith_synth.splits.rows import Rows
from arith_synth.splits.sizes import SplitSizes, default_sizes
from arith_synth.splits.tasks import task_rows

#: Bases of a grammar that has none in the package are fitted to its corpus of this max_size.
FIT_MAX_SIZE = 5
BASES_FILE = "bases.npz"


def build_dataset(
    grammar: Grammar,
    max_size: int,
    out: Path = DEFAULT_FOLDER,
    configs: Sequence[str] = (),
    sizes: SplitSizes | None = None,
    progress: Progress | None = None,
    axes: Sequence[Axis] = (),
) -> DatasetFolder:
    """Build the dataset folder, or return the one that is there already.

    `configs`: by default all that the grammar has. `sizes` defaults to the published numbers of tasks. `axes`: a user's
    own regions, whose configs come with the others. The folder's bytes depend on nothing else. A build that was stopped
    goes on with the configs that it lacks. Raises DatasetError when `out` is something else or another build is under
    way, SplitError when a split cannot be filled, UnknownNameError for an unknown config, UsageError for one that the
    grammar does not have.
    """
    check_configs(configs, grammar, axes)
    sizes = sizes or default_sizes(grammar, max_size)
    splits = splits_of(families_of(grammar, axes))
    asked = {*(configs or splits), *(config for axis in axes for config in axis.splits)}
    wanted = [config for config in splits if config in asked]
    request = BuildRequest(
        grammar=grammar,
        max_size=max_size,
        split_sizes={config: _asked_for(config, splits[config], sizes) for config in wanted},
        user_regions={axis.config: region_request(axis) for axis in axes},
    )
    found = existing_build(Path(out), request)
    if found is not None:
        return found
    with building(Path(out), request) as build:
        started = time.perf_counter()
        corpus = build_corpus(grammar, max_size, patterns_of(wanted, grammar, axes), progress)
        bases, is_packaged = _bases(grammar, corpus)
        if not is_packaged:  # whoever reads the data has no other place to find them
            save_bases(bases, build.partial / BASES_FILE)
        atlas = build_atlas(corpus, bases, progress)
        planned = plan_configs(atlas, [config for config in wanted if config != CORPUS], sizes, axes, progress)

        def tables(config: str) -> dict[str, Rows]:
            if config == CORPUS:
                return {CORPUS_SPLIT: corpus_rows(atlas, planned.plans)}
            return {plan.split: task_rows(atlas, plan) for plan in planned.plans if plan.config == config}

        for number, config in enumerate(wanted):
            if progress is not None:
                progress("configs", number, len(wanted))
            build.write_config(config, tables, progress)
        if progress is not None:
            progress("writing", len(wanted), len(wanted))
        shared = contamination(planned.plans, corpus.n_classes)

        def documents(folder: Path, facts: Mapping[str, Any], checksums: Mapping[str, Any]) -> list[str]:
            return write_documents(folder, facts, checksums, shared, bases, progress)

        return build.finish(
            _facts(atlas, planned.plans) | planned.facts,
            documents,
            lambda: {"seconds": round(time.perf_counter() - started, 3)},
        )


def holds_configs(
    folder: DatasetFolder, grammar: Grammar, max_size: int, configs: Sequence[str], sizes: SplitSizes
) -> bool:
    """Whether a dataset is of this grammar and max_size, and has these configs with these numbers of tasks."""
    splits = splits_of(families_of(grammar))
    wanted = {config: _asked_for(config, splits[config], sizes) for config in configs}
    facts = BuildRequest(grammar=grammar, max_size=max_size, split_sizes=wanted).facts()
    found = folder.build
    return all(found.get(name) == facts[name] for name in ("data_version", "grammar", "max_size")) and all(
        found["split_sizes"].get(config) == numbers for config, numbers in wanted.items()
    )


def _asked_for(config: str, splits: Sequence[str], sizes: SplitSizes) -> dict[str, int]:
    if config == CORPUS:
        return {}
    n_train = sizes.density_train if config in density.SPLITS else sizes.train
    return {
        split: n_train if is_train(split) else sizes.validation if split == "validation" else sizes.test
        for split in splits
    }


def _bases(grammar: Grammar, corpus: Corpus) -> tuple[Bases, bool]:
    """The frozen bases that the package has for the grammar, else bases fitted to its own corpus; and which it was."""
    try:
        return bases_of(grammar), True
    except UnknownNameError:
        fitted_on = corpus if corpus.max_size <= FIT_MAX_SIZE else build_corpus(grammar, FIT_MAX_SIZE, patterns=())
        return fit_bases(grammar, fitted_on.codes), False


def _facts(atlas: Atlas, plans: Sequence[SplitPlan]) -> dict[str, Any]:
    corpus, grammar = atlas.corpus, atlas.corpus.grammar
    panel = panel_of(grammar)
    return {
        "classes_by_size": corpus.classes_by_size,
        "n_classes": corpus.n_classes,
        "n_regular": int(atlas.regular.sum()),
        "n_well_posed": int(atlas.eligible.sum()),
        "forced": {name: int(mask.sum()) for name, mask in corpus.forced.items()},
        "fingerprint_points": _fingerprint_points(grammar),
        "collision_bound": collision_bound_of(grammar, corpus.n_classes, corpus.max_size),
        "panel": {"shown": [list(point) for point in panel.shown], "heldout": [list(point) for point in panel.heldout]},
        "coordinate_unit": COORDINATE_UNIT,
        "bases_sha256": atlas.bases.digest,
        "regions": region_facts(atlas),
        "examples_needed": _examples_needed(atlas, plans),
    }


def _fingerprint_points(grammar: Grammar) -> list[dict[str, int]]:
    """What fingerprints are computed from: two points of the field, or the identity inputs."""
    if identity_of(grammar) == "algebraic":
        return list(field_points(grammar))
    return [dict(zip(grammar.variables, point, strict=True)) for point in identity_points(grammar)]


def _examples_needed(atlas: Atlas, plans: Sequence[SplitPlan]) -> dict[str, dict[str, int]]:
    """For all well-posed classes (`corpus`) and for each split: how many tasks need how many of the shown examples."""
    masks = {CORPUS: atlas.eligible} | {plan.name: plan.classes for plan in plans if plan.panel == 0}
    histograms = {}
    for name, mask in masks.items():
        numbers, counts = np.unique(atlas.examples_needed[mask], return_counts=True)
        histograms[name] = {str(k): n for k, n in zip(numbers.tolist(), counts.tolist(), strict=True)}
    return histograms
