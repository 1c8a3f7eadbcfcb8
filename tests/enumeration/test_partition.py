"""Buckets, slabs and lines: every entry comes out once, in its bucket, in the order in which it went in."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.enumeration.cachelines import LINE_WORDS, aligned_words
from arith_synth.enumeration.partition import (
    ENTRY_WORDS,
    RESIDUE_BITS,
    Buckets,
    Workspace,
    all_buckets,
    layout_of,
    put,
    put_rest,
    slabs_of,
    stage_for,
)
from arith_synth.semantics.fingerprints import PRIME


@numba.njit
def put_all(firsts, words, shift, low, cursors, stage, entries):
    for index in range(len(firsts)):
        put(firsts[index], words[index], np.int64((firsts[index] >> shift) - low), cursors, stage, entries)


def scattered(buckets: Buckets, shares: list[np.ndarray], workspace: Workspace) -> list[list[list[int]]]:
    """What lies in each bucket, after each share's first residues uint64[n] went in with 0, 1, 2, … as second words."""
    numbers = [np.arange(len(share), dtype=np.uint64) + np.uint64(number << 32) for number, share in enumerate(shares)]
    shift, low = np.uint64(buckets.shift), np.uint64(buckets.low)
    counts = np.array([np.bincount((share >> shift) - low, minlength=buckets.n) for share in shares])
    layout = layout_of(counts)
    entries = workspace.entries(layout.n_entries)
    for share, firsts in enumerate(shares):
        cursors, stage = layout.starts[share].copy(), stage_for(buckets)
        put_all(firsts, numbers[share], shift, low, cursors, stage, entries)
        assert np.array_equal(cursors, layout.starts[share] + layout.counts[share])
        put_rest(cursors, stage, entries)
    pairs = entries.reshape(-1, ENTRY_WORDS)
    return [
        np.concatenate(
            [pairs[layout.starts[share, bucket] :][: layout.counts[share, bucket]] for share in range(len(shares))]
        ).tolist()
        for bucket in range(buckets.n)
    ]


def expected(buckets: Buckets, shares: list[np.ndarray]) -> list[list[list[int]]]:
    by_bucket: list[list[list[int]]] = [[] for _ in range(buckets.n)]
    for share, firsts in enumerate(shares):
        for number, first in enumerate(firsts.tolist()):
            by_bucket[(first >> buckets.shift) - buckets.low].append([first, number + (share << 32)])
    return by_bucket


@given(st.integers(0, 9), st.integers(1, 4), st.integers(0, 400), st.integers(0, 2**32), st.data())
def test_every_entry_lies_once_in_its_bucket_in_order(bits, n_shares, n, seed, data):
    n_buckets = 1 << bits
    low = data.draw(st.integers(0, n_buckets - 1))
    buckets = all_of(bits).part(low, data.draw(st.integers(low + 1, n_buckets)))
    rng = np.random.default_rng(seed)
    edges = buckets.edges()
    top = min(int(edges[-1]), PRIME)
    shares = [rng.integers(int(edges[0]), top, size=n, dtype=np.uint64) for _ in range(n_shares)]
    assert scattered(buckets, shares, Workspace()) == expected(buckets, shares)


def all_of(bits: int) -> Buckets:
    return Buckets(shift=RESIDUE_BITS - bits, low=0, n=1 << bits)


@pytest.mark.parametrize("n", [1, 7, 8, 9, 15, 16, 17, 64])
def test_a_bucket_may_hold_any_number_of_entries_beside_full_and_empty_ones(n):
    buckets = all_of(2)
    edges = buckets.edges()
    firsts = np.concatenate([np.full(n, edges[1]), np.full(16, edges[3])])
    assert scattered(buckets, [firsts, firsts[:0]], Workspace()) == expected(buckets, [firsts])


def test_a_workspace_that_is_used_again_shows_nothing_of_what_it_held():
    workspace = Workspace()
    rng = np.random.default_rng(1)
    for bits, n in [(4, 300), (6, 900), (2, 20), (5, 0), (3, 500)]:
        shares = [rng.integers(0, PRIME, size=n, dtype=np.uint64) for _ in range(2)]
        assert scattered(all_of(bits), shares, workspace) == expected(all_of(bits), shares)


@given(st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=1, max_size=4))
def test_a_layout_gives_each_bucket_and_share_lines_of_its_own(rows):
    layout = layout_of(np.array(rows, dtype=np.uint32))
    assert layout.counts.tolist() == rows
    place = 0
    for bucket in range(3):
        for share in range(len(rows)):
            start = int(layout.starts[share, bucket])
            assert start == place
            assert start * ENTRY_WORDS % LINE_WORDS == 0
            place = start + -(-rows[share][bucket] // 8) * 8
    assert layout.n_entries == place


def test_counts_beyond_32_bits_are_laid_out():
    counts = np.full((1, 4), 3_000_000_000, dtype=np.uint32)
    assert layout_of(counts).n_entries == 12_000_000_000
    assert layout_of(counts).starts.tolist() == [[0, 3_000_000_000, 6_000_000_000, 9_000_000_000]]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20), st.integers(1, 60))
def test_slabs_cover_all_buckets_in_order_and_are_as_full_as_they_may(counts, most):
    runs = list(slabs_of(np.array(counts, dtype=np.int64), most))
    assert [start for start, _ in runs] == [0, *[stop for _, stop in runs[:-1]]]
    assert runs[-1][1] == len(counts)
    loads = [sum(counts[start:stop]) for start, stop in runs]
    for load, (start, stop) in zip(loads, runs, strict=True):
        assert load <= most or sum(count > 0 for count in counts[start:stop]) == 1
    for number, (_, stop) in enumerate(runs[:-1]):
        assert loads[number] + counts[stop] > most


@pytest.mark.parametrize("n_candidates", [0, 1, 5_999, 6_000, 100_000, 10**7, 10**9, 10**13])
def test_all_buckets_cover_the_field_with_a_few_thousand_candidates_each(n_candidates):
    buckets = all_buckets(n_candidates)
    assert buckets.low == 0
    assert buckets.n << buckets.shift == 1 << RESIDUE_BITS
    assert n_candidates / buckets.n <= 6_000 or buckets.n == 1 << 22


@given(st.integers(0, 12), st.data())
def test_a_part_of_buckets_has_the_edges_of_the_whole(bits, data):
    buckets = all_of(bits)
    start = data.draw(st.integers(0, buckets.n - 1))
    stop = data.draw(st.integers(start + 1, buckets.n))
    part = buckets.part(start, stop)
    assert part.edges().tolist() == buckets.edges()[start : stop + 1].tolist()
    inner = part.part(0, 1)
    assert inner.low == buckets.low + start
    assert int(buckets.edges()[0]) == 0
    assert int(buckets.edges()[-1]) == PRIME + 1


@pytest.mark.parametrize("n_words", [0, 1, 8, 1_000])
def test_aligned_words_begin_a_line(n_words):
    for _ in range(20):
        words = aligned_words(n_words)
        assert len(words) == n_words
        assert n_words == 0 or words.ctypes.data % 64 == 0
