"""From a grammar to a dataset folder: the whole build, resumable config by config."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from arith_synth.data.building import BuildRequest, building, existing_build
from arith_synth.data.folder import DEFAULT_FOLDER, DatasetFolder
from arith_synth.enumeration.corpus import Corpus, build_corpus
from arith_synth.errors import UnknownNameError, UsageError
from arith_synth.grammar import Grammar
from arith_synth.names import is_train
from arith_synth.progress import Progress
from arith_synth.semantics.fingerprints import collision_bound_of, field_points
from arith_synth.semantics.meanings import identity_of
from arith_synth.semantics.panels import panel_of
from arith_synth.spaces.bases import Bases, bases_of, fit_bases, save_bases
from arith_synth.spaces.quantization import COORDINATE_UNIT
from arith_synth.splits.atlas import Atlas, build_atlas
from arith_synth.splits.regions import region_facts
from arith_synth.splits.registry import CONFIGS, CORPUS, CORPUS_SPLIT, SPLITS, TASK_CONFIGS, check_configs, plan_configs
from arith_synth.splits.sizes import SplitSizes, default_sizes
from arith_synth.splits.tasks import TaskWriter

#: Bases of a grammar that has none in the package are fitted to its corpus of this max_size.
FIT_MAX_SIZE = 5
BASES_FILE = "bases.npz"


def build_dataset(
    grammar: Grammar,
    max_size: int,
    out: Path = DEFAULT_FOLDER,
    configs: Sequence[str] = CONFIGS,
    sizes: SplitSizes | None = None,
    progress: Progress | None = None,
) -> DatasetFolder:
    """Build the dataset folder, or return the one that is there already.

    `sizes` defaults to the published numbers of tasks. The folder's bytes depend on nothing else. A build that was
    stopped goes on with the configs that it lacks. Raises DatasetError when `out` is something else or another build is
    under way, SplitError when a split cannot be filled, UnknownNameError for an unknown config.
    """
    check_configs(configs)
    if identity_of(grammar) != "algebraic":
        raise UsageError(
            f"datasets of grammar {grammar.name}, whose classes are told apart by outputs, cannot be built yet; "
            "choose a grammar without min, max and if"
        )
    sizes = sizes or default_sizes(max_size)
    wanted = [config for config in CONFIGS if config in configs]
    request = BuildRequest(
        grammar=grammar, max_size=max_size, split_sizes={config: _asked_for(config, sizes) for config in wanted}
    )
    found = existing_build(Path(out), request)
    if found is not None:
        return found
    with building(Path(out), request) as build:
        started = time.perf_counter()
        corpus = build_corpus(grammar, max_size, progress=progress)
        bases, is_packaged = _bases(grammar, corpus)
        if not is_packaged:  # whoever reads the data has no other place to find them
            save_bases(bases, build.partial / BASES_FILE)
        atlas = build_atlas(corpus, bases, progress)
        planned = plan_configs(atlas, [config for config in wanted if config in TASK_CONFIGS], sizes)
        writer = TaskWriter(atlas)

        def tables(config: str) -> dict[str, pa.Table]:
            if config == CORPUS:
                return {CORPUS_SPLIT: writer.corpus(planned.plans)}
            return {plan.split: writer.tasks(plan) for plan in planned.plans if plan.config == config}

        for number, config in enumerate(wanted):
            if progress is not None:
                progress(f"writing {config}", number, len(wanted))
            build.write_config(config, tables)
        if progress is not None:
            progress("writing the card", len(wanted), len(wanted))
        return build.finish(_facts(atlas) | planned.facts, {"seconds": round(time.perf_counter() - started, 3)})


def _asked_for(config: str, sizes: SplitSizes) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for split in SPLITS[config]:
        if config == CORPUS:
            continue
        numbers[split] = sizes.train if is_train(split) else sizes.validation if split == "validation" else sizes.test
    return numbers


def _bases(grammar: Grammar, corpus: Corpus) -> tuple[Bases, bool]:
    """The frozen bases that the package has for the grammar, else bases fitted to its own corpus; and which it was."""
    try:
        return bases_of(grammar), True
    except UnknownNameError:
        fitted_on = corpus if corpus.max_size <= FIT_MAX_SIZE else build_corpus(grammar, FIT_MAX_SIZE, patterns=())
        return fit_bases(grammar, fitted_on.codes), False


def _facts(atlas: Atlas) -> dict[str, Any]:
    corpus, grammar = atlas.corpus, atlas.corpus.grammar
    panel = panel_of(grammar)
    return {
        "classes_by_size": corpus.classes_by_size,
        "n_classes": corpus.n_classes,
        "n_regular": int(atlas.regular.sum()),
        "n_well_posed": int(atlas.eligible.sum()),
        "forced": {name: int(mask.sum()) for name, mask in corpus.forced.items()},
        "fingerprint_points": list(field_points(grammar)),
        "collision_bound": collision_bound_of(grammar, corpus.n_classes, corpus.max_size),
        "panel": {"shown": [list(point) for point in panel.shown], "heldout": [list(point) for point in panel.heldout]},
        "coordinate_unit": COORDINATE_UNIT,
        "bases_sha256": atlas.bases.digest,
        "regions": region_facts(atlas),
    }
