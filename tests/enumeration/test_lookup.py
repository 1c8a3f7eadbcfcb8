"""From fingerprints to class numbers, against a dictionary."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.lookup import NO_CLASS, bits_of, find_classes, index_of, may_hold, region_of
from arith_synth.grammar import grammar_named
from arith_synth.semantics.fingerprints import PRIME


@numba.njit
def lets_pass(filter_words, firsts):
    filter_bits = bits_of(len(filter_words)) + np.uint64(6)
    return np.array([may_hold(filter_words, filter_bits, first) for first in firsts])


@numba.njit
def regions_of(firsts, n_regions):
    return np.array([region_of(first, bits_of(n_regions)) for first in firsts])


def found(values: np.ndarray, queries: np.ndarray) -> list[int]:
    firsts, seconds = np.ascontiguousarray(queries[:, 0]), np.ascontiguousarray(queries[:, 1])
    return find_classes(*index_of(values).arrays, firsts, seconds).tolist()


def by_dictionary(values: np.ndarray, queries: np.ndarray) -> list[int]:
    numbers = {tuple(row): number for number, row in enumerate(values.tolist())}
    return [numbers.get(tuple(row), NO_CLASS) for row in queries.tolist()]


def distinct_pairs(rng: np.random.Generator, n: int, start: int, stop: int) -> np.ndarray:
    """Distinct pairs in any order: uint64[at most n, 2]."""
    return rng.permutation(np.unique(rng.integers(start, stop, (n, 2), dtype=np.uint64), axis=0))


@given(st.integers(0, 2_000), st.integers(0, 2**32))
def test_each_class_is_found_and_nothing_else(n, seed):
    rng = np.random.default_rng(seed)
    values = distinct_pairs(rng, n, 0, PRIME)
    near = values[rng.integers(0, n, 50)] if n else values
    queries = np.concatenate(
        [
            values,
            distinct_pairs(rng, 100, 0, PRIME),
            near ^ np.uint64(1),
            near[:, ::-1],
            near ^ np.array([0, 1], np.uint64),
        ]
    )
    assert found(values, queries) == by_dictionary(values, queries)


@pytest.mark.parametrize(("start", "width"), [(0, 300), (2**60, 300), (PRIME - 300, 300), (2**58 - 5, 40)])
def test_values_that_lie_close_together_are_found(start, width):
    rng = np.random.default_rng(start % 1000)
    values = distinct_pairs(rng, 3_000, start, start + width)
    queries = np.concatenate([values, distinct_pairs(rng, 3_000, start, start + width)])
    assert found(values, queries) == by_dictionary(values, queries)


def test_classes_that_share_a_first_residue_are_told_apart():
    values = np.stack([np.full(500, 7, dtype=np.uint64), np.arange(500, dtype=np.uint64)], axis=1)
    queries = np.concatenate([values, values + np.array([0, 500], dtype=np.uint64)])
    assert found(values, queries) == [*range(500), *[NO_CLASS] * 500]


def test_all_classes_of_a_bank_of_many_regions_are_found():
    values = enumerate_bank(grammar_named("xy3"), 5).values
    index = index_of(values)
    assert index.n_regions > 8
    assert found(values, values) == list(range(len(values)))
    assert set(found(values, values[:, ::-1])) == {NO_CLASS, *np.flatnonzero(values[:, 0] == values[:, 1]).tolist()}


@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 8_191, 8_192, 8_193, 20_000])
def test_a_region_is_at_most_half_full_and_the_filter_mostly_empty(n):
    values = distinct_pairs(np.random.default_rng(n), n, 0, PRIME)
    index = index_of(values)
    assert (index.slots != 0).sum() == len(values)
    assert np.all(2 * (index.slots != 0).sum(axis=1) <= index.slots.shape[1])
    assert int(np.bitwise_count(index.filter).sum()) <= len(values) <= 64 * len(index.filter) / 8


def test_the_filter_lets_every_class_pass_and_stops_most_others():
    rng = np.random.default_rng(9)
    values = distinct_pairs(rng, 20_000, 0, PRIME)
    index = index_of(values)
    assert np.all(lets_pass(index.filter, np.ascontiguousarray(values[:, 0])) == 1)
    others = rng.integers(0, PRIME, 20_000, dtype=np.uint64)
    assert lets_pass(index.filter, others).mean() < 0.1


def test_a_region_is_named_by_the_leading_bits_of_the_first_residue():
    firsts = np.array([0, 1, 2**60 - 1, 2**60, PRIME - 1], dtype=np.uint64)
    assert regions_of(firsts, 1).tolist() == [0] * 5
    assert regions_of(firsts, 2).tolist() == [0, 0, 0, 1, 1]
    assert regions_of(firsts, 16).tolist() == [0, 0, 7, 8, 15]


def test_values_that_are_all_small_integers_do_not_cost_regions_that_nobody_is_in():
    n = 100_000
    values = np.stack([np.arange(n, dtype=np.uint64)] * 2, axis=1)
    index = index_of(values)
    assert index.slots.size <= 16 * n
    assert find_classes(*index.arrays, values[:, 0], values[:, 1]).tolist() == list(range(n))


def test_what_is_no_residue_is_in_no_class():
    values = np.array([[5, 6], [7, 8]], dtype=np.uint64)
    queries = np.array([2**61, 2**63, 2**64 - 1], dtype=np.uint64)
    assert find_classes(*index_of(values).arrays, queries, queries).tolist() == [NO_CLASS] * 3
