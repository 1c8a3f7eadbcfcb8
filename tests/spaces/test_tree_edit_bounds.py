"""The lower bounds never pass the tree edit distance, and the kernels compute them."""

from collections import Counter
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import Expression
from arith_synth.semantics.programs import encode_programs
from arith_synth.spaces import tree_edit_distances
from arith_synth.spaces.tree_edit_bounds import count_rest, extend, fewest_edits, string_distance, write_postorders
from arith_synth.spaces.trees import arity_table

ARITIES = arity_table(XYCOND)
PROGRAMS = expressions(XYCOND, max_leaves=9)


def naive_string_distance(first, second) -> int:
    costs = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        diagonal, costs[0] = costs[0], i
        for j, b in enumerate(second, 1):
            diagonal, costs[j] = costs[j], min(costs[j] + 1, costs[j - 1] + 1, diagonal + (a != b))
    return costs[-1]


def naive_postorder(expression: Expression) -> list[str]:
    return expression.fold(lambda symbol: [symbol], lambda operator, operands: [*chain(*operands), operator])


def preorder_codes(expression: Expression) -> np.ndarray:
    return encode_programs([expression], XYCOND)[0]


def row_zero(n_rows: int, n_columns: int) -> np.ndarray:
    costs = np.full((n_rows + 1, n_columns + 1), -1, dtype=np.int64)
    costs[0] = np.arange(n_columns + 1)
    return costs


@given(PROGRAMS, PROGRAMS)
def test_no_bound_passes_the_tree_edit_distance(first, second):
    codes = encode_programs([first, second], XYCOND)
    distance = int(tree_edit_distances(codes[:1], codes[1:], XYCOND)[0])
    preorder_distance = naive_string_distance(first.symbols, second.symbols)
    postorder_distance = naive_string_distance(naive_postorder(first), naive_postorder(second))
    assert max(preorder_distance, postorder_distance) <= distance
    # ... and neither the size nor the labels could say more:
    labels, other_labels = Counter(first.symbols), Counter(second.symbols)
    n_unmatched = max((labels - other_labels).total(), (other_labels - labels).total())
    assert abs(len(first.symbols) - len(second.symbols)) <= n_unmatched
    assert n_unmatched <= min(preorder_distance, postorder_distance)


def test_no_bound_passes_the_tree_edit_distance_of_any_two_small_programs():
    codes = build_corpus(XY3, 3, patterns=()).codes[::2]
    postorders = np.zeros_like(codes)
    write_postorders(codes, arity_table(XY3), postorders)
    first, second = (indices.ravel() for indices in np.indices((len(codes), len(codes))))
    distances = tree_edit_distances(codes[first], codes[second], XY3).tolist()
    before, after = ([row[row > 0].tolist() for row in rows] for rows in (codes, postorders))
    for a, b, distance in zip(first.tolist(), second.tolist(), distances, strict=True):
        assert naive_string_distance(before[a], before[b]) <= distance
        assert naive_string_distance(after[a], after[b]) <= distance


@given(st.lists(PROGRAMS, min_size=1, max_size=5))
def test_postorders_have_operands_before_their_operators(programs):
    codes = encode_programs(programs, XYCOND)
    postorders = np.zeros_like(codes)
    write_postorders(codes, ARITIES, postorders)
    symbols = ["", *XYCOND.symbols]
    assert [[symbols[code] for code in row[row > 0]] for row in postorders] == list(map(naive_postorder, programs))


@pytest.mark.parametrize("n_leaves", range(-3, 4))
@pytest.mark.parametrize("n_operators", range(-3, 4))
def test_the_fewest_edits_that_add_and_remove_replace_what_they_can(n_leaves, n_operators):
    n_added = max(n_leaves, 0) + max(n_operators, 0)
    n_removed = max(-n_leaves, 0) + max(-n_operators, 0)
    assert fewest_edits(n_leaves, n_operators) == max(n_added, n_removed)


@given(PROGRAMS, PROGRAMS, st.integers(0, 20))
def test_string_distances_up_to_the_radius_are_exact_and_others_are_above_it(first, second, radius):
    query, symbols = preorder_codes(first), preorder_codes(second)
    rest = np.empty((len(query) + 1, 2), dtype=np.int64)
    count_rest(query, len(query), ARITIES, rest)
    costs = row_zero(len(symbols), len(query))
    found = string_distance(symbols, len(symbols), ARITIES, radius, query, len(query), rest, costs)
    expected = naive_string_distance(query, symbols)
    assert found == expected if expected <= radius else found > radius


@given(PROGRAMS, PROGRAMS, st.integers(0, 12))
def test_no_beginning_of_a_program_has_a_bound_above_its_distance(first, second, radius):
    query, symbols = preorder_codes(first), preorder_codes(second)
    rest = np.empty((len(query) + 1, 2), dtype=np.int64)
    count_rest(query, len(query), ARITIES, rest)
    expected = naive_string_distance(query, symbols)
    costs = row_zero(len(symbols), len(query))
    for depth, symbol in enumerate(symbols, 1):
        n_operators = int((ARITIES[symbols[depth:]] > 0).sum())
        n_leaves = len(symbols) - depth - n_operators
        bound = extend(costs, depth, symbol, radius, query, len(query), rest, n_leaves, n_operators)
        assert bound <= expected or expected > radius
