"""A bucket's distinct new classes, against numpy.unique."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.enumeration.deduplication import deduplicate, gather
from arith_synth.enumeration.partition import ENTRY_WORDS, RESIDUE_BITS, Buckets, layout_of
from arith_synth.semantics.fingerprints import PRIME

NONE_KNOWN = np.zeros((0, 2), dtype=np.uint64)


def distinct_by_kernel(
    buckets: Buckets, shares: list[np.ndarray], known_by_size: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """What the kernels make of shares of candidates uint64[n, 2]: classes uint64[m, 2], and how many in each bucket."""
    shift, low = np.uint64(buckets.shift), np.uint64(buckets.low)
    homes = [((share[:, 0] >> shift) - low).astype(np.int64) for share in shares]
    layout = layout_of(np.array([np.bincount(home, minlength=buckets.n) for home in homes]))
    entries = np.full((layout.n_entries, ENTRY_WORDS), 2**64 - 1, dtype=np.uint64)
    for share, (candidates, home) in enumerate(zip(shares, homes, strict=True)):
        for bucket in range(buckets.n):
            mine = candidates[home == bucket]
            entries[layout.starts[share, bucket] :][: len(mine)] = mine
    values = np.concatenate([NONE_KNOWN, *known_by_size])
    bounds, before = [], 0
    for known in known_by_size:
        bounds.append(before + np.searchsorted(known[:, 0], buckets.edges()))
        before += len(known)
    bounds = np.array(bounds, dtype=np.int64).reshape(len(known_by_size), buckets.n + 1)
    n_distinct = np.zeros(buckets.n, dtype=np.int64)
    words = entries.ravel()
    middle = buckets.n // 2
    for part in [(middle, buckets.n), (0, middle)]:  # as threads would: in any order
        deduplicate(*part, buckets.low, shift, layout.starts, layout.counts, words, values, bounds, n_distinct)
    found = np.zeros((int(n_distinct.sum()), 2), dtype=np.uint64)
    gather(0, buckets.n, layout.starts, n_distinct, np.cumsum(n_distinct) - n_distinct, words, found)
    return found, n_distinct


def distinct_by_numpy(buckets: Buckets, shares: list[np.ndarray], known_by_size: list[np.ndarray]):
    known = set(map(tuple, np.concatenate([NONE_KNOWN, *known_by_size]).tolist()))
    pairs = np.unique(np.concatenate(shares), axis=0)
    new = [pair for pair in pairs.tolist() if tuple(pair) not in known]
    homes = [(first >> buckets.shift) - buckets.low for first, _ in new]
    return np.array(new, dtype=np.uint64).reshape(-1, 2), np.bincount(homes, minlength=buckets.n)


def assert_agreement(buckets: Buckets, shares: list[np.ndarray], known_by_size: list[np.ndarray]) -> np.ndarray:
    found, n_distinct = distinct_by_kernel(buckets, shares, known_by_size)
    expected, n_expected = distinct_by_numpy(buckets, shares, known_by_size)
    assert np.array_equal(found, expected)
    assert np.array_equal(n_distinct, n_expected)
    return found


def all_of(bits: int) -> Buckets:
    return Buckets(shift=RESIDUE_BITS - bits, low=0, n=1 << bits)


def pairs_of(values) -> np.ndarray:
    return np.array(values, dtype=np.uint64).reshape(-1, 2)


def in_order(values: np.ndarray) -> np.ndarray:
    return np.unique(values, axis=0)


@given(st.integers(0, 5), st.integers(1, 4), st.integers(0, 300), st.integers(1, 400), st.integers(0, 2**32))
def test_evenly_spread_candidates_become_the_distinct_new_classes_in_order(bits, n_shares, n, n_values, seed):
    rng = np.random.default_rng(seed)
    pool = rng.integers(0, PRIME, (n_values, 2), dtype=np.uint64)
    shares = [pool[rng.integers(0, n_values, n)] for _ in range(n_shares)]
    known = [in_order(pool[rng.random(n_values) < 0.2]), in_order(pool[:0]), in_order(rng.permutation(pool)[:3])]
    known[2] = in_order(pairs_of([row for row in known[2].tolist() if row not in known[0].tolist()]))
    assert_agreement(all_of(bits), shares, known)


@given(st.integers(0, 4), st.integers(1, 500), st.integers(1, 60), st.integers(0, PRIME - 1000), st.integers(0, 2**32))
def test_residues_that_lie_close_together_are_sorted_as_well(bits, n, width, start, seed):
    rng = np.random.default_rng(seed)
    shares = [
        np.stack([rng.integers(start, start + width, n), rng.integers(0, width, n)], axis=1).astype(np.uint64)
        for _ in range(2)
    ]
    assert_agreement(all_of(bits), shares, [shares[0][:0]])


@pytest.mark.parametrize("n", [24, 25, 26, 300, 3_000])
@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
def test_sums_f_f_plus_1_f_plus_2_are_sorted_however_many_and_in_whatever_order(n, order):
    # All in one group, the longer ones beyond what is sorted by insertion; a few others stand around them.
    firsts = np.arange(n, dtype=np.uint64) + np.uint64(2**60 + 12345)
    pairs = np.stack([firsts, firsts[::-1]], axis=1)
    around = pairs_of([[1, 1], [2**60, 2], [2**61 - 2, 3]])
    if order != "ascending":
        pairs = pairs[::-1] if order == "descending" else np.random.default_rng(n).permutation(pairs)
    found = assert_agreement(all_of(1), [np.concatenate([pairs, around]), pairs[::2]], [])
    assert len(found) == n + 3


@pytest.mark.parametrize("n", [30, 500])
def test_several_groups_of_close_residues_in_one_bucket_are_each_sorted(n):
    rng = np.random.default_rng(n)
    starts = rng.integers(0, PRIME - n, 20, dtype=np.uint64)
    pairs = np.array([[start + np.uint64(step), step] for start in starts for step in range(n)], dtype=np.uint64)
    assert len(assert_agreement(all_of(0), [rng.permutation(pairs)], [])) == 20 * n


@pytest.mark.parametrize("n", [2, 24, 25, 400])
def test_equal_first_residues_are_told_apart_and_ordered_by_the_second(n):
    seconds = np.random.default_rng(n).permutation(n).astype(np.uint64) * np.uint64(7**15)
    pairs = np.stack([np.full(n, 2**59 + 1, dtype=np.uint64), seconds], axis=1)
    assert len(assert_agreement(all_of(2), [pairs, pairs[: n // 2]], [])) == n


def test_a_known_class_with_the_first_residue_of_a_new_one_does_not_hide_it():
    known, new = pairs_of([[2**60, 5]]), pairs_of([[2**60, 4], [2**60, 5], [2**60, 6]])
    assert assert_agreement(all_of(1), [new], [known]).tolist() == [[2**60, 4], [2**60, 6]]


def test_known_classes_of_every_size_are_left_out():
    pool = in_order(np.random.default_rng(3).integers(0, PRIME, (900, 2), dtype=np.uint64))
    known = [pool[0::3], pool[1::3]]
    found = assert_agreement(all_of(3), [pool, pool], known)
    assert np.array_equal(found, pool[2::3])


def test_where_all_is_known_nothing_is_new():
    pool = in_order(np.random.default_rng(4).integers(0, PRIME, (500, 2), dtype=np.uint64))
    assert len(assert_agreement(all_of(3), [pool], [pool])) == 0


def test_many_repetitions_of_one_candidate_are_one_class():
    pairs = np.tile(pairs_of([[2**61 - 2, 0]]), (10_000, 1))
    assert len(assert_agreement(all_of(4), [pairs, pairs], [])) == 1


def test_buckets_far_from_zero_are_numbered_from_their_first():
    buckets = all_of(10).part(1_000, 1_024)
    rng = np.random.default_rng(5)
    pairs = rng.integers(int(buckets.edges()[0]), PRIME, (2_000, 2), dtype=np.uint64)
    known = in_order(rng.integers(0, PRIME, (500, 2), dtype=np.uint64))
    assert_agreement(buckets, [pairs, pairs[::3]], [in_order(np.concatenate([known, pairs[::5]]))])


def test_the_ends_of_the_field_have_their_places():
    pairs = pairs_of([[PRIME - 1, PRIME - 1], [PRIME - 1, 0], [0, PRIME - 1], [0, 0], [1, 0]])
    for bits in (0, 1, 8):
        assert len(assert_agreement(all_of(bits), [pairs, pairs], [])) == 5


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65])
def test_a_bucket_may_hold_any_number_of_classes(n):
    # The number of groups is a power of two and must fit a place made for n + 2 of them.
    pairs = np.random.default_rng(n).integers(0, PRIME, (n, 2), dtype=np.uint64)
    assert len(assert_agreement(all_of(0), [pairs], [])) == n


def test_very_many_close_residues_do_not_take_quadratic_time():
    # Descending, where insertion alone would take minutes: n^2 / 2 moves.
    n = 400_000
    firsts = np.arange(2**60 + n, 2**60, -1, dtype=np.uint64)
    pairs = np.stack([firsts, firsts], axis=1)
    distinct_by_kernel(all_of(0), [pairs[:100]], [])  # compiled
    started = time.perf_counter()
    found, _ = distinct_by_kernel(all_of(0), [pairs], [])
    assert time.perf_counter() - started < 10
    assert np.array_equal(found, pairs[::-1])
