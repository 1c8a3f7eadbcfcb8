"""Which classes are regular, and how many shown examples determine each.

A class is *regular* when its target is defined on the whole panel. It is *well posed* when no other class of the
corpus agrees with it on all shown inputs, where a class agrees with a list of outputs when its target gives the same
output at every shown input where that target is defined, of which there must be one (so a partly undefined class counts
against it too). *Examples needed* is the least k such that nobody agrees on the first k shown inputs, nor on any more
of them. Outputs are compared through 64-bit hashes: equal outputs have equal hashes, so an ambiguous class is never
missed.
"""

from dataclasses import dataclass

import numpy as np

from arith_synth.enumeration.corpus import Corpus
from arith_synth.enumeration.threads import available_threads, run_all
from arith_synth.progress import Progress
from arith_synth.seeding import keyed_hash, splitmix64
from arith_synth.semantics.batch import rational_outputs
from arith_synth.semantics.panels import Panel, panel_of

#: More examples than are shown: all of them do not tell the class from every other, or it is not regular.
NOT_ENOUGH = 255

_CHUNK = 1 << 14
#: Slots of the filter that finds the few classes which may agree with a partly undefined one.
_FILTER_BITS = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posedness:
    """Of every class of a corpus: regular bool[n], and examples_needed uint8[n], `NOT_ENOUGH` where none suffice."""

    regular: np.ndarray
    examples_needed: np.ndarray

    @property
    def well_posed(self) -> np.ndarray:
        """bool[n]: regular, and determined by the shown examples."""
        return self.examples_needed != NOT_ENOUGH


def posedness_of(corpus: Corpus, panel: Panel | None = None, progress: Progress | None = None) -> Posedness:
    """Execute the corpus on a panel, by default the one of its grammar's tasks, and compare all classes."""
    panel = panel or panel_of(corpus.grammar)
    regular, defined, hashes = _execute(corpus, panel, progress)
    needed = examples_needed_of(hashes, defined)
    needed[~regular] = NOT_ENOUGH
    return Posedness(regular=regular, examples_needed=needed)


def examples_needed(corpus: Corpus, panel: Panel | None = None) -> np.ndarray:
    """Of each class the least number of shown examples that tell it from every other class of the corpus: uint8[n].

    `NOT_ENOUGH` where all of them do not, and where the class is not regular.
    """
    return posedness_of(corpus, panel).examples_needed


def examples_needed_of(hashes: np.ndarray, defined: np.ndarray) -> np.ndarray:
    """Examples needed by each class that is defined on all shown inputs, `NOT_ENOUGH` for the others: uint8[n].

    Shapes: hashes uint64[p, n] (of the outputs, at each shown input), defined bool[p, n].
    """
    n_shown, n = hashes.shape
    whole = defined.all(axis=0)
    needed = np.full(n, NOT_ENOUGH, dtype=np.uint8)
    _tell_apart(hashes, np.flatnonzero(whole), needed)
    partly = np.flatnonzero(~whole & defined.any(axis=0))
    for k in range(1, n_shown + 1):
        _raise_by_partly_defined(hashes[:k], defined[:k], partly, needed)
    needed[needed > n_shown] = NOT_ENOUGH
    return needed


def _execute(corpus: Corpus, panel: Panel, progress: Progress | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """regular bool[n]; of the p shown inputs defined bool[p, n] and hashes of outputs uint64[p, n]."""
    points = np.array(panel.points, dtype=np.int64)
    n_shown, n = len(panel.shown), corpus.n_classes
    regular = np.zeros(n, dtype=bool)
    defined = np.zeros((n_shown, n), dtype=bool)
    hashes = np.zeros((n_shown, n), dtype=np.uint64)
    n_done = 0

    def execute(start: int) -> None:
        nonlocal n_done
        chunk = slice(start, start + _CHUNK)
        numerators, denominators = rational_outputs(corpus.codes[chunk], corpus.grammar, points)
        regular[chunk] = (denominators != 0).all(axis=1)
        shown = np.ascontiguousarray(numerators[:, :n_shown].T), np.ascontiguousarray(denominators[:, :n_shown].T)
        defined[:, chunk] = shown[1] != 0
        hashes[:, chunk] = _hash_outputs(*shown)
        n_done += _CHUNK
        if progress is not None:
            progress("executing on the panel", min(n_done, n), n)

    run_all(execute, range(0, n, _CHUNK), available_threads())
    return regular, defined, hashes


def _hash_outputs(numerators: np.ndarray, denominators: np.ndarray) -> np.ndarray:
    """A hash of (position, value): uint64[p, n]. Sets of positions combine by exclusive or."""
    keys = np.array([keyed_hash("output", position) for position in range(len(numerators))], dtype=np.uint64)
    mixed = splitmix64(numerators.astype(np.uint64) ^ keys[:, None])
    return splitmix64(mixed ^ splitmix64(denominators.astype(np.uint64)))


def _tell_apart(hashes: np.ndarray, whole: np.ndarray, needed: np.ndarray) -> None:
    """Compare the classes `whole` int64[m], which are defined everywhere, with each other."""
    together = whole  # those that share all outputs so far with another
    prefixes = np.zeros(len(whole), dtype=np.uint64)
    for k, of_position in enumerate(hashes, start=1):
        prefixes ^= of_position[together]
        order = np.argsort(prefixes)
        equals_next = prefixes[order[1:]] == prefixes[order[:-1]]
        shared = np.zeros(len(together), dtype=bool)
        shared[order[1:]] |= equals_next
        shared[order[:-1]] |= equals_next
        needed[together[~shared]] = k
        together, prefixes = together[shared], prefixes[shared]


def _raise_by_partly_defined(hashes: np.ndarray, defined: np.ndarray, partly: np.ndarray, needed: np.ndarray) -> None:
    """Ask for an example more than the first k of classes that one of `partly` agrees with on those.

    Shapes: hashes uint64[k, n], defined bool[k, n], partly int64[m]; called for k = 1, 2, ... in turn. Whoever agrees
    on k and was defined before agreed on k - 1 too, and asked for k already: only those classes are compared, but for
    whoever is defined at the k-th input first.
    """
    k = len(hashes)
    patterns = (1 << np.arange(k)) @ defined[:, partly]
    newly = 1 << (k - 1)
    for pattern in np.unique(patterns).tolist():
        if pattern == 0:
            continue
        compared = np.flatnonzero(needed <= k if pattern == newly else needed == k)
        positions = [position for position in range(k) if pattern >> position & 1]
        rivals = _combined(hashes, positions, partly[patterns == pattern])
        agreeing = compared[_occur_among(_combined(hashes, positions, compared), rivals)]
        needed[agreeing] = k + 1


def _combined(hashes: np.ndarray, positions: list[int], classes: np.ndarray) -> np.ndarray:
    result = np.zeros(len(classes), dtype=np.uint64)
    for position in positions:
        result ^= hashes[position, classes]
    return result


def _occur_among(values: np.ndarray, few: np.ndarray) -> np.ndarray:
    """Whether each of many hashes is one of a few: bool[n]. A filter of one bit a slot leaves little to compare."""
    slots = np.zeros(1 << _FILTER_BITS, dtype=bool)
    mask = np.uint64((1 << _FILTER_BITS) - 1)
    slots[few & mask] = True
    found = slots[values & mask]
    found[found] = np.isin(values[found], few)
    return found
