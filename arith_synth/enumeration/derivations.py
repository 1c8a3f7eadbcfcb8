"""A derivation in one word: an operator over classes, for programs whose operands are minimal for their classes.

The upper 4 bits hold the operator's code; the operands share the other 60, the first in the uppermost bits: 30 each
for two operands, 15 each for four. Words of one operator ascend in the order of their operands.
"""

from collections.abc import Sequence

import numba
import numpy as np

from arith_synth.enumeration.growth import n_trees
from arith_synth.errors import CapacityError
from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import OPERATORS

_OPERAND_BITS = 60
_TREE_BITS = 63
_OPERATOR_SHIFT = np.uint64(_OPERAND_BITS)
_PAIR_SHIFT = np.uint64(_OPERAND_BITS // 2)
MAX_ARITY = max(operator.arity for operator in OPERATORS.values())
#: Number of operands by operator code.
ARITIES = np.array([operator.arity for operator in OPERATORS.values()], dtype=np.int64)


def check_capacity(grammar: Grammar, first_of_size: Sequence[int], size: int) -> None:
    """CapacityError when programs of a size have operands whose classes are beyond the numbers of a derivation.

    Operands of an operator of arity k have at most size - k + 1 leaves; classes of size s end at first_of_size[s + 1].
    """
    for symbol in grammar.operators:
        arity = OPERATORS[symbol].arity
        n_operands, most = first_of_size[max(1, size - arity + 2)], 1 << (_OPERAND_BITS // arity)
        if n_operands > most:
            raise CapacityError(
                f"{n_operands:,} classes as operands of {symbol!r} are more than the {most:,} that a derivation can "
                f"number (grammar {grammar.name}, size {size}); lower --max-size"
            )


def check_tree_numbers(grammar: Grammar, max_size: int) -> None:
    """CapacityError when a class could have more minimal realizations than 63 bits count."""
    n = n_trees(grammar, max_size)
    if n >= 1 << _TREE_BITS:
        raise CapacityError(
            f"grammar {grammar.name} has {n:.1e} programs of {max_size} leaves, more than {_TREE_BITS} bits count, so "
            "target programs cannot be drawn; lower --max-size"
        )


@numba.njit(inline="always")
def pack_pair(operator, first, second):
    """The derivation of a binary operator."""
    return (np.uint64(operator) << _OPERATOR_SHIFT) | (np.uint64(first) << _PAIR_SHIFT) | np.uint64(second)


@numba.njit(inline="always")
def operator_of(derivation):
    """The operator's code."""
    return np.int64(derivation >> _OPERATOR_SHIFT)


@numba.njit(inline="always")
def operand_of(derivation, place, arity):
    """The class that stands at a place, counted from 0, of a derivation of so many operands."""
    bits = np.uint64(_OPERAND_BITS // arity)
    shift = bits * np.uint64(arity - 1 - place)
    return np.int64((derivation >> shift) & ((np.uint64(1) << bits) - np.uint64(1)))


@numba.njit(inline="always")
def n_trees_of(derivation, n_minimal):
    """Minimal trees that the derivation stands for: the product over its operands of n_minimal int64[n]."""
    arity = ARITIES[operator_of(derivation)]
    trees = np.int64(1)
    for place in range(arity):
        trees *= n_minimal[operand_of(derivation, place, arity)]
    return trees
