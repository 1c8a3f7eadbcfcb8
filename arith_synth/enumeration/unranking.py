"""From the number of a minimal realization to its program."""

from typing import TYPE_CHECKING

import numba
import numpy as np

from arith_synth.enumeration.cachelines import prefetch_row
from arith_synth.enumeration.candidates import OPERATOR_CODES
from arith_synth.enumeration.derivations import ARITIES, operand_of, operator_of
from arith_synth.grammar import Expression, Grammar, compose, leaf_expression
from arith_synth.grammar.operators import OPERATORS
from arith_synth.semantics.fingerprints import residues_of

if TYPE_CHECKING:
    from arith_synth.enumeration.drawing import Realizations

#: Programs whose operands are asked for at once.
_AHEAD = 32


def leaf_codes(grammar: Grammar, values: np.ndarray) -> np.ndarray:
    """Symbol codes of the leaves in order of fingerprint: uint8[n] for values uint64[n, 2] that begin with them."""
    code_of = {residues_of(leaf_expression(leaf), grammar): code for code, leaf in enumerate(grammar.leaves, start=1)}
    n_leaves = len(code_of) - (None in code_of)
    return np.array([code_of[tuple(row)] for row in values[:n_leaves].tolist()], dtype=np.uint8)


def operator_symbol_codes(grammar: Grammar) -> np.ndarray:
    """Symbol codes by operator code: uint8[n]."""
    codes = np.zeros(len(OPERATOR_CODES), dtype=np.uint8)
    for symbol in grammar.operators:
        codes[OPERATOR_CODES[symbol]] = grammar.symbols.index(symbol) + 1
    return codes


def minimal_realization(realizations: "Realizations", index: int, rank: int) -> Expression:
    """The minimal realization of a class that has a rank, 0 .. n_minimal - 1: one program, in Python."""
    grammar, extents, lists = realizations.grammar, realizations.extents, realizations.derivations
    if index < len(realizations.leaves):
        return leaf_expression(grammar.leaves[realizations.leaves[index] - 1])
    start, stop = int(extents[index, 0]), int(extents[index + 1, 0])
    place = start + int(np.searchsorted(lists[start:stop, 1], np.uint64(rank), side="right")) - 1
    derivation, rank = lists[place, 0], rank - int(lists[place, 1])
    operator = list(OPERATORS)[operator_of(derivation)]
    arity = OPERATORS[operator].arity
    operands: list[Expression] = []
    for number in range(arity - 1, -1, -1):  # the last operand's rank varies fastest
        operand = int(operand_of(derivation, number, arity))
        rank, own = divmod(rank, int(extents[operand, 1]))
        operands.insert(0, minimal_realization(realizations, operand, own))
    return compose(operator, *operands)


@numba.njit(cache=True, nogil=True)
def unrank(start, stop, roots, root_ranks, leaves, operators, extents, derivations, codes):
    """Write the programs of realizations start..stop-1 to rows of codes uint8[n, width] that hold zeros.

    A realization is a root derivation, uint64[n], and its rank in it, int64[n]. Of the classes below: leaves
    uint8[n_leaves] and operators uint8 hold symbol codes; extents int64[known + 1, 2] holds where each class's list
    begins and its number of trees; derivations uint64[d, 2] the lists, each entry with the number of trees before it.
    """
    width = codes.shape[1]
    open_class = np.empty(width + 1, dtype=np.int64)
    open_rank = np.empty(width + 1, dtype=np.int64)
    for block in range(start, stop, _AHEAD):
        # The lists of large operands lie anywhere in memory: ask for those of a whole block before any is read.
        block_stop = min(block + _AHEAD, stop)
        for target in range(block, block_stop):
            arity = ARITIES[operator_of(roots[target])]
            for place in range(arity):
                prefetch_row(extents, operand_of(roots[target], place, arity))  # pyright: ignore[reportCallIssue]
        for target in range(block, block_stop):
            arity = ARITIES[operator_of(roots[target])]
            for place in range(arity):
                operand = operand_of(roots[target], place, arity)
                prefetch_row(derivations, extents[operand, 0])  # pyright: ignore[reportCallIssue]
        for target in range(block, block_stop):
            _unrank_one(
                roots[target], root_ranks[target], leaves, operators, extents, derivations, open_class, open_rank,
                codes[target],
            )  # fmt: skip


@numba.njit(inline="always")
def _unrank_one(derivation, rank, leaves, operators, extents, derivations, open_class, open_rank, codes):
    position, height = 0, 0
    while True:
        operator = operator_of(derivation)
        codes[position] = operators[operator]
        position += 1
        arity = ARITIES[operator]
        for place in range(arity - 1, -1, -1):  # the last operand's rank varies fastest
            operand = operand_of(derivation, place, arity)
            n_trees = extents[operand, 1]
            open_class[height] = operand
            open_rank[height] = rank % n_trees
            rank //= n_trees
            height += 1
        while height and open_class[height - 1] < len(leaves):
            height -= 1
            codes[position] = leaves[open_class[height]]
            position += 1
        if height == 0:
            break
        height -= 1
        index, rank = open_class[height], open_rank[height]
        low, high = extents[index, 0], extents[index + 1, 0] - 1  # the last derivation with no more trees before it
        while low < high:
            middle = (low + high + 1) // 2
            if np.int64(derivations[middle, 1]) <= rank:
                low = middle
            else:
                high = middle - 1
        derivation = derivations[low, 0]
        rank -= np.int64(derivations[low, 1])
