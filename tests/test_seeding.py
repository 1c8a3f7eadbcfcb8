"""Keyed hashes: frozen, because every split is made of them."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth import seeding
from arith_synth.seeding import hash_fingerprints, keyed_hash, keyed_order, splitmix64

names = st.lists(st.text(max_size=4) | st.integers(-3, 99), max_size=4)


def some_fingerprints(n: int) -> np.ndarray:
    """Fingerprints as they come: two residues below 2^61, no two rows alike."""
    return splitmix64(np.arange(2 * n, dtype=np.uint64)).reshape(n, 2) >> np.uint64(3)


def test_keyed_hashes_are_frozen():
    assert keyed_hash("a") == 9243798235275095992
    assert keyed_hash("support_shift", "train", 0) == 11631794271078933038
    assert keyed_hash("panel", 4, -5) == 9833316222968539697
    assert keyed_hash("Größe", bits=32) == 2529866548
    assert keyed_hash(bits=128) == 149489604723985495754514632671196997322


def test_a_keyed_hash_is_blake2b_of_the_names_with_their_lengths():
    spelled = b"\x05\0\0\0\0\0\0\0train\x02\0\0\0\0\0\0\0-1"
    expected = int.from_bytes(hashlib.blake2b(spelled, digest_size=8).digest(), "little")
    assert keyed_hash("train", -1) == expected


@given(names, names)
def test_different_names_have_different_hashes(one, other):
    same = [str(name) for name in one] == [str(name) for name in other]
    assert (keyed_hash(*one) == keyed_hash(*other)) == same


@pytest.mark.parametrize(
    ("one", "other"), [(("ab",), ("a", "b")), (("a", ""), ("a",)), (("a", "bc"), ("ab", "c")), ((), ("",))]
)
def test_where_a_name_ends_matters(one, other):
    assert keyed_hash(*one) != keyed_hash(*other)


@pytest.mark.parametrize("bits", [8, 64, 128, 512])
def test_a_keyed_hash_has_as_many_bits_as_asked_for(bits):
    hashes = [keyed_hash("bits", index, bits=bits) for index in range(200)]
    assert 2 ** (bits - 2) < max(hashes) < 2**bits


def test_splitmix64_is_the_published_generator():
    # The first three outputs for seed 1234567 (Vigna's splitmix64.c): the state grows by the golden constant.
    states = np.uint64(1234567) + np.arange(3, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    assert splitmix64(states).tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_splitmix64_is_one_to_one():
    small = np.arange(50_000, dtype=np.uint64)
    words = np.concatenate([small, ~small, small << np.uint64(40)])[1:]
    assert len(np.unique(splitmix64(words))) == len(np.unique(words))


def test_hashes_of_fingerprints_are_frozen():
    fingerprints = np.array([[0, 0], [1, 2], [2, 1], [2**61 - 2, 2**61 - 2]], dtype=np.uint64)
    assert hash_fingerprints(fingerprints, "support_shift", "train").tolist() == [
        5193843004734982664,
        10184562490441764529,
        17906501329586240407,
        12047337795589387503,
    ]


def test_hashes_of_fingerprints_are_uniform():
    hashes = hash_fingerprints(some_fingerprints(64_000), "uniform")
    for shift in (0, 29, 58):  # low, middle and high bits
        counts = np.bincount(((hashes >> np.uint64(shift)) & np.uint64(63)).astype(np.int64), minlength=64)
        statistic = ((counts - 1000) ** 2 / 1000).sum()
        assert abs(statistic - 63) < 4 * (2 * 63) ** 0.5


@pytest.mark.parametrize("column", [0, 1])
def test_a_flipped_bit_of_either_residue_flips_half_the_hash(column):
    fingerprints = some_fingerprints(2000)
    before = hash_fingerprints(fingerprints, "avalanche")
    for bit in (0, 1, 30, 60):
        flipped = fingerprints.copy()
        flipped[:, column] ^= np.uint64(1 << bit)
        changed = np.bitwise_count(before ^ hash_fingerprints(flipped, "avalanche"))
        assert abs(changed.mean() - 32) < 0.5


def test_the_two_residues_are_not_interchangeable():
    fingerprints = some_fingerprints(1000)
    swapped = np.ascontiguousarray(fingerprints[:, ::-1])
    assert not np.any(hash_fingerprints(fingerprints, "s") == hash_fingerprints(swapped, "s"))


def test_neighbouring_seeds_share_no_stream():
    fingerprints = some_fingerprints(5000)
    streams = [hash_fingerprints(fingerprints, "density", "train", seed) for seed in range(8)]
    assert len(np.unique(np.concatenate(streams))) == 8 * 5000


def test_the_orders_of_neighbouring_streams_are_unrelated():
    fingerprints = some_fingerprints(5000)
    ranks = [np.argsort(keyed_order(fingerprints, "density", "train", seed)) for seed in range(4)]
    ranks.append(np.argsort(keyed_order(fingerprints, "density", "test", 0)))
    correlations = np.corrcoef(ranks)[np.triu_indices(5, k=1)]
    assert np.abs(correlations).max() < 4 / 5000**0.5


def test_the_first_of_one_stream_are_not_the_first_of_the_next():
    fingerprints = some_fingerprints(5000)
    first, second = (set(keyed_order(fingerprints, "train", seed)[:500].tolist()) for seed in (0, 1))
    assert abs(len(first & second) - 50) < 4 * 50**0.5


def test_an_order_is_a_permutation_by_hash():
    fingerprints = some_fingerprints(1000)
    order = keyed_order(fingerprints, "order")
    assert sorted(order.tolist()) == list(range(1000))
    hashes = hash_fingerprints(fingerprints, "order")[order]
    assert np.all(hashes[:-1] <= hashes[1:])


def test_an_order_does_not_depend_on_how_the_classes_came():
    fingerprints = some_fingerprints(1000)
    backwards = fingerprints[::-1]
    one, other = fingerprints[keyed_order(fingerprints, "o")], backwards[keyed_order(backwards, "o")]
    assert np.array_equal(one, other)


def test_equal_hashes_are_ordered_by_fingerprint(monkeypatch):
    monkeypatch.setattr(seeding, "hash_fingerprints", lambda fingerprints, *_: np.zeros(len(fingerprints), np.uint64))
    fingerprints = np.array([[5, 1], [2, 9], [5, 0], [2, 3]], dtype=np.uint64)
    assert keyed_order(fingerprints, "ties").tolist() == [3, 1, 2, 0]


def test_hashing_warns_of_no_overflow_and_takes_no_classes():
    assert hash_fingerprints(np.empty((0, 2), dtype=np.uint64), "none").shape == (0,)
    assert keyed_order(np.empty((0, 2), dtype=np.uint64), "none").shape == (0,)
    assert hash_fingerprints(some_fingerprints(1), "one").shape == (1,)
