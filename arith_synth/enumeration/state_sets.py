"""Sets of automaton states as bits, and what operators make of them, for several patterns at once.

A word uint64 holds the sets of up to 8 patterns, a byte each: bit s of byte p is set when state s of pattern p is
reached.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.enumeration.candidates import OPERATOR_CODES
from arith_synth.enumeration.derivations import ARITIES
from arith_synth.errors import CapacityError
from arith_synth.grammar import Grammar
from arith_synth.grammar.patterns import Pattern

#: Patterns that are carried in one word.
PATTERNS_OF_WORD = 8
_MOST_IMAGE_BITS = 24
_BYTE = np.uint64(0xFF)
_BYTE_BITS = np.uint64(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetImages:
    """Images of state sets under each operator.

    The image of sets S1, S2, ... under operator o and pattern p is
    images[starts[p, o] + (S1 << n_states[p] (k - 1) | S2 << n_states[p] (k - 2) | ...)], k operands; starts is -1 for
    operators that the grammar lacks. Shapes: starts int64[patterns, operators], n_states int64[patterns], images
    uint8[n].
    """

    starts: np.ndarray
    n_states: np.ndarray
    images: np.ndarray

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What the kernels take, in their order."""
        return self.starts, self.n_states, self.images


def set_images(patterns: Sequence[Pattern], grammar: Grammar) -> SetImages:
    """The images under a grammar's operators. Those of k operands take 2^(k states) bytes.

    Raises CapacityError for a pattern whose images would take more than 2^24.
    """
    starts = np.full((len(patterns), len(OPERATOR_CODES)), -1, dtype=np.int64)
    tables: list[np.ndarray] = []
    length = 0
    for number, pattern in enumerate(patterns):
        for symbol in grammar.operators:
            code = OPERATOR_CODES[symbol]
            if pattern.n_states * ARITIES[code] > _MOST_IMAGE_BITS:
                raise CapacityError(
                    f"pattern {pattern.name!r} has {pattern.n_states} states, too many for {symbol!r} of "
                    f"{ARITIES[code]} operands; use at most {_MOST_IMAGE_BITS // ARITIES[code]}"
                )
            table = _images(pattern, symbol, int(ARITIES[code]))
            starts[number, code] = length
            length += len(table)
            tables.append(table)
    return SetImages(
        starts=starts,
        n_states=np.array([pattern.n_states for pattern in patterns], dtype=np.int64),
        images=np.concatenate([np.zeros(0, dtype=np.uint8), *tables]),
    )


def leaf_word(patterns: Sequence[Pattern]) -> int:
    """The word of a leaf."""
    return sum(1 << (8 * number + pattern.leaf_state) for number, pattern in enumerate(patterns))


def _images(pattern: Pattern, symbol: str, arity: int) -> np.ndarray:
    n_states, n_sets = pattern.n_states, 1 << pattern.n_states
    # One operand after the other: its axis of states becomes one of sets.
    image = np.uint8(1) << np.array(pattern.flat_table(symbol), dtype=np.uint8).reshape((n_states,) * arity)
    for axis in range(arity):
        by_state = np.moveaxis(image, axis, -1)
        by_set = np.zeros((*by_state.shape[:-1], n_sets), dtype=np.uint8)
        for members in range(n_sets):
            for state in range(n_states):
                if members >> state & 1:
                    by_set[..., members] |= by_state[..., state]
        image = np.moveaxis(by_set, -1, axis)
    return np.ascontiguousarray(image).ravel()


@numba.njit(inline="always")
def pair_image(starts, n_states, images, operator, left_word, right_word):
    """The word of a binary operator over two words."""
    word = np.uint64(0)
    for pattern in range(len(n_states)):
        place = np.uint64(pattern) * _BYTE_BITS
        left_set, right_set = np.int64((left_word >> place) & _BYTE), np.int64((right_word >> place) & _BYTE)
        image = images[starts[pattern, operator] + (left_set << n_states[pattern] | right_set)]
        word |= np.uint64(image) << place
    return word
