"""The corpus as the procedure of the splits sees it, by the audit's own derivation."""

from collections.abc import Mapping, Sequence

import numpy as np

from arith_synth.grammar.automata import Pattern
from arith_synth.grammar.operators import OPERATORS
from arith_synth.splits.audit.axis_regions import AxisRegion
from arith_synth.splits.audit.coordinates import N_COORDINATES
from arith_synth.splits.audit.evidence import COORDINATE_UNIT, Evidence
from arith_synth.splits.audit.execution import machine_of
from arith_synth.splits.audit.folder import Split
from arith_synth.splits.audit.membership_axes import BETWEEN, INSIDE, NOVEL
from arith_synth.splits.audit.pools import Classes
from arith_synth.splits.audit.programs import Skeleton
from arith_synth.splits.audit.rivals import rivals_of, shown_of

_STRAHLER_THRESHOLD = 3
_REGION_SHARE, _GAP_SHARE = 5, 4
_COORDINATE_BOUND = 1 << 20
_CHUNK = 1 << 20

SPACES = ("syntactic", "semantic")


def classes_of(evidence: Evidence) -> Classes:
    """Residues, eligibility and size of every class of the corpus; coordinates are the published ones."""
    corpus = evidence.folder.corpus
    rows = evidence.rows(corpus)
    return Classes(
        residues=evidence.residues[0][rows],
        eligible=eligible_of(evidence),
        size=measure(evidence, "size")[rows],
        coordinates={space: coordinates_of(corpus, space) for space in SPACES},
    )


def eligible_of(evidence: Evidence) -> np.ndarray:
    """Whether each class of the corpus is defined on the panel, and told from all others by what it shows: bool[n]."""
    rows = evidence.rows(evidence.folder.corpus)
    is_rival = np.zeros(len(evidence.programs.texts), dtype=bool)
    is_rival[list(evidence.rivals)] = True
    return evidence.regular[rows] & ~is_rival[rows]


def coordinates_of(split: Split, space: str) -> np.ndarray:
    """Published coordinates in integer units, float32[n, 16], which holds them exactly; zero where no coordinate can be
    what is published."""
    units = split.column(space).flatten().to_numpy(zero_copy_only=False) * np.float32(1 / COORDINATE_UNIT)
    for start in range(0, len(units), _CHUNK):
        part = units[start : start + _CHUNK]
        part[~((np.abs(part) < _COORDINATE_BOUND) & (part == np.floor(part)))] = 0
    return units.reshape(-1, N_COORDINATES)


def measure(evidence: Evidence, name: str) -> np.ndarray:
    """A measure of every distinct program, int64[n]; 0 for a faulty one."""
    of_skeletons = [0 if entry is None else getattr(entry, name) for entry in evidence.programs.skeletons]
    return np.array(of_skeletons, dtype=np.int64)[evidence.programs.skeleton]


def lies_in(evidence: Evidence, pattern: Pattern) -> np.ndarray:
    """Whether each distinct program lies in a pattern's region: bool[n]."""
    tables = {symbol: pattern.flat_table(symbol) for symbol in evidence.folder.grammar.operators}
    accepted = [
        entry is not None and _state(pattern, tables, entry) in pattern.accepting
        for entry in evidence.programs.skeletons
    ]
    return np.array(accepted, dtype=bool)[evidence.programs.skeleton]


def is_forced(evidence: Evidence, pattern: Pattern, split: Split) -> np.ndarray:
    """Whether the class of each row is one, and has no form outside of a pattern's region: bool[n]."""
    keys, forced = evidence.forced(pattern)
    of_split = evidence.keys_in(split)
    places = np.minimum(np.searchsorted(keys, of_split), len(keys) - 1)
    return forced[places] & (keys[places] == of_split)


def headline_labels(evidence: Evidence, classes: Classes, strahler: Pattern) -> tuple[np.ndarray, np.ndarray]:
    """Syntax and meaning of every class of the corpus, int64[n]: see `membership`."""
    corpus = evidence.folder.corpus
    is_high = measure(evidence, "strahler")[evidence.rows(corpus)] >= _STRAHLER_THRESHOLD
    syntax = np.where(is_forced(evidence, strahler, corpus), 2, is_high.astype(np.int64))
    axis = classes.coordinates["semantic"][:, 0]
    ordered, n = np.sort(axis), len(axis)
    gap, large = (ordered[n - max(1, n // share)] for share in (_GAP_SHARE, _REGION_SHARE))
    return syntax, (axis >= gap).astype(np.int64) + (axis >= large)


def places_of(evidence: Evidence, region: AxisRegion, classes: Classes) -> np.ndarray:
    """Where every class of the corpus lies with respect to a region, int64[n]: see `membership_axes`."""
    corpus = evidence.folder.corpus
    if region.pattern is not None:
        is_in = lies_in(evidence, region.pattern)[evidence.rows(corpus)]
        is_novel = is_forced(evidence, region.pattern, corpus)
    elif region.coordinate is None:
        is_novel = is_in = classes.size == evidence.folder.max_size
    else:
        axis = classes.coordinates[region.space][:, region.coordinate]
        ends = region.ends(axis)
        is_novel = (axis >= ends["from"]) & (axis < ends["below"])
        is_in = (axis >= ends["gap_from"]) & (axis < ends["gap_below"])
    return np.where(is_novel, NOVEL, np.where(is_in, BETWEEN, INSIDE))


def eligible_on(evidence: Evidence, shown: Sequence[Sequence[int]], heldout: Sequence[Sequence[int]]) -> np.ndarray:
    """Whether each class of the corpus is defined on another panel, and told from all others by its shown inputs."""
    rows = evidence.rows(evidence.folder.corpus)
    regular = evidence.defined_on([*shown, *heldout])[rows]

    def agree(row: int, other: int, points: np.ndarray) -> bool:
        one, two = evidence.outputs_of(np.array([row, other]), shown).transpose(1, 0, 2)
        return bool((one[:, points] == two[:, points]).all())

    outputs = shown_of(machine_of(evidence.programs, shown), len(shown))
    rivals = rivals_of(outputs, np.unique(rows[regular]), np.unique(rows), evidence.keys, agree)
    return regular & ~np.isin(rows, list(rivals))


def _state(pattern: Pattern, tables: Mapping[str, Sequence[int]], skeleton: Skeleton) -> int:
    """The automaton's state at the root, which leaves have no part in but by being leaves."""
    stack: list[int] = []
    for symbol in skeleton.postfix:
        if symbol not in OPERATORS:
            stack.append(pattern.leaf_state)
            continue
        arity = OPERATORS[symbol].arity
        place = 0
        for state in stack[len(stack) - arity :]:
            place = place * pattern.n_states + state
        del stack[len(stack) - arity :]
        stack.append(tables[symbol][place])
    return stack[0]
