"""Tree edit distance against the `apted` package, and the laws of a metric."""

from types import SimpleNamespace

import numpy as np
import pytest
from apted import APTED, Config
from hypothesis import given
from strategies import XY3, XYCOND, expressions

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.errors import UsageError
from arith_synth.grammar import Expression, Grammar, compose, leaf_expression, parse_infix
from arith_synth.semantics.programs import decode_program, encode_programs
from arith_synth.spaces import nearest_by_tree_edit, tree_edit_distances

WIDTH = 25


def apted_tree(expression: Expression) -> SimpleNamespace:
    return expression.fold(
        lambda symbol: SimpleNamespace(name=symbol, children=[]),
        lambda operator, operands: SimpleNamespace(name=operator, children=list(operands)),
    )


def distance(first: Expression, second: Expression, grammar: Grammar = XY3) -> int:
    codes = encode_programs([first, second], grammar)
    return int(tree_edit_distances(codes[:1], codes[1:], grammar)[0])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("x", "x", 0),
        ("x", "y", 1),
        ("x", "x + 1", 2),
        ("x + y", "y + x", 2),
        ("x - y", "x + y", 1),
        ("(x + 1) * y", "x * y", 2),
        ("x + (1 + 2)", "x + 1 + 2", 2),
    ],
)
def test_small_distances_are_as_counted_by_hand(first, second, expected):
    assert distance(parse_infix(first, XY3), parse_infix(second, XY3)) == expected


def test_distances_are_those_of_the_apted_package():
    codes = build_corpus(XY3, 5, patterns=()).codes
    n_pairs = 2000
    pairs = np.random.default_rng(20).integers(0, len(codes), size=(n_pairs, 2))
    found = tree_edit_distances(codes[pairs[:, 0]], codes[pairs[:, 1]], XY3)
    trees = {row: apted_tree(decode_program(codes[row], XY3)) for row in np.unique(pairs).tolist()}
    expected = [APTED(trees[a], trees[b], Config()).compute_edit_distance() for a, b in pairs.tolist()]
    assert found.tolist() == expected


@given(expressions(XY3, max_leaves=12), expressions(XY3, max_leaves=12))
def test_distances_between_deeper_trees_are_those_of_the_apted_package(first, second):
    expected = APTED(apted_tree(first), apted_tree(second), Config()).compute_edit_distance()
    assert distance(first, second) == expected


@given(expressions(XYCOND, max_leaves=12), expressions(XYCOND, max_leaves=12))
def test_distances_between_trees_with_four_operands_are_those_of_the_apted_package(first, second):
    expected = APTED(apted_tree(first), apted_tree(second), Config()).compute_edit_distance()
    assert distance(first, second, XYCOND) == expected


def test_a_pair_has_one_distance_whatever_is_computed_beside_it():
    """Pairs of the same shapes share vectors: more and fewer of them than a vector has lanes."""
    codes = build_corpus(XY3, 3, patterns=()).codes
    first, second = codes[55:355], codes[355:655]
    alone = [int(tree_edit_distances(a[None], b[None], XY3)[0]) for a, b in zip(first, second, strict=True)]
    assert tree_edit_distances(first, second, XY3).tolist() == alone


def test_distances_above_255_are_exact():
    """All of the larger tree is inserted but one leaf, which is kept or relabelled."""
    program = leaf_expression("x")
    for _ in range(150):
        program = compose("+", program, leaf_expression("1"))
    assert len(program.symbols) == 301
    assert distance(leaf_expression("x"), program) == distance(program, leaf_expression("x")) == 300
    assert distance(leaf_expression("y"), program) == 301


@given(expressions(XY3), expressions(XY3))
def test_distance_is_symmetric_and_zero_only_between_equals(first, second):
    assert distance(first, second) == distance(second, first)
    assert (distance(first, second) == 0) == (first == second)


@given(expressions(XY3), expressions(XY3), expressions(XY3))
def test_a_detour_is_never_shorter(first, second, third):
    assert distance(first, third) <= distance(first, second) + distance(second, third)


@given(expressions(XY3), expressions(XY3))
def test_mirroring_both_trees_changes_nothing(first, second):
    def mirrored(expression):
        return expression.fold(leaf_expression, lambda operator, operands: compose(operator, *reversed(operands)))

    assert distance(mirrored(first), mirrored(second)) == distance(first, second)


@pytest.mark.parametrize("width", [WIDTH, 128, 300])
def test_the_width_of_rows_changes_nothing(width):
    codes = build_corpus(XY3, 4, patterns=()).codes[::97]
    wider = np.pad(codes, ((0, 0), (0, width - codes.shape[1])))
    expected = tree_edit_distances(codes, codes[::-1], XY3)
    assert np.array_equal(tree_edit_distances(wider, wider[::-1], XY3), expected)


def test_rows_of_different_widths_compare():
    first = encode_programs([parse_infix("x + y * 2", XY3)], XY3, width=5)
    second = encode_programs([parse_infix("x + y * 2", XY3)], XY3, width=WIDTH)
    assert tree_edit_distances(first, second, XY3).tolist() == [0]


def test_the_nearest_candidate_is_the_smallest_of_all_distances():
    codes = build_corpus(XY3, 4, patterns=()).codes
    rng = np.random.default_rng(4)
    queries = codes[rng.integers(0, len(codes), 50)]
    candidates = rng.integers(0, len(codes), (50, 7))
    each = [tree_edit_distances(queries, codes[column], XY3) for column in candidates.T]
    assert np.array_equal(nearest_by_tree_edit(queries, codes, candidates, XY3), np.min(each, axis=0))


def test_candidates_that_are_no_training_rows_are_refused():
    codes = encode_programs([parse_infix("x", XY3)], XY3)
    for bad in (1, -1):
        with pytest.raises(UsageError, match="nearest_k"):
            nearest_by_tree_edit(codes, codes, np.array([[bad]]), XY3)
    with pytest.raises(UsageError, match="k >= 1"):
        nearest_by_tree_edit(codes, codes, np.zeros((1, 0), dtype=np.int64), XY3)


def test_unequal_numbers_of_programs_cannot_be_paired():
    codes = encode_programs([parse_infix("x", XY3)] * 2, XY3)
    with pytest.raises(UsageError, match="paired"):
        tree_edit_distances(codes, codes[:1], XY3)
