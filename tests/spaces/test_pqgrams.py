"""pq-gram profiles against a naive implementation of the definition."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from strategies import XY3, XYCOND, expressions

from arith_synth.grammar import Expression, Grammar, compose, leaf_expression, size
from arith_synth.grammar.operators import OPERATORS
from arith_synth.semantics.programs import encode_programs
from arith_synth.spaces.pqgrams import n_pqgrams, pqgram_indices, weighted_counts

DUMMY = "*dummy*"
SMALL = Grammar(name="small", variables=("x",), constants=(), operators=("+", "/"))


def naive_profile(expression: Expression) -> list[tuple[str, ...]]:
    """(parent, anchor, three children) label tuples, in no particular order."""

    def profile_below(symbol, operands):
        labels = [DUMMY, DUMMY, *[label for label, _, _ in operands], DUMMY, DUMMY]
        # pq-grams anchored at a child get their parent now
        grams = [(symbol, *gram) for _, anchored, _ in operands for gram in anchored]
        grams += [gram for _, _, finished in operands for gram in finished]
        return symbol, [(symbol, *labels[start : start + 3]) for start in range(len(labels) - 2)], grams

    _, anchored, finished = expression.fold(
        lambda symbol: (symbol, [(symbol, DUMMY, DUMMY, DUMMY)], []),
        profile_below,
    )
    return finished + [(DUMMY, *gram) for gram in anchored]


def naive_index(gram: tuple[str, ...], grammar: Grammar) -> int:
    """The documented closed form, written out for operators of two operands or more."""
    parent, anchor, *window = gram
    n_leaves, n = len(grammar.leaves), len(grammar.symbols)
    part_sizes = [
        n + n**2 + (n**3 if OPERATORS[operator].arity >= 3 else 0) + n**2 + n for operator in grammar.operators
    ]
    block = n_leaves + sum(part_sizes)
    index = 0 if parent == DUMMY else (grammar.operators.index(parent) + 1) * block
    if anchor not in OPERATORS:
        return index + grammar.leaves.index(anchor)
    index += n_leaves + sum(part_sizes[: grammar.operators.index(anchor)])
    n_full = n**3 if OPERATORS[anchor].arity >= 3 else 0
    starts = {"**c": 0, "*cc": n, "ccc": n + n**2, "cc*": n + n**2 + n_full, "c**": n + 2 * n**2 + n_full}
    place = 0
    for label in window:
        if label != DUMMY:
            place = place * n + grammar.symbols.index(label)
    return index + starts["".join("*" if label == DUMMY else "c" for label in window)] + place


def programs_of_size(n_leaves: int, grammar: Grammar) -> list[Expression]:
    if n_leaves == 1:
        return [leaf_expression(symbol) for symbol in grammar.leaves]
    return [
        compose(operator, left, right)
        for left_size in range(1, n_leaves)
        for operator, left, right in product(
            grammar.operators, programs_of_size(left_size, grammar), programs_of_size(n_leaves - left_size, grammar)
        )
    ]


@given(expressions(XY3))
def test_the_profile_is_that_of_the_definition(expression):
    indices = pqgram_indices(encode_programs([expression], XY3, width=21), XY3)[0]
    expected = Counter(naive_index(gram, XY3) for gram in naive_profile(expression))
    assert Counter(indices[indices >= 0].tolist()) == expected


@given(expressions(XYCOND, max_leaves=12))
def test_the_profile_of_operators_with_four_operands_is_that_of_the_definition(expression):
    indices = pqgram_indices(encode_programs([expression], XYCOND), XYCOND)[0]
    expected = Counter(naive_index(gram, XYCOND) for gram in naive_profile(expression))
    assert Counter(indices[indices >= 0].tolist()) == expected
    assert 0 <= min(expected) <= max(expected) < n_pqgrams(XYCOND)


def test_every_index_is_one_possible_pqgram():
    grams = {gram for n in range(1, 6) for program in programs_of_size(n, SMALL) for gram in naive_profile(program)}
    assert sorted(naive_index(gram, SMALL) for gram in grams) == list(range(n_pqgrams(SMALL)))


@pytest.mark.parametrize("n_leaves", [1, 2, 3, 4])
def test_a_program_of_n_leaves_has_5n_minus_4_pqgrams(n_leaves):
    codes = encode_programs(programs_of_size(n_leaves, SMALL), SMALL)
    indices = pqgram_indices(codes, SMALL)
    assert indices.shape[1] == 5 * n_leaves - 4
    assert (indices >= 0).all()


@given(expressions(XY3), expressions(XY3))
def test_weighted_counts_are_dot_products_with_the_profile(first, second):
    weights = (np.arange(2 * n_pqgrams(XY3)) % 97 - 48).astype(np.int32).reshape(2, -1)
    codes = encode_programs([first, second], XY3, width=21)
    for row, program in zip(weighted_counts(codes, XY3, weights, 1 << 20), (first, second), strict=True):
        counts = np.zeros(n_pqgrams(XY3), dtype=np.int64)
        for gram in naive_profile(program):
            counts[naive_index(gram, XY3)] += 1
        assert row.tolist() == (weights @ counts).tolist()
        assert counts.sum() == 5 * size(program) - 4


def test_weighted_counts_stop_at_the_bound_for_any_weights():
    weights = np.full((2, n_pqgrams(XY3)), np.iinfo(np.int32).max, dtype=np.int32)
    weights[1] = np.iinfo(np.int32).min
    program = leaf_expression("x")
    for _ in range(31):
        program = compose("*", program, leaf_expression("y"))
    assert weighted_counts(encode_programs([program], XY3), XY3, weights, 1000).tolist() == [[1000, -1000]]
