"""Sets of automaton states, and what an operator makes of them, for up to eight patterns side by side.

A word uint64 holds a set for each pattern, a byte each: bit s of byte p says that state s of pattern p can be reached.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.errors import CapacityError
from arith_synth.grammar import Grammar
from arith_synth.grammar.automata import Pattern
from arith_synth.grammar.operators import OPERATORS

PATTERNS_OF_WORD = 8
#: An operator's table is indexed by the sets of all its operands at once: so many bits at most.
_MOST_BITS = 24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """Sets of states that an operator gives. Those of operands with sets S1, S2, … under operator o and pattern p stand
    at table[begins[p, o] + …S1 S2], the bits of the sets joined, the first operand's highest.

    Shapes: begins int64[patterns, operators of the grammar], n_states int64[patterns], table uint8[...]; leaf: the word
    of a leaf; outside: the word of all states that are not accepting.
    """

    begins: np.ndarray
    n_states: np.ndarray
    table: np.ndarray
    leaf: int
    outside: int


def tables_of(patterns: Sequence[Pattern], grammar: Grammar) -> Tables:
    """The tables of at most eight patterns. Raises CapacityError for a pattern of too many states for an operator."""
    begins = np.zeros((len(patterns), len(grammar.operators)), dtype=np.int64)
    parts: list[np.ndarray] = []
    length = 0
    for row, pattern in enumerate(patterns):
        for column, symbol in enumerate(grammar.operators):
            begins[row, column] = length
            parts.append(_table(pattern, symbol))
            length += len(parts[-1])
    outside = [set(range(pattern.n_states)) - pattern.accepting for pattern in patterns]
    return Tables(
        begins=begins,
        n_states=np.array([pattern.n_states for pattern in patterns], dtype=np.int64),
        table=np.concatenate(parts),
        leaf=sum(1 << (8 * row + pattern.leaf_state) for row, pattern in enumerate(patterns)),
        outside=sum(1 << (8 * row + state) for row, states in enumerate(outside) for state in states),
    )


def _table(pattern: Pattern, symbol: str) -> np.ndarray:
    """What an operator makes of each choice of sets: uint8[2^(n_states * arity)]."""
    n, arity = pattern.n_states, OPERATORS[symbol].arity
    if n * arity > _MOST_BITS:
        raise CapacityError(f"pattern {pattern.name!r} has {n} states, too many for {symbol!r} of {arity} operands")
    table = np.uint8(1) << np.array(pattern.flat_table(symbol), dtype=np.uint8).reshape((n,) * arity)
    for operand in range(arity):
        # From a place for each state of this operand to one for each set: its lowest state, and the rest.
        of_state = np.moveaxis(table, operand, 0)
        of_set = np.zeros((1 << n, *of_state.shape[1:]), dtype=np.uint8)
        for members in range(1, 1 << n):
            lowest = (members & -members).bit_length() - 1
            of_set[members] = of_set[members & (members - 1)] | of_state[lowest]
        table = np.moveaxis(of_set, 0, operand)
    return np.ascontiguousarray(table).ravel()


@numba.njit(nogil=True)
def image_of_pair(begins, n_states, table, operator, left, right):
    """The word of a binary operator over two words."""
    image = np.uint64(0)
    for pattern in range(len(n_states)):
        place = np.uint64(8 * pattern)
        sets = ((left >> place & np.uint64(255)) << np.uint64(n_states[pattern])) | (right >> place & np.uint64(255))
        image |= np.uint64(table[begins[pattern, operator] + np.int64(sets)]) << place
    return image


@numba.njit(nogil=True)
def image_of_many(begins, n_states, table, operator, words):
    """The word of an operator over words uint64[arity]."""
    image = np.uint64(0)
    for pattern in range(len(n_states)):
        place = np.uint64(8 * pattern)
        sets = np.uint64(0)
        for word in words:
            sets = (sets << np.uint64(n_states[pattern])) | (word >> place & np.uint64(255))
        image |= np.uint64(table[begins[pattern, operator] + np.int64(sets)]) << place
    return image


def forced_of(words: np.ndarray, patterns: Sequence[Pattern], tables: Tables) -> list[np.ndarray]:
    """For each pattern bool[n]: no state outside its region is in the words uint64[n]."""
    outside = words & np.uint64(tables.outside)
    return [(outside >> np.uint64(8 * row)) & np.uint64(255) == 0 for row in range(len(patterns))]
