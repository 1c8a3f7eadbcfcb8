"""Every program of a small grammar and the audit's key of its class, without any thought."""

import itertools

import numpy as np

from arith_synth.grammar import Expression, Grammar
from arith_synth.splits.audit.identity import NO_KEY, combine_residues, leaf_residues, pack

TINY = Grammar(name="tiny", variables=("x",), constants=(0, 2))


def all_programs(grammar: Grammar, max_size: int) -> list[list[Expression]]:
    """Every program by size, without any thought."""
    by_size = [[Expression((leaf,)) for leaf in grammar.leaves]]
    for size in range(2, max_size + 1):
        by_size.append(
            [
                Expression((operator, *left.symbols, *right.symbols))
                for left_size in range(1, size)
                for operator in grammar.operators
                for left, right in itertools.product(by_size[left_size - 1], by_size[size - left_size - 1])
            ]
        )
    return by_size


def key_of(program: Expression, grammar: Grammar) -> int:
    leaf_values = leaf_residues(grammar)
    number_of = {leaf: index for index, leaf in enumerate(grammar.leaves)}
    stack: list[np.ndarray | None] = []
    for symbol in reversed(program.symbols):
        if symbol in number_of:
            stack.append(leaf_values[:, [number_of[symbol]]])
            continue
        left = stack.pop()
        right = stack.pop()
        undefined = left is None or right is None or (symbol == "/" and pack(right)[0] == 0)
        stack.append(None if undefined else combine_residues(symbol, left, right))
    return int(NO_KEY) if stack[0] is None else int(pack(stack[0])[0])
