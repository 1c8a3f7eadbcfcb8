"""Enumeration and forced classes where classes are told apart by outputs on fixed inputs."""

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property

import numba
import numpy as np

from arith_synth.errors import CapacityError
from arith_synth.grammar import Grammar
from arith_synth.grammar.automata import Pattern
from arith_synth.grammar.operators import OPERATORS
from arith_synth.splits.audit.closure import sorted_unique
from arith_synth.splits.audit.execution import MACHINE_OPERATORS, machine_of, run
from arith_synth.splits.audit.identity import NO_KEY, PRIMES, draw
from arith_synth.splits.audit.observation import identity_points
from arith_synth.splits.audit.observed_outputs import (
    Outputs,
    combined,
    joined,
    keys_of_operations,
    keys_of_residues,
    outputs_of,
    taken,
)
from arith_synth.splits.audit.parts import for_all, in_parts
from arith_synth.splits.audit.programs import Programs
from arith_synth.splits.audit.state_sets import PATTERNS_OF_WORD, Tables, forced_of, image_of_many, tables_of

#: Operations that are evaluated at a time.
_TUPLES = 1 << 14
_CHUNK = 1 << 10


class ObservedClasses:
    """All classes of minimal size <= max_size. Raises CapacityError when comparing outputs could leave 64 bits."""

    def __init__(self, grammar: Grammar, max_size: int) -> None:
        self.grammar, self.max_size = grammar, max_size
        self.points = identity_points(grammar)
        largest = max(1, *grammar.constants, *(abs(value) for point in self.points for value in point))
        if (2 * largest) ** (max_size + 1) >= 2**63:
            raise CapacityError(
                f"outputs of {max_size} leaves may leave 64 bits when compared; audit a smaller max_size"
            )
        #: Keys of the two sums uint64[2, points], and what stands for `undef` in each.
        self._sums = np.array(
            [[draw("observed", p, *point, below=p - 1) + 1 for point in self.points] for p in PRIMES], dtype=np.uint64
        )
        self._undef = np.array([draw("observed", p, "undef", below=p - 1) + 1 for p in PRIMES], dtype=np.uint64)

    @cached_property
    def _enumerated(self) -> tuple[list[np.ndarray], Outputs]:
        """The keys uint64[n] of each size, ascending, and the outputs of all classes in this order."""
        constants = np.repeat(np.array([self.grammar.constants], dtype=np.int64).T, len(self.points), axis=1)
        values = np.concatenate([np.array(self.points, dtype=np.int64).T, constants])
        outputs = outputs_of(np.stack([values, np.ones_like(values)]))
        keys = self._sum_up(outputs)
        keys, first = np.unique(keys, return_index=True)
        by_size, known = [keys], keys
        outputs = taken(outputs, first)
        for size in range(2, self.max_size + 1):
            edges = np.cumsum([0, *map(len, by_size)]).tolist()
            found: list[tuple[np.ndarray, np.ndarray]] = []
            for operator, operands in _operations(self.grammar, edges, size, exactly=True):
                of_operands = self._keys(operator, operands, outputs)
                new = (of_operands != NO_KEY) & ~np.isin(of_operands, known)
                some, places = np.unique(of_operands[new], return_index=True)
                found.append((some, combined(operator, operands[new][places], outputs)))
            keys, first = np.unique(np.concatenate([some for some, _ in found]), return_index=True)
            fresh = np.concatenate([values for _, values in found], axis=1)[:, first]
            outputs = joined(outputs, outputs_of(fresh))
            by_size.append(keys)
            known = sorted_unique(np.concatenate([known, keys]))
        return by_size, outputs

    @property
    def by_size(self) -> list[np.ndarray]:
        """The sorted keys uint64[n] of the classes that are new at each size."""
        return self._enumerated[0]

    def keys_of(self, programs: Programs) -> np.ndarray:
        """The key of each program, uint64[n]; NO_KEY for faulty ones and those that are undefined on all inputs."""
        machine, keys = machine_of(programs, self.points), np.empty(len(programs.texts), dtype=np.uint64)

        def part(start: int, stop: int) -> None:
            for at in range(start, stop, _CHUNK):
                rows = np.arange(at, min(at + _CHUNK, stop))
                outputs = np.empty((2, len(rows), len(self.points)), dtype=np.int64)
                run(machine.codes, rows, machine.leaf_values, machine.operators, outputs)
                keys[rows] = self._sum_up(outputs_of(outputs))

        in_parts(len(keys), part)
        return keys

    def forced(self, patterns: Sequence[Pattern], max_leaves: int, wanted: np.ndarray) -> list[np.ndarray]:
        """For each pattern, whether every realization of <= max_leaves leaves of each class (keys uint64[n]) lies in
        its region, bool[n]."""
        by_size = self.by_size
        order = np.argsort(np.concatenate(by_size))
        ordered = np.concatenate(by_size)[order]
        places = order[np.searchsorted(ordered, wanted)]
        forced: list[np.ndarray] = []
        for start in range(0, len(patterns), PATTERNS_OF_WORD):
            some = patterns[start : start + PATTERNS_OF_WORD]
            tables = tables_of(some, self.grammar)
            words = self._reach(tables, max_leaves, ordered, order)
            forced += [mask[places] for mask in forced_of(words, some, tables)]
        return forced

    def _reach(self, tables: Tables, max_leaves: int, ordered: np.ndarray, order: np.ndarray) -> np.ndarray:
        """The states that realizations of <= max_leaves leaves reach: words uint64[n], in the order of the classes."""
        by_size, outputs = self._enumerated
        edges = np.cumsum([0, *map(len, by_size)]).tolist()
        sizes = np.repeat(np.arange(1, len(by_size) + 1), list(map(len, by_size)))
        reach = np.zeros((max_leaves + 1, edges[-1]), dtype=np.uint64)
        reach[1:, : edges[1]] = tables.leaf

        def class_of(item: tuple[str, np.ndarray]) -> np.ndarray:
            keys = self._keys(*item, outputs)
            found = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
            return np.where(ordered[found] == keys, order[found], -1)

        operations = list(_operations(self.grammar, edges, max_leaves, exactly=False))
        classes = for_all(operations, class_of)
        for leaves in range(2, max_leaves + 1):
            reach[leaves] |= reach[leaves - 1]
            for (operator, operands), found in zip(operations, classes, strict=True):
                number = self.grammar.operators.index(operator)
                _spread(
                    number, operands, found, sizes, leaves, reach, tables.begins, tables.n_states, tables.table,
                    reach[leaves],
                )  # fmt: skip
        return reach[max_leaves]

    def _keys(self, operator: str, operands: np.ndarray, outputs: Outputs) -> np.ndarray:
        """The keys uint64[m] of an operator over classes int64[m, arity]."""
        keys = np.empty(len(operands), dtype=np.uint64)
        keys_of_operations(MACHINE_OPERATORS.index(operator), operands, *outputs.arrays, self._sums, self._undef, keys)
        return keys

    def _sum_up(self, outputs: Outputs) -> np.ndarray:
        keys = np.empty(len(outputs.tops), dtype=np.uint64)
        keys_of_residues(outputs.residues, self._sums, self._undef, keys)
        return keys


def _operations(grammar: Grammar, edges: list[int], leaves: int, *, exactly: bool) -> Iterator[tuple[str, np.ndarray]]:
    """Operators over all classes whose minimal sizes add up to `leaves`, or to at most so many: operands
    int64[m, arity], not too many at a time. `edges`: where the classes of each size begin and the last end."""
    for operator in grammar.operators:
        arity = OPERATORS[operator].arity
        for sizes in itertools.product(range(1, len(edges)), repeat=arity):
            if sum(sizes) > leaves or (exactly and sum(sizes) < leaves):
                continue
            lengths = [edges[size] - edges[size - 1] for size in sizes]
            n_tuples = int(np.prod(lengths))
            for start in range(0, n_tuples, _TUPLES):
                places = np.unravel_index(np.arange(start, min(start + _TUPLES, n_tuples)), lengths)
                yield operator, np.stack([p + edges[size - 1] for p, size in zip(places, sizes, strict=True)], axis=1)


@numba.njit(cache=True, nogil=True)
def _spread(number, operands, found, sizes, leaves, reach, begins, n_states, table, words):
    """Add to words uint64[n] the states of operations with at most `leaves` leaves: what their operands' minimal sizes
    leave over is shared out among the operands in every way."""
    arity = operands.shape[1]
    more, of_operands = np.zeros(arity, dtype=np.int64), np.zeros(arity, dtype=np.uint64)
    for row in range(len(operands)):
        spare = leaves
        for operand in operands[row]:
            spare -= sizes[operand]
        if found[row] < 0 or spare < 0:
            continue
        more[:] = 0
        while True:
            given = 0
            for place in range(1, arity):
                given += more[place]
            if given <= spare:
                more[0] = spare - given
                for place in range(arity):
                    operand = operands[row, place]
                    of_operands[place] = reach[sizes[operand] + more[place], operand]
                words[found[row]] |= image_of_many(begins, n_states, table, number, of_operands)
            place = 1
            while place < arity and more[place] == spare:
                more[place] = 0
                place += 1
            if place == arity:
                break
            more[place] += 1
