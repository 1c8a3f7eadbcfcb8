"""Which program of its class is the target of a task: another one each epoch, or one fixed for all times.

A published program is replaced by other minimal realizations of its class. They come from the stream of the same config
and split, which emits none of an excluded form, and none that is undefined where the published one is not.
"""

import numpy as np

from arith_synth.enumeration.canonical import CanonicalParts, canonical_parts, canonical_realizations
from arith_synth.enumeration.corpus import Corpus
from arith_synth.errors import DatasetError
from arith_synth.splits.streams.stream import TrainingStream


def classes_of(fingerprints: np.ndarray, corpus: Corpus) -> np.ndarray:
    """The rows of the corpus that classes of these fingerprints uint64[n, 2] stand in: int64[n].

    Raises DatasetError for a fingerprint that the corpus does not have.
    """
    order = np.argsort(corpus.fingerprints[:, 0])
    found = np.searchsorted(corpus.fingerprints[:, 0], fingerprints[:, 0], sorter=order)
    rows = order[np.minimum(found, len(order) - 1)]
    if (corpus.fingerprints[rows] != fingerprints).any():
        raise DatasetError("a task is of a class that its corpus lacks; build the dataset again")
    return rows


class ResampledTargets:
    """Another minimal realization of each task's class for every epoch.

    The stream realizes no class that a test of any config holds out, though the training split of another family may
    have it: such tasks (`n_fixed` of them) keep their published program.
    """

    def __init__(self, stream: TrainingStream, classes: np.ndarray, published: np.ndarray) -> None:
        self._stream, self._published = stream, published
        self._rows = np.flatnonzero(np.isin(classes, stream.classes))
        self._classes = classes[self._rows]
        self.n_fixed = len(classes) - len(self._rows)

    def codes(self, epoch: int) -> np.ndarray:
        """The programs of an epoch: codes uint8[n, width]."""
        codes = self._published.copy()
        codes[self._rows] = self._stream.realize(self._classes, epoch * len(codes) + self._rows)
        return codes


class CanonicalTargets:
    """One fixed minimal realization for each class, made of those of smaller classes wherever the exclusions allow it.

    A function of the class, and of the forms that the config's split excludes.
    """

    def __init__(self, stream: TrainingStream) -> None:
        self._emission, self._corpus = stream.emission, stream.atlas.corpus
        self._parts: CanonicalParts = canonical_parts(
            stream.emission.realizations, stream.emission.width, stream.emission.allows
        )

    def codes(self, classes: np.ndarray, published: np.ndarray | None = None) -> np.ndarray:
        """The program of each class int64[n]: codes uint8[n, width].

        A class without an allowed one, as an unseen task may be of, keeps its published program, codes uint8[n, width].
        """
        codes, is_allowed = canonical_realizations(self._parts, classes)
        for row in np.flatnonzero(~is_allowed):
            # No composition of canonical parts is allowed: the first allowed program there is.
            allowed = self._emission.allowed_of(int(classes[row]))
            if len(allowed):
                codes[row] = allowed[np.lexsort(allowed.T[::-1])[0]]
            else:
                assert published is not None, "a class that training may have has an allowed program"
                codes[row] = published[row]
        return codes

    def of_fingerprints(self, fingerprints: np.ndarray, published: np.ndarray) -> np.ndarray:
        """`codes` of the classes with these fingerprints uint64[n, 2]. DatasetError for one that the corpus lacks."""
        return self.codes(classes_of(fingerprints, self._corpus), published)
