"""The audit's own enumeration and its closure of accumulator programs."""

import itertools

import numpy as np
import pytest

from arith_synth.grammar import Expression, Grammar, grammar_named, strahler_number
from arith_synth.splits.audit.closure import accumulator_closure, enumerate_classes
from arith_synth.splits.audit.identity import NO_KEY, combine_residues, leaf_residues, pack

XY3 = grammar_named("xy3")
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


def test_counts_of_xy3_by_size():
    _, by_size = enumerate_classes(XY3, 5)
    assert [len(keys) for keys in by_size] == [5, 51, 674, 9_297, 141_118]


def test_sizes_are_disjoint_sorted_and_unique():
    _, by_size = enumerate_classes(XY3, 4)
    together = np.concatenate(by_size)
    assert len(np.unique(together)) == len(together)
    assert all((np.diff(keys.astype(object)) > 0).all() for keys in by_size)


@pytest.mark.parametrize("grammar", [TINY, XY3], ids=lambda grammar: grammar.name)
def test_classes_are_those_of_all_programs(grammar):
    _, by_size = enumerate_classes(grammar, 3)
    known: set[int] = {int(NO_KEY)}
    for programs, keys in zip(all_programs(grammar, 3), by_size, strict=True):
        new = {key_of(program, grammar) for program in programs} - known
        assert new == set(keys.tolist())
        known |= new


def test_closure_is_that_of_all_programs_with_a_low_strahler_number():
    leaf_values, by_size = enumerate_classes(TINY, 4)
    wanted = np.unique(np.concatenate(by_size))
    low = {
        key_of(program, TINY)
        for programs in all_programs(TINY, 4)
        for program in programs
        if strahler_number(program) <= 2
    }
    assert accumulator_closure(TINY, 4, leaf_values, wanted).tolist() == [key in low for key in wanted.tolist()]


def test_one_leaf_of_slack_can_only_unforce():
    leaf_values, by_size = enumerate_classes(XY3, 4)
    wanted = np.unique(np.concatenate(by_size))
    tight = accumulator_closure(XY3, 4, leaf_values, wanted)
    slack = accumulator_closure(XY3, 5, leaf_values, wanted)
    assert (slack | ~tight).all()
    assert (slack & ~tight).any()


@pytest.mark.slow
def test_forced_classes_at_max_size_5():
    leaf_values, by_size = enumerate_classes(XY3, 5)
    wanted = np.unique(np.concatenate(by_size))
    forced = wanted[~accumulator_closure(XY3, 6, leaf_values, wanted)]
    assert [int(np.isin(forced, keys).sum()) for keys in by_size] == [0, 0, 0, 310, 17_046]
