"""Which classes are regular, and which are determined by their shown examples.

A class is *regular* when its target is defined on the whole panel. It is *well posed* when no other class of the
corpus agrees with it on all shown inputs, where a class agrees with a list of outputs when its target gives the same
output at every shown input where that target is defined (so a partly undefined class counts against it too).
Outputs are compared through 64-bit hashes: equal outputs have equal hashes, so an ambiguous class is never missed.
"""

import numpy as np

from arith_synth.enumeration.corpus import Corpus
from arith_synth.seeding import keyed_hash, splitmix64
from arith_synth.semantics.batch import rational_outputs
from arith_synth.semantics.panels import panel_of

_CHUNK = 1 << 16


def regular_and_well_posed(corpus: Corpus) -> tuple[np.ndarray, np.ndarray]:
    """Two masks over the corpus: bool[n] regular, bool[n] regular and well posed."""
    panel = panel_of(corpus.grammar)
    points = np.array(panel.points, dtype=np.int64)
    n_shown = len(panel.shown)
    regular = np.zeros(corpus.n_classes, dtype=bool)
    defined = np.zeros((corpus.n_classes, n_shown), dtype=bool)
    hashes = np.zeros((corpus.n_classes, n_shown), dtype=np.uint64)
    for start in range(0, corpus.n_classes, _CHUNK):
        chunk = slice(start, start + _CHUNK)
        numerators, denominators = rational_outputs(corpus.codes[chunk], corpus.grammar, points)
        regular[chunk] = (denominators != 0).all(axis=1)
        defined[chunk] = denominators[:, :n_shown] != 0
        hashes[chunk] = _hash_outputs(numerators[:, :n_shown], denominators[:, :n_shown])
    return regular, regular & ~_ambiguous(hashes, defined)


def _hash_outputs(numerators: np.ndarray, denominators: np.ndarray) -> np.ndarray:
    """A hash of (position, value): uint64[n, p]. Sets of positions combine by exclusive or."""
    keys = np.array([keyed_hash("output", position) for position in range(numerators.shape[1])], dtype=np.uint64)
    mixed = splitmix64(numerators.astype(np.uint64) ^ keys)
    return splitmix64(mixed ^ splitmix64(denominators.astype(np.uint64)))


def _ambiguous(hashes: np.ndarray, defined: np.ndarray) -> np.ndarray:
    """Fully defined classes that some other class of the corpus agrees with on the shown inputs."""
    full = np.flatnonzero(defined.all(axis=1))
    ambiguous = np.zeros(len(hashes), dtype=bool)
    whole = np.bitwise_xor.reduce(hashes[full], axis=1)
    ambiguous[full] = _occurs_twice(whole)
    partly = np.flatnonzero(~defined.all(axis=1))
    masks, mask_of = np.unique(defined[partly], axis=0, return_inverse=True)
    mask_of = mask_of.ravel()  # NumPy 2.0 gives it a second dimension
    for index, mask in enumerate(masks):
        if not mask.any():
            continue  # defined nowhere: it has no output to agree with
        of_full = np.bitwise_xor.reduce(hashes[full][:, mask], axis=1)
        of_partly = np.bitwise_xor.reduce(hashes[partly[mask_of == index]][:, mask], axis=1)
        ambiguous[full] |= np.isin(of_full, of_partly)
    return ambiguous


def _occurs_twice(values: np.ndarray) -> np.ndarray:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return counts[inverse] > 1
