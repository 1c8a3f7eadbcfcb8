"""The training source of a dataset folder: it holds out the tests of all configs, those of the folder and all others.

Configs are published together, and a model may be evaluated on any of them: so no stream has a class of a validation or
test split of any config that there is with the folder's grammar, max_size and numbers of tasks, nor of the folder's own
regions.
"""

import hashlib
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import arith_synth
from arith_synth import DATA_VERSION
from arith_synth.data.build import BASES_FILE
from arith_synth.data.folder import DatasetFolder
from arith_synth.data.regeneration import asked_sizes
from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.corpus import corpus_of
from arith_synth.errors import DatasetError, SplitError, UnknownNameError
from arith_synth.grammar import Grammar
from arith_synth.progress import Progress
from arith_synth.scoring import read_grammar
from arith_synth.spaces.bases import Bases, bases_of, load_bases
from arith_synth.splits.atlas import Atlas, build_atlas
from arith_synth.splits.axes import Axis
from arith_synth.splits.plans import Planned, SplitPlan
from arith_synth.splits.region_records import axis_of_request
from arith_synth.splits.registry import CORPUS, families_of, patterns_of, plan_configs, splits_of
from arith_synth.splits.sizes import SplitSizes
from arith_synth.splits.streams.source import TrainingSource, training_source_of
from arith_synth.training.data.cache import cached
from arith_synth.training.data.source_arrays import entry_of, source_from

#: The rooms that decide what a source is.
_ROOMS = ("grammar", "semantics", "enumeration", "spaces", "splits")


def source_of(folder: DatasetFolder, progress: Progress | None = None) -> TrainingSource:
    """The source of a folder's streams, made once (seconds at max_size 5, minutes at 6) and then kept in the cache.

    Raises DatasetError when the folder's regions or bases cannot be read, or it is not what its `build.json` asks for.
    """
    grammar = read_grammar(folder.path)
    axes = tuple(axis_of_request(name, request) for name, request in folder.build.get("user_regions", {}).items())
    bases = _bases(folder, grammar)
    sizes, max_size = asked_sizes(folder), int(folder.build["max_size"])
    entry = cached(
        "source",
        source_key(folder),
        lambda: entry_of(_make(grammar, max_size, sizes, axes, bases, list(folder.configs), progress)),
    )
    return source_from(entry, grammar, bases, axes)


def source_key(folder: DatasetFolder) -> dict[str, Any]:
    """What the source of a folder depends on."""
    return {
        "data_version": DATA_VERSION,
        "code": _code_digest(),
        "sizes": asdict(asked_sizes(folder)),
        **{name: folder.build.get(name) for name in ("grammar", "max_size", "user_regions", "bases_sha256")},
        "configs": sorted(folder.configs),
    }


def _make(
    grammar: Grammar,
    max_size: int,
    sizes: SplitSizes,
    axes: tuple[Axis, ...],
    bases: Bases,
    published: list[str],
    progress: Progress | None,
) -> TrainingSource:
    configs = [config for config in splits_of(families_of(grammar, axes)) if config != CORPUS]
    bank = enumerate_bank(grammar, max_size, progress)
    atlas = build_atlas(corpus_of(bank, patterns_of(configs, grammar, axes), progress), bases, progress)
    planned = _plan_all(atlas, sizes, axes, published, progress)
    there = list(dict.fromkeys(plan.config for plan in planned.plans))
    return training_source_of(atlas, planned=planned, configs=there, axes=axes, bank=bank, progress=progress)


def _plan_all(
    atlas: Atlas, sizes: SplitSizes, axes: tuple[Axis, ...], published: list[str], progress: Progress | None
) -> Planned:
    """The splits of all families that can be filled. A small corpus lacks some, and so has no tests of theirs."""
    plans: list[SplitPlan] = []
    for family in families_of(atlas.corpus.grammar, axes):
        try:
            plans += plan_configs(atlas, list(family.splits), sizes, axes, progress).plans
        except SplitError as error:
            if any(config in published for config in family.splits):
                raise DatasetError(
                    f"the folder has configs that cannot be planned from its build.json ({error}); build it again"
                ) from error
    return Planned(plans=plans, facts={})


def _bases(folder: DatasetFolder, grammar: Grammar) -> Bases:
    own = folder.path / BASES_FILE
    try:
        return load_bases(own, grammar) if own.is_file() else bases_of(grammar)
    except UnknownNameError as error:
        raise DatasetError(f"{own} is missing, and no bases are packaged; build the dataset again") from error


@cache
def _code_digest() -> str:
    """Of the sources that decide what is held out: a source that other code made is not used."""
    package, digest = Path(arith_synth.__file__).parent, hashlib.sha256()
    rooms = (path for room in _ROOMS for path in sorted((package / room).rglob("*.py")))
    for path in (package / "seeding.py", *rooms):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
