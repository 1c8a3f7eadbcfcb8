"""How classes of a grammar are told apart, enumerated and forced: by values in a field, or by outputs on inputs."""

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np

from arith_synth.grammar import Expression, Grammar
from arith_synth.grammar.automata import Pattern
from arith_synth.splits.audit.closure import enumerate_classes
from arith_synth.splits.audit.identity import field_points, keys_of, published_fingerprint
from arith_synth.splits.audit.observation import (
    identity_points,
    observed_collision_bound,
    observed_fingerprint,
    observed_fingerprints,
)
from arith_synth.splits.audit.observed_classes import ObservedClasses
from arith_synth.splits.audit.own_hashes import published_residues
from arith_synth.splits.audit.programs import Programs
from arith_synth.splits.audit.realizations import forced_classes

_FIELD_OPERATORS = frozenset("+-*/")


class World(Protocol):
    """A grammar and a max_size as the audit derives them. Keys uint64 are its own names of classes."""

    @property
    def classes_by_size(self) -> list[np.ndarray]:
        """The sorted keys of the classes that are new at each size."""
        ...

    def keys(self, programs: Programs) -> np.ndarray:
        """The key of each program, uint64[n]; NO_KEY for one of no class."""
        ...

    def forced(self, patterns: Sequence[Pattern], max_leaves: int, wanted: np.ndarray) -> list[np.ndarray]:
        """For each pattern, which classes (sorted keys uint64[n]) are forced into it, bool[n]."""
        ...

    def points(self) -> list[dict[str, int]]:
        """What build.json must have for fingerprint_points."""
        ...

    def published(self, programs: Programs) -> tuple[np.ndarray, np.ndarray]:
        """Published fingerprints as two residues uint64[n, 2], and whether there is one, bool[n]."""
        ...

    def fingerprint(self, program: Expression) -> str | None:
        """The published fingerprint of one program, in plain Python integers; None when it has none."""
        ...

    def collision_bound(self, n_classes: int) -> float:
        """Above the chance that any two of so many classes share a published fingerprint."""
        ...


def world_of(grammar: Grammar, max_size: int) -> World:
    """By values in a field where the grammar has no operator that compares, by outputs on fixed inputs otherwise."""
    if set(grammar.operators) <= _FIELD_OPERATORS:
        return FieldWorld(grammar, max_size)
    return ObservedWorld(grammar, max_size)


class FieldWorld:
    """Classes of programs that are equal as rational functions."""

    def __init__(self, grammar: Grammar, max_size: int) -> None:
        self.grammar, self.max_size = grammar, max_size

    @cached_property
    def _enumerated(self) -> tuple[np.ndarray, list[np.ndarray]]:
        return enumerate_classes(self.grammar, self.max_size)

    @property
    def classes_by_size(self) -> list[np.ndarray]:
        """The sorted keys of the classes that are new at each size."""
        return self._enumerated[1]

    def keys(self, programs: Programs) -> np.ndarray:
        """The key of each program, uint64[n]; NO_KEY for one that divides by zero wherever it runs."""
        return keys_of(programs, self._enumerated[0])

    def forced(self, patterns: Sequence[Pattern], max_leaves: int, wanted: np.ndarray) -> list[np.ndarray]:
        """For each pattern, which classes (sorted keys uint64[n]) are forced into it, bool[n]."""
        return forced_classes(self.grammar, patterns, max_leaves, self.classes_by_size, wanted)

    def points(self) -> list[dict[str, int]]:
        """The two points of the field."""
        return field_points(self.grammar)

    def published(self, programs: Programs) -> tuple[np.ndarray, np.ndarray]:
        """Published fingerprints as two residues uint64[n, 2], and whether there is one, bool[n]."""
        return published_residues(programs, self.grammar, self.points())

    def fingerprint(self, program: Expression) -> str | None:
        """The published fingerprint of one program, in plain Python integers; None when it has none."""
        return published_fingerprint(program.symbols, self.grammar.operators, self.points())

    def collision_bound(self, n_classes: int) -> float:
        """Pairs of classes times (2 max_size / p) squared."""
        return n_classes * (n_classes - 1) // 2 * (2 * self.max_size / (2**61 - 1)) ** 2


class ObservedWorld:
    """Classes of programs that have the same outputs on the identity inputs."""

    def __init__(self, grammar: Grammar, max_size: int) -> None:
        self.grammar, self.max_size = grammar, max_size

    @cached_property
    def _classes(self) -> ObservedClasses:
        return ObservedClasses(self.grammar, self.max_size)

    @property
    def classes_by_size(self) -> list[np.ndarray]:
        """The sorted keys of the classes that are new at each size."""
        return self._classes.by_size

    def keys(self, programs: Programs) -> np.ndarray:
        """The key of each program, uint64[n]; NO_KEY for one that is undefined on all identity inputs."""
        return self._classes.keys_of(programs)

    def forced(self, patterns: Sequence[Pattern], max_leaves: int, wanted: np.ndarray) -> list[np.ndarray]:
        """For each pattern, which classes (sorted keys uint64[n]) are forced into it, bool[n]."""
        return self._classes.forced(patterns, max_leaves, wanted)

    def points(self) -> list[dict[str, int]]:
        """The identity inputs."""
        return [dict(zip(self.grammar.variables, point, strict=True)) for point in identity_points(self.grammar)]

    def published(self, programs: Programs) -> tuple[np.ndarray, np.ndarray]:
        """Published fingerprints as two residues uint64[n, 2], and whether there is one, bool[n]."""
        return observed_fingerprints(programs)

    def fingerprint(self, program: Expression) -> str | None:
        """The published fingerprint of one program, in plain Python integers; None when it has none."""
        return observed_fingerprint(program, self.grammar)

    def collision_bound(self, n_classes: int) -> float:
        """Pairs of classes over (p - 1) squared, where outputs are not too high for that."""
        return observed_collision_bound(self.grammar, n_classes, self.max_size)
