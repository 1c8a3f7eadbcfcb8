"""The search finds what comparing with everything finds, with very few comparisons."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import XY3, XYCOND, expressions

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.errors import UsageError
from arith_synth.grammar import compose, parse_infix
from arith_synth.semantics.programs import decode_program, encode_programs
from arith_synth.spaces import nearest_by_tree_edit_exact, program_measures, tree_edit_distances, tree_edit_index


def by_brute_force(queries, train, grammar):
    """Lowest index among the nearest, and the distance: every pair is compared."""
    indices, distances = [], []
    for query in queries:
        each = tree_edit_distances(np.repeat(query[None], len(train), axis=0), train, grammar)
        indices.append(int(each.argmin()))  # the first of several
        distances.append(int(each.min()))
    return indices, distances


def assert_as_by_brute_force(queries, train, grammar):
    indices, distances = nearest_by_tree_edit_exact(queries, train, grammar)
    assert (indices.tolist(), distances.tolist()) == by_brute_force(queries, train, grammar)


@pytest.fixture(scope="module")
def codes():
    """Programs of the corpus, shuffled: ties among rows are then anywhere."""
    codes = build_corpus(XY3, 4, patterns=()).codes
    return codes[np.random.default_rng(44).permutation(len(codes))]


@pytest.mark.parametrize("n_train", [1, 2, 30, 500, 9000])
def test_the_nearest_is_that_of_brute_force(codes, n_train):
    assert_as_by_brute_force(codes[9000:9060], codes[:n_train], XY3)


def test_the_nearest_outside_a_region_is_that_of_brute_force(codes):
    """Where training programs have another form, the nearest are farther, and ties are many."""
    strahler = program_measures(codes, XY3)["strahler"]
    assert_as_by_brute_force(codes[strahler == 3][:40], codes[strahler <= 2], XY3)


def test_the_nearest_to_longer_programs_is_that_of_brute_force(codes):
    programs = [decode_program(row, XY3) for row in codes[:60]]
    joined = [compose("-", left, compose("/", right, left)) for left, right in pairwise(programs)]
    assert_as_by_brute_force(encode_programs(joined[:25], XY3), codes[100:1100], XY3)


@given(
    st.lists(expressions(XYCOND, max_leaves=8), min_size=1, max_size=4),
    st.lists(expressions(XYCOND, max_leaves=8), min_size=1, max_size=25),
)
def test_the_nearest_among_any_programs_is_that_of_brute_force(queries, train):
    assert_as_by_brute_force(encode_programs(queries, XYCOND), encode_programs(train, XYCOND), XYCOND)


def test_of_equal_programs_the_first_is_nearest(codes):
    indices, distances = nearest_by_tree_edit_exact(codes[:40], np.concatenate((codes[:200], codes[:200])), XY3)
    assert indices.tolist() == list(range(40))
    assert not distances.any()


def test_the_order_of_training_programs_changes_no_distance(codes):
    train, queries = codes[:3000], codes[9000:9050]
    _, distances = nearest_by_tree_edit_exact(queries, train, XY3)
    _, reversed_distances = nearest_by_tree_edit_exact(queries, train[::-1], XY3)
    assert np.array_equal(distances, reversed_distances)


def test_what_is_searched_beside_a_query_and_the_width_of_rows_change_nothing(codes):
    index = tree_edit_index(np.pad(codes[:3000], ((0, 0), (0, 4))), XY3)
    together = index.nearest(codes[9000:9150])
    for start in range(0, 150, 30):
        alone = index.nearest(np.pad(codes[9000 + start : 9030 + start], ((0, 0), (0, 300))))
        assert np.array_equal(alone.indices, together.indices[start : start + 30])
        assert np.array_equal(alone.n_compared, together.n_compared[start : start + 30])


def test_few_programs_are_compared(codes):
    found = tree_edit_index(codes[:9000], XY3).nearest(codes[9000:9200])
    assert found.n_compared.min() >= 1
    assert found.n_compared.max() <= 20
    assert found.n_compared.mean() < 3


def test_progress_counts_queries(codes):
    calls = []
    nearest_by_tree_edit_exact(codes[:100], codes, XY3, lambda *call: calls.append(call))
    assert calls == [("nearest programs", 64, 100), ("nearest programs", 100, 100)]


def test_an_index_says_how_much_memory_it_takes(codes):
    index = tree_edit_index(codes, XY3)
    assert (2 * codes.shape[1] + 8) * len(codes) < index.n_bytes < 100 * len(codes)


def test_there_may_be_no_queries(codes):
    indices, distances = nearest_by_tree_edit_exact(codes[:0], codes[:5], XY3)
    assert (len(indices), len(distances)) == (0, 0)


def test_nothing_is_near_to_no_programs(codes):
    with pytest.raises(UsageError, match="at least one"):
        tree_edit_index(codes[:0], XY3)


def test_rows_that_are_no_programs_are_refused(codes):
    bad = codes[:3].copy()
    bad[1] = encode_programs([parse_infix("x", XY3)], XY3, width=codes.shape[1])[0]
    bad[1, 1] = 1
    with pytest.raises(UsageError, match="row 1"):
        tree_edit_index(bad, XY3)
    with pytest.raises(UsageError, match="row 1"):
        tree_edit_index(codes, XY3).nearest(bad)
