"""Which states of pattern automata do the realizations of each class reach, up to a number of leaves?

Realizations of <= n leaves are leaves, and operations on a class's realizations of <= i leaves and another's of
<= n - i, for all i: over all pairs of classes, not over representatives alone. So states are carried from class to
class, for each number of leaves, and every pair of classes whose minimal sizes add up to at most n is combined anew.
Operands of a realization of max_size + 1 leaves have at most max_size, so that all of them are known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from queue import SimpleQueue

import numba
import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.grammar.automata import Pattern
from arith_synth.splits.audit.identity import PRIMES, inverse, unpack
from arith_synth.splits.audit.parts import for_all, n_threads
from arith_synth.splits.audit.state_sets import (
    PATTERNS_OF_WORD,
    Tables,
    forced_of,
    image_of_pair,
    tables_of,
)

_P, _Q = np.uint64(PRIMES[0]), np.uint64(PRIMES[1])
#: Pairs of classes that a thread combines before it asks for more.
_PAIRS = 1 << 20
#: A first residue of 31 bits, without so many of its last: the place of its bit in the filter, and its bucket.
_FILTER_SHIFT, _BUCKET_SHIFT = 4, 9
_RESIDUE_BITS = 31


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classes:
    """Classes by size, to be combined and found again.

    Shapes: values, inverses uint64[2, n], residues in the order of minimal size; edges: where each size begins and the
    last ends; keys uint64[n] ascending, with the number of each class in `numbers`; buckets int64[...], where the keys
    of each bucket begin; bits uint64[...], the filter of first residues.
    """

    values: np.ndarray
    inverses: np.ndarray
    edges: list[int]
    keys: np.ndarray
    numbers: np.ndarray
    buckets: np.ndarray
    bits: np.ndarray


def forced_classes(
    grammar: Grammar, patterns: Sequence[Pattern], max_leaves: int, by_size: Sequence[np.ndarray], wanted: np.ndarray
) -> list[np.ndarray]:
    """For each pattern, whether every realization of <= max_leaves leaves of each class lies in its region: bool[n].

    `by_size`: the keys of all classes that are new at each size, max_leaves - 1 sizes at least; `wanted` uint64[n]: the
    keys of some of them, ascending.
    """
    classes = _classes(by_size)
    places = classes.numbers[np.searchsorted(classes.keys, wanted)]
    forced: list[np.ndarray] = []
    for start in range(0, len(patterns), PATTERNS_OF_WORD):
        some = patterns[start : start + PATTERNS_OF_WORD]
        tables = tables_of(some, grammar)
        words = _reach(grammar, classes, tables, max_leaves)
        forced += [mask[places] for mask in forced_of(words, some, tables)]
    return forced


def _classes(by_size: Sequence[np.ndarray]) -> Classes:
    keys = np.concatenate(by_size)
    values = unpack(keys)
    order = np.argsort(keys)
    bits = np.zeros(1 << (_RESIDUE_BITS - _FILTER_SHIFT - 6), dtype=np.uint64)
    _set_bits(values[0], bits)
    buckets = np.searchsorted(
        keys[order] >> np.uint64(32 + _BUCKET_SHIFT), np.arange((1 << (_RESIDUE_BITS - _BUCKET_SHIFT)) + 1)
    )
    return Classes(
        values=values,
        inverses=np.stack([inverse(row, prime) for row, prime in zip(values, PRIMES, strict=True)]),
        edges=np.cumsum([0, *map(len, by_size)]).tolist(),
        keys=keys[order],
        numbers=order,
        buckets=buckets,
        bits=bits,
    )


def _reach(grammar: Grammar, classes: Classes, tables: Tables, max_leaves: int) -> np.ndarray:
    """The states that realizations of <= max_leaves leaves reach: words uint64[n], in the order of the classes."""
    n_sizes = len(classes.edges) - 1
    reach = np.zeros((max_leaves + 1, classes.edges[-1]), dtype=np.uint64)
    reach[1:, : classes.edges[1]] = tables.leaf
    operators = np.array(["+-*/".index(symbol) for symbol in grammar.operators], dtype=np.int64)
    for leaves in range(2, max_leaves + 1):
        work = [
            (left, right, start)
            for left in range(1, leaves)
            for right in range(left, min(leaves - left, n_sizes) + 1)
            for start in range(classes.edges[left - 1], classes.edges[left], _step(classes, right))
        ]
        mine: SimpleQueue[np.ndarray] = SimpleQueue()
        added = [np.zeros(classes.edges[-1], dtype=np.uint64) for _ in range(n_threads())]
        for words in added:
            mine.put(words)

        def combine(item: tuple[int, int, int], leaves: int = leaves, mine: SimpleQueue[np.ndarray] = mine) -> None:
            left, right, start = item
            stop = min(start + _step(classes, right), classes.edges[left])
            words = mine.get()
            _combine(
                start, stop, classes.edges[right - 1], classes.edges[right], left, right, leaves, operators,
                classes.values, classes.inverses, classes.bits, classes.buckets, classes.keys, classes.numbers,
                tables.begins, tables.n_states, tables.table, reach, words,
            )  # fmt: skip
            mine.put(words)

        for_all(work, combine)
        reach[leaves] |= reach[leaves - 1]
        for words in added:
            reach[leaves] |= words
    return reach[max_leaves]


def _step(classes: Classes, right: int) -> int:
    """Classes of the left operand that go into a piece of work with all those of size `right`."""
    return max(1, _PAIRS // max(1, classes.edges[right] - classes.edges[right - 1]))


@numba.njit(cache=True, nogil=True)
def _set_bits(residues, bits):
    for residue in residues:
        bit = residue >> np.uint64(_FILTER_SHIFT)
        bits[bit >> np.uint64(6)] |= np.uint64(1) << (bit & np.uint64(63))


@numba.njit(nogil=True)
def _value(operator, p, a, b, b_inverse):
    if operator == 0:
        return (a + b) % p
    if operator == 1:
        return (a + (p - b)) % p
    return a * b % p if operator == 2 else a * b_inverse % p


@numba.njit(nogil=True)
def _number(first, second, buckets, keys, numbers):
    """The class of two residues, or -1."""
    key = first << np.uint64(32) | second
    bucket = first >> np.uint64(_BUCKET_SHIFT)
    for place in range(buckets[bucket], buckets[bucket + np.uint64(1)]):
        if keys[place] == key:
            return numbers[place]
    return -1


@numba.njit(nogil=True)
def _states(begins, n_states, table, operator, reach, left, left_size, right, right_size, leaves):
    """The word of operator(left, right) with at most `leaves` leaves in all."""
    word = np.uint64(0)
    for n in range(left_size, leaves - right_size + 1):
        word |= image_of_pair(begins, n_states, table, operator, reach[n, left], reach[leaves - n, right])
    return word


@numba.njit(cache=True, nogil=True)
def _combine(
    left_start, left_stop, right_start, right_stop, left_size, right_size, leaves, operators, values, inverses, bits,
    buckets, keys, numbers, begins, n_states, table, reach, words,
):  # fmt: skip
    """Add to words uint64[n] the states of all operations on these pairs, in both orders."""
    for left in range(left_start, left_stop):
        for number in range(len(operators)):
            operator = operators[number]
            commutes = operator == 0 or operator == 2
            for swapped in range(1 if commutes else 2):
                for right in range(max(left, right_start), right_stop):
                    if swapped and right == left:
                        continue
                    one, other = (right, left) if swapped else (left, right)
                    first = _value(operator, _P, values[0, one], values[0, other], inverses[0, other])
                    bit = first >> np.uint64(_FILTER_SHIFT)
                    if not bits[bit >> np.uint64(6)] >> (bit & np.uint64(63)) & np.uint64(1):
                        continue
                    if operator == 3 and inverses[0, other] == 0:
                        continue  # a division by zero
                    second = _value(operator, _Q, values[1, one], values[1, other], inverses[1, other])
                    found = _number(first, second, buckets, keys, numbers)
                    if found < 0:
                        continue
                    one_size, other_size = (right_size, left_size) if swapped else (left_size, right_size)
                    word = _states(begins, n_states, table, number, reach, one, one_size, other, other_size, leaves)
                    if commutes:
                        word |= _states(
                            begins, n_states, table, number, reach, other, other_size, one, one_size, leaves
                        )
                    words[found] |= word
