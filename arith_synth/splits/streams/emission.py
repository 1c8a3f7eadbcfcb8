"""One program for each class that a stream draws: a minimal realization, uniform over those that training may have."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from arith_synth.enumeration.drawing import Realizations
from arith_synth.enumeration.minimal_trees import scale
from arith_synth.enumeration.numbered import numbered_realizations
from arith_synth.grammar.patterns import DENOMINATOR
from arith_synth.semantics.batch import rational_outputs
from arith_synth.spaces.pattern_states import lies_in
from arith_synth.splits.streams.supports import Forms

#: Draws of a class's realizations before all of them are listed, so that an allowed one is drawn at once.
ATTEMPTS = 32

#: The hashes uint64[n] of some draws (by their places int64[m] in a batch) for an attempt at a realization.
Hashes = Callable[[np.ndarray, int], np.ndarray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Emission:
    """Draws realizations that lie outside of the `excluded` forms (None: none are) and are defined on all `points`.

    A minimal realization may be undefined where its class's target is not: `2 / (y / (3 * 3 - x))` at x = 9. Such a
    program would be wrong as an answer. `width`: of a row of codes; points int64[p, n_variables].
    `attempts`: how often a realization is drawn before all of the class's are listed; either way is uniform.
    """

    realizations: Realizations
    width: int
    points: np.ndarray
    excluded: Forms | None
    attempts: int = ATTEMPTS

    def emit(self, classes: np.ndarray, hashes: Hashes) -> np.ndarray:
        """The program of each class int64[n], each of which must have an allowed one: codes uint8[n, width]."""
        codes = np.empty((len(classes), self.width), dtype=np.uint8)
        places = np.arange(len(classes))  # of those that have no program yet
        for attempt in range(self.attempts):
            of_places = classes[places]
            ranks = scale(hashes(places, attempt), self.realizations.n_minimal[of_places])
            drawn = numbered_realizations(self.realizations, of_places, ranks, self.width)
            codes[places] = drawn
            places = places[~self.allows(drawn)]
            if not len(places):
                return codes
        last_hashes = hashes(places, self.attempts)
        order = np.argsort(classes[places], kind="stable")
        for same in np.split(order, np.flatnonzero(np.diff(classes[places[order]])) + 1):
            programs = self.allowed_of(int(classes[places[same[0]]]))
            choice = scale(last_hashes[same], np.full(len(same), len(programs), dtype=np.int64))
            codes[places[same]] = programs[choice]
        return codes

    def allowed_of(self, number: int) -> np.ndarray:
        """All allowed minimal realizations of a class: uint8[m, width]."""
        n_minimal = int(self.realizations.n_minimal[number])
        programs = numbered_realizations(
            self.realizations, np.full(n_minimal, number), np.arange(n_minimal), self.width
        )
        return programs[self.allows(programs)]

    def allows(self, codes: np.ndarray) -> np.ndarray:
        """Whether a stream may emit each program: codes uint8[n, width] -> bool[n]."""
        allowed = np.ones(len(codes), dtype=bool) if self.excluded is None else ~self.excluded(codes)
        grammar = self.realizations.grammar
        # No leaf vanishes on a panel: only where something compound divides can a program be undefined there.
        doubtful = np.flatnonzero(allowed & lies_in(codes, grammar, DENOMINATOR))
        allowed[doubtful] = (rational_outputs(codes[doubtful], grammar, self.points)[1] != 0).all(axis=1)
        return allowed
