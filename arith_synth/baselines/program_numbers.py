"""All programs of one size, numbered: the number of a program is what a uniform draw needs.

Every program is counted, of any class and of none, as `1 / (x - x)`: a grammar gives each tree once.
"""

from functools import cache
from math import prod

from arith_synth.enumeration.growth import compositions, n_trees
from arith_synth.errors import UsageError
from arith_synth.grammar import Expression, Grammar, compose, leaf_expression
from arith_synth.grammar.operators import OPERATORS


@cache
def n_programs(grammar: Grammar, size: int) -> int:
    """How many programs of `size` leaves a grammar has."""
    return n_trees(grammar, size)


def program_at(grammar: Grammar, size: int, number: int) -> Expression:
    """The program of a size that has a number, 0 .. n_programs - 1.

    In the order of the grammar's operators, then of the operands' sizes, then of the operands, the last one's number
    varying fastest. Raises UsageError for a number that no program has.
    """
    if not 0 <= number < n_programs(grammar, size):
        raise UsageError(f"no program of {size} leaves has the number {number}; there are {n_programs(grammar, size)}")
    if size == 1:
        return leaf_expression(grammar.leaves[number])
    for symbol in grammar.operators:
        for sizes in compositions(size, OPERATORS[symbol].arity):
            n_here = prod(n_programs(grammar, part) for part in sizes)
            if number < n_here:
                return compose(symbol, *_operands(grammar, sizes, number))
            number -= n_here
    raise AssertionError("the programs of a size are those of its operators")


def _operands(grammar: Grammar, sizes: tuple[int, ...], number: int) -> list[Expression]:
    operands: list[Expression] = []
    for size in reversed(sizes):
        number, own = divmod(number, n_programs(grammar, size))
        operands.insert(0, program_at(grammar, size, own))
    return operands
