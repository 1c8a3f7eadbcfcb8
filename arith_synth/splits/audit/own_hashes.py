"""The audit's own keyed hashes of classes, and its arithmetic modulo 2^61 - 1, in which fingerprints are written.

A class is hashed for a stream of choices in two rounds of SplitMix64: its first residue under the stream's key, then
its second. Source of SplitMix64: Steele, Lea and Flood 2014, section 5, with Vigna's constants.
"""

import numpy as np

from arith_synth.grammar import Grammar
from arith_synth.splits.audit.identity import keyed_hash
from arith_synth.splits.audit.programs import Programs

FIELD = 2**61 - 1
_STEP, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_P = np.uint64(FIELD)


def _word(number: int) -> np.uint64:
    return np.uint64(number)


def mix(words: np.ndarray) -> np.ndarray:
    """What a SplitMix64 generator returns next in each state: uint64[...] -> uint64[...]."""
    mixed = np.add(words, _word(_STEP))  # arrays of unsigned integers wrap around
    for shift, factor in ((30, _FIRST), (27, _SECOND)):
        mixed = np.multiply(np.bitwise_xor(mixed, np.right_shift(mixed, _word(shift))), _word(factor))
    return np.bitwise_xor(mixed, np.right_shift(mixed, _word(31)))


def in_keyed_order(residues: np.ndarray, *stream: str) -> np.ndarray:
    """The permutation int64[n] of classes uint64[n, 2] by their hash for a stream of choices, ties by residues."""
    key = _word(keyed_hash(*stream))
    first = mix(mix(residues[:, 0] ^ key))
    hashes = mix(first ^ residues[:, 1])
    return np.lexsort([residues[:, 1], residues[:, 0], hashes])


def multiply(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Products modulo 2^61 - 1 of residues uint64[...], in halves of 31 bits so that nothing overflows."""
    low, half = _word(2**31 - 1), _word(31)
    a1, a0, b1, b0 = left >> half, left & low, right >> half, right & low
    middle = a1 * b0 + a0 * b1  # times 2^31
    wrapped = (middle >> _word(30)) + ((middle & _word(2**30 - 1)) << half)
    return _reduce(_word(2) * (a1 * b1) + wrapped + a0 * b0)


def invert(values: np.ndarray) -> np.ndarray:
    """Inverses modulo 2^61 - 1 by Fermat's little theorem; zero for zero."""
    result = np.ones_like(values)
    for bit in bin(FIELD - 2)[2:]:
        result = multiply(result, result)
        if bit == "1":
            result = multiply(result, values)
    return result


def published_residues(
    programs: Programs, grammar: Grammar, points: list[dict[str, int]]
) -> tuple[np.ndarray, np.ndarray]:
    """Residues uint64[n, 2] of the programs at two points, and whether they have any, bool[n].

    Programs are folded as fractions; one inversion at the end serves all. A folded value holds the numerators, the
    denominators (two rows each) and whether something was divided by zero.
    """
    leaves = np.array(
        [[point[leaf] if leaf in point else int(leaf) % FIELD for leaf in grammar.leaves] for point in points],
        dtype=np.uint64,
    )
    numerators = np.zeros((2, len(programs.texts)), dtype=np.uint64)
    denominators = np.ones_like(numerators)
    is_defined = np.zeros(len(programs.texts), dtype=bool)

    def leaf(indices: np.ndarray) -> np.ndarray:
        ones = np.ones((2, len(indices)), dtype=np.uint64)
        return np.concatenate([leaves[:, indices], ones, np.zeros_like(ones[:1])])

    def combine(operator: str, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        a, b, c, d = left[:2], left[2:4], right[:2], right[2:4]
        undefined = left[4] | right[4]
        if operator == "/":
            undefined = undefined | (c == 0).any(axis=0).astype(np.uint64)
            c, d = d, c
        if operator in "*/":
            top = multiply(a, c)
        else:
            other = multiply(c, b)
            top = _reduce(multiply(a, d) + (other if operator == "+" else _P - other))
        return np.concatenate([top, multiply(b, d), undefined[None]])

    def emit(rows: np.ndarray, values: np.ndarray) -> None:
        numerators[:, rows], denominators[:, rows] = values[:2], values[2:4]
        is_defined[rows] = values[4] == 0

    programs.fold(leaf, combine, emit)
    return multiply(numerators, invert(denominators)).T.copy(), is_defined


def _reduce(values: np.ndarray) -> np.ndarray:
    folded = (values & _P) + (values >> _word(61))
    return np.where(folded >= _P, folded - _P, folded)
