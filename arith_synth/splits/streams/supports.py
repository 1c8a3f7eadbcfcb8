"""What each training split may have: the strata of its law, and the forms that it excludes.

The law itself is not stated here but counted from the published split (`laws.py`), so it cannot drift from it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.grammar.patterns import STRAHLER
from arith_synth.spaces.pattern_states import lies_in
from arith_synth.spaces.syntactic import syntactic_coordinates
from arith_synth.splits import density, iid, support
from arith_synth.splits.atlas import Atlas
from arith_synth.splits.axes import (
    AXES,
    SYNTACTIC,
    Axis,
    IntervalRegion,
    PatternRegion,
    interval_ends,
    places_of,
)
from arith_synth.splits.regions import Meaning, Syntax, meaning_of, syntax_of

#: Whether each program lies in a region of forms: codes uint8[n, width] -> bool[n].
Forms = Callable[[np.ndarray], np.ndarray]
NOT_ELIGIBLE = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Support:
    """The strata of a training split and the forms of its family.

    `strata` int64[n_classes]: the stratum of every class, `NOT_ELIGIBLE` where it cannot be a task. `novel_forms`: the
    programs that the shifted split of the family excludes one by one, None where its region is one of classes or there
    is none. `excludes`: whether this split excludes them too; controls do not.
    """

    strata: np.ndarray
    novel_forms: Forms | None = None
    excludes: bool = False


def support_of(atlas: Atlas, config: str, split: str, axes: Sequence[Axis] = ()) -> Support:
    """The support of a training split of a config in the registry, or of a user's own `axes`."""
    if config == iid.CONFIG:
        return Support(strata=_strata(atlas, atlas.eligible, 0))
    if config == iid.INPUT_CONFIG:
        return Support(strata=_strata(atlas, iid.eligible_on_both_panels(atlas), 0))
    if config in support.SPLITS:
        return _headline(atlas, config, split)
    if config in density.SPLITS:
        n_cells = density.n_cells_of(atlas.corpus.max_size)
        syntactic, semantic = atlas.bases.cells(n_cells, atlas.syntactic, atlas.semantic)
        return Support(strata=_strata(atlas, atlas.eligible, syntactic * n_cells + semantic))
    for axis in (*AXES, *axes):
        if config in axis.splits:
            return _axis(atlas, axis, config)
    raise UsageError(f"config {config} has no training stream; choose a config with a training split")


def _headline(atlas: Atlas, config: str, split: str) -> Support:
    place = syntax_of(atlas).astype(np.int64) * len(Meaning) + meaning_of(atlas)
    return Support(
        strata=_strata(atlas, atlas.eligible, place),
        novel_forms=partial(lies_in, grammar=atlas.corpus.grammar, pattern=STRAHLER),
        excludes=not support.ARMS[config, split](Syntax.FORCED, Meaning.INSIDE),
    )


def _axis(atlas: Atlas, axis: Axis, config: str) -> Support:
    region, grammar = axis.region, atlas.corpus.grammar
    novel_forms: Forms | None = None
    if isinstance(region, PatternRegion):
        novel_forms = partial(lies_in, grammar=grammar, pattern=region.pattern)
    elif isinstance(region, IntervalRegion) and axis.space == SYNTACTIC:
        gap_from, _, _, gap_below = interval_ends(axis, atlas)
        novel_forms = partial(
            _lies_between,
            grammar=grammar,
            basis=atlas.bases.syntactic,
            coordinate=region.coordinate,
            ends=(gap_from, gap_below),
        )
    return Support(
        strata=_strata(atlas, atlas.eligible, places_of(axis, atlas).astype(np.int64)),
        novel_forms=novel_forms,
        excludes=novel_forms is not None and config == axis.config,
    )


def _strata(atlas: Atlas, eligible: np.ndarray, place: np.ndarray | int) -> np.ndarray:
    """A number for each (place, size): int64[n_classes]."""
    return np.where(eligible, place * (atlas.corpus.max_size + 1) + atlas.measures["size"], NOT_ELIGIBLE)


def _lies_between(
    codes: np.ndarray, *, grammar: Grammar, basis: np.ndarray, coordinate: int, ends: tuple[int, int]
) -> np.ndarray:
    of_program = syntactic_coordinates(codes, grammar, basis)[:, coordinate]
    return (of_program >= ends[0]) & (of_program < ends[1])
