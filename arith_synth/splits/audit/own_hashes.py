"""The audit's own keyed hashes of classes, and its arithmetic modulo 2^61 - 1, in which fingerprints are written.

A class is hashed for a stream of choices in two rounds of SplitMix64: its first residue under the stream's key, then
its second. Source of SplitMix64: Steele, Lea and Flood 2014, section 5, with Vigna's constants.
"""

import numba
import numpy as np
import pyarrow as pa

from arith_synth.grammar import Grammar
from arith_synth.splits.audit.identity import keyed_hash
from arith_synth.splits.audit.parts import in_parts
from arith_synth.splits.audit.programs import Programs

FIELD = 2**61 - 1
#: In place of a residue where there is none.
NO_RESIDUE = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_STEP, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_P = np.uint64(FIELD)
_HALF, _LOW = np.uint64(31), np.uint64(2**31 - 1)
_30, _LOW_30, _61 = np.uint64(30), np.uint64(2**30 - 1), np.uint64(61)
_ZERO, _ONE, _TWO = np.uint64(0), np.uint64(1), np.uint64(2)


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


@numba.njit(cache=True, nogil=True)
def multiply(left, right):
    """The product modulo 2^61 - 1 of two residues uint64, in halves of 31 bits so that nothing overflows."""
    a1, a0, b1, b0 = left >> _HALF, left & _LOW, right >> _HALF, right & _LOW
    middle = a1 * b0 + a0 * b1  # times 2^31
    wrapped = (middle >> _30) + ((middle & _LOW_30) << _HALF)
    return _reduced(_TWO * (a1 * b1) + wrapped + a0 * b0)


@numba.njit(cache=True, nogil=True)
def invert(value):
    """The inverse modulo 2^61 - 1 of a residue uint64, by Fermat's little theorem; zero for zero."""
    # p - 2 is 59 ones, a zero and a one.
    power = value
    for _ in range(58):
        power = multiply(multiply(power, power), value)
    power = multiply(power, power)
    return multiply(multiply(power, power), value)


def published_residues(
    programs: Programs, grammar: Grammar, points: list[dict[str, int]]
) -> tuple[np.ndarray, np.ndarray]:
    """Residues uint64[n, 2] of the programs at two points, and whether they have any, bool[n].

    Programs are evaluated as fractions; one inversion at the end serves all. The grammar has no operators but + - * /.
    """
    leaves = np.array(
        [[point[leaf] if leaf in point else int(leaf) % FIELD for leaf in grammar.leaves] for point in points],
        dtype=np.uint64,
    )
    codes = programs.codes
    operators = np.array(["+-*/".index(symbol) for symbol in grammar.operators], dtype=np.int64)
    residues = np.zeros((len(codes), 2), dtype=np.uint64)
    is_defined = np.zeros(len(codes), dtype=bool)

    def part(start: int, stop: int) -> None:
        _residues(codes[start:stop], leaves, operators, residues[start:stop], is_defined[start:stop])

    in_parts(len(codes), part)
    return residues, is_defined


@numba.njit(cache=True, nogil=True)
def _residues(codes, leaves, operators, residues, is_defined):
    n_leaves = leaves.shape[1]
    tops, bottoms = np.empty(codes.shape[1], dtype=np.uint64), np.empty(codes.shape[1], dtype=np.uint64)
    for program in range(len(codes)):
        defined = codes[program, 0] >= 0
        for point in range(2):
            height = 0
            for code in codes[program]:
                if code < 0:
                    break
                if code < n_leaves:
                    tops[height], bottoms[height] = leaves[point, code], _ONE
                    height += 1
                    continue
                height -= 1
                a, b, c, d = tops[height - 1], bottoms[height - 1], tops[height], bottoms[height]
                operator = operators[code - n_leaves]
                if operator == 3:
                    defined &= c != _ZERO
                    c, d = d, c
                if operator >= 2:
                    tops[height - 1] = multiply(a, c)
                else:
                    other = multiply(c, b)
                    tops[height - 1] = _reduced(multiply(a, d) + (other if operator == 0 else _P - other))
                bottoms[height - 1] = multiply(b, d)
            if codes[program, 0] >= 0:
                residues[program, point] = multiply(tops[0], invert(bottoms[0]))
        is_defined[program] = defined


@numba.njit(nogil=True)
def _reduced(value):
    folded = (value & _P) + (value >> _61)
    return folded - _P if folded >= _P else folded


def residues_of_texts(texts: pa.Array) -> np.ndarray:
    """Two residues uint64[n, 2] of each text of 32 hex digits; NO_RESIDUE for any other text."""
    texts = texts.cast(pa.large_string())
    _, offsets_buffer, data_buffer = texts.buffers()
    offsets = np.frombuffer(offsets_buffer, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(data_buffer if data_buffer is not None else b"", dtype=np.uint8)
    residues = np.zeros((len(texts), 2), dtype=np.uint64)
    _read_digits(data, offsets, residues)
    return residues


@numba.njit(cache=True, nogil=True)
def _read_digits(data, offsets, residues):
    for text in range(len(residues)):
        is_fine = offsets[text + 1] - offsets[text] == 32
        for place in range(32 if is_fine else 0):
            byte = data[offsets[text] + place]
            digit = np.uint64(byte - 48 if byte <= 57 else byte - 87)
            is_fine = is_fine and (48 <= byte <= 57 or 97 <= byte <= 102)
            residues[text, place // 16] = residues[text, place // 16] << np.uint64(4) | digit & np.uint64(15)
        if not is_fine:
            residues[text, 0], residues[text, 1] = NO_RESIDUE, NO_RESIDUE
