"""The parts that the audit works membership out from: shares, fillings, samples, cells, examples, shared classes."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.splits.audit.block_filling import Law, fill_evenly, keyed_numbers, share_by_law, systematic_sample
from arith_synth.splits.audit.cells import cells_of
from arith_synth.splits.audit.contamination_claims import Shared
from arith_synth.splits.audit.examples_claims import examples_needed
from arith_synth.splits.audit.pools import Classes, pools_of, strata_of
from arith_synth.splits.audit.rivals import Shown

ROOMS = st.lists(st.integers(0, 12), min_size=1, max_size=8)


@given(ROOMS, st.integers(0, 120))
def test_an_even_filling_gives_one_to_each_place_with_room_round_by_round(rooms: list[int], total: int):
    order = keyed_numbers(len(rooms), "test")
    naive = np.zeros(len(rooms), dtype=np.int64)
    left = min(total, sum(rooms))
    while left:
        with_room = [place for place in order if rooms[place] > naive[place]]
        lowest = min(naive[place] for place in with_room)
        for place in [place for place in with_room if naive[place] == lowest][:left]:
            naive[place] += 1
            left -= 1
    assert fill_evenly(total, np.array(rooms), lambda: order).tolist() == naive.tolist()


@given(ROOMS, st.integers(0, 200))
def test_a_systematic_sample_is_in_proportion_to_within_one(weights: list[int], total: int):
    shares = systematic_sample(total, np.array(weights), "test")
    whole = sum(weights)
    assert shares.sum() == (total if whole else 0)
    for weight, share in zip(weights, shares.tolist(), strict=True):
        assert whole == 0 or abs(share - weight * total / whole) < 1


def test_a_systematic_sample_takes_no_more_than_there_is():
    weights = np.array([3, 0, 5, 1, 1])
    assert (systematic_sample(10, weights, "all") == weights).all()
    assert (systematic_sample(4, weights, "some") <= weights).all()


def test_a_concentrated_law_gives_its_blocks_their_weights():
    room = np.full((16, 16), 100)
    law = Law(name="density_shift_none", heavy=([1, 2], [3, 4]), permille=900)
    shared = share_by_law(law, "law", 5, 300, room)
    heavy = shared.tasks[np.ix_([1, 2], [3, 4])]
    assert (shared.tasks.sum(), heavy.sum(), shared.moved) == (300, 243, 0)
    assert heavy.max() - heavy.min() <= 1


def test_what_a_block_cannot_hold_goes_to_the_others():
    room = np.full((16, 16), 100)
    room[1:3, 3:5] = 10
    law = Law(name="density_shift_none", heavy=([1, 2], [3, 4]), permille=900)
    shared = share_by_law(law, "law", 5, 300, room)
    assert (shared.tasks.sum(), shared.tasks[1:3, 3:5].sum(), shared.moved) == (300, 40, 203)
    assert (shared.tasks <= room).all()


def test_a_law_that_is_even_on_one_axis_gives_its_rows_equal_numbers():
    rng = np.random.default_rng(5)
    room = rng.integers(100, 200, (16, 16))
    for heavy, axis in (((None, [0, 1]), 1), (([0, 1], None), 0)):
        shared = share_by_law(Law(name="x", heavy=heavy, permille=900), "law", 3, 1600, room)
        assert np.ptp(shared.tasks.sum(axis=axis)) <= 2  # one in each block
        assert shared.tasks.sum() == 1600


def test_ties_between_centroids_go_to_the_lower_number():
    centroids = np.array([[0, 0], [4, 0], [4, 0], [0, 4]])
    assert cells_of(np.array([[2, 0], [4, 1], [2, 2], [0, 3]], dtype=np.float32), centroids).tolist() == [0, 1, 0, 3]


def classes_of_sizes(sizes: list[int]) -> Classes:
    n = len(sizes)
    residues = np.arange(2 * n, dtype=np.uint64).reshape(n, 2)
    return Classes(residues=residues, eligible=np.ones(n, dtype=bool), size=np.array(sizes), coordinates={})


def test_strata_hold_each_eligible_class_once():
    classes = classes_of_sizes([1, 2, 2, 3, 3, 3])
    classes.eligible[0] = False
    strata = strata_of(classes, [np.array([0, 1, 0, 1, 1, 0])], "test", "pools")
    assert sorted(strata) == [(0, 2), (0, 3), (1, 2), (1, 3)]
    assert sorted(np.concatenate([*strata.values()]).tolist()) == [1, 2, 3, 4, 5]


def test_sides_of_a_stratum_are_consecutive_pieces():
    strata = {(0, 1): np.arange(10), (1, 1): np.arange(10, 20)}
    quota = {(0, 1): 3, (1, 1): 3}
    pools = pools_of(strata, lambda stratum: stratum[0] == 0, quota, quota)
    assert [side[0, 1].tolist() for side in (pools.tests, pools.validation, pools.train)] == [
        [0, 1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
    ]
    assert [side[1, 1].tolist() for side in (pools.tests, pools.validation, pools.train)] == [
        [],
        [10, 11, 12],
        [13, 14, 15],
    ]


@pytest.mark.parametrize("seed", range(5))
def test_examples_needed_is_what_comparing_all_pairs_gives(seed: int):
    rng = np.random.default_rng(seed)
    n, n_points = 60, 5
    outputs = rng.integers(0, 3, (n, n_points))
    is_defined = rng.random((n, n_points)) < 0.85
    hashes = (outputs + 1 + 10 ** np.arange(1, n_points + 1)).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    bits = (is_defined * (1 << np.arange(n_points))).sum(axis=1).astype(np.uint64)
    needed = examples_needed(Shown(hashes=hashes, defined=bits))

    def agrees(one: int, other: int, k: int) -> bool:
        points = np.flatnonzero(is_defined[other, :k])
        return len(points) > 0 and (outputs[one, points] == outputs[other, points]).all()

    for one in np.flatnonzero(is_defined.all(axis=1)).tolist():
        naive = [k for k in range(1, n_points + 1) if any(agrees(one, o, k) for o in range(n) if o != one)]
        assert needed[one] == max(naive, default=0) + 1


def test_shared_classes_are_counted_pair_by_pair():
    rng = np.random.default_rng(1)
    held = rng.random((70, 200)) < 0.1  # more splits than bits of a word
    words = np.zeros((200, 2), dtype=np.uint64)
    for place in range(70):
        words[held[place], place // 64] |= np.uint64(1) << np.uint64(place % 64)
    shared = Shared(paths=[str(place) for place in range(70)], words=words, repeated=[])
    for i, j in itertools.combinations_with_replacement(range(70), 2):
        assert shared.counts[i, j] == (held[i] & held[j]).sum()
