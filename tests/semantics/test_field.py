"""Residue arithmetic against Python's integers, at random and at the ends."""

import itertools

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.semantics.field import (
    add_mod,
    high_half,
    invert_all,
    low_half,
    multiply_halves,
    multiply_high,
    multiply_mod,
    subtract_mod,
)
from arith_synth.semantics.fingerprints import PRIME

EXTREMES = [
    0,
    1,
    2,
    7,
    8,
    2**30 - 1,
    2**30,
    2**31 - 1,
    2**31,
    2**31 + 1,
    PRIME - 2**31,
    PRIME - 2**31 + 1,
    2**32,
    2**58,
    2**60 - 1,
    2**60,
    2**60 + 1,
    PRIME // 2,
    PRIME - 2,
    PRIME - 1,
]
residues = st.integers(0, PRIME - 1) | st.sampled_from(EXTREMES)


@numba.njit
def all_operations(left, right, out):
    for index in range(len(left)):
        out[index, 0] = add_mod(left[index], right[index])
        out[index, 1] = subtract_mod(left[index], right[index])
        out[index, 2] = multiply_mod(left[index], right[index])
        out[index, 3] = multiply_halves(low_half(left[index]), high_half(left[index]), right[index])
        out[index, 4] = multiply_high(left[index], right[index])


def operated(pairs: list[tuple[int, int]]) -> list[list[int]]:
    left, right = (np.array(column, dtype=np.uint64) for column in zip(*pairs, strict=True))
    out = np.empty((len(pairs), 5), dtype=np.uint64)
    all_operations(left, right, out)
    return out.tolist()


def by_python(left: int, right: int) -> list[int]:
    product = left * right % PRIME
    return [(left + right) % PRIME, (left - right) % PRIME, product, product, left * right >> 64]


def test_operations_are_exact_at_the_ends():
    pairs = list(itertools.product(EXTREMES, repeat=2))
    assert operated(pairs) == [by_python(*pair) for pair in pairs]


@given(st.lists(st.tuples(residues, residues), min_size=1, max_size=50))
def test_operations_are_exact_anywhere(pairs):
    assert operated(pairs) == [by_python(*pair) for pair in pairs]


def test_products_that_fold_to_the_prime_are_zero_or_below_it():
    # (p - a)(p - b) = ab mod p: products of large residues, where the fold reaches its largest values.
    pairs = [(PRIME - a, PRIME - b) for a in range(1, 40) for b in range(1, 40)]
    for column in (2, 3):
        assert [row[column] for row in operated(pairs)] == [a * b for a in range(1, 40) for b in range(1, 40)]


def test_products_of_halves_at_their_largest_stay_exact():
    # Halves of all ones and of single bits: where the sum of partial products comes nearest to 2^64.
    halves_low, halves_high = [0, 1, 2**30, 2**31 - 1], [0, 1, 2**29, 2**30 - 1]
    values = [high << 31 | low for low in halves_low for high in halves_high]
    pairs = list(itertools.product([value for value in values if value < PRIME], repeat=2))
    assert [row[3] for row in operated(pairs)] == [left * right % PRIME for left, right in pairs]


@pytest.mark.parametrize("value", [2**64 - 1, 2**63, 0, 1])
def test_the_upper_word_is_exact_for_all_64_bits(value):
    assert operated([(2**64 - 1, value)])[0][4] == (2**64 - 1) * value >> 64


@given(st.lists(residues, max_size=40))
def test_inverses_are_inverses_and_zero_stays_zero(values):
    inverses = invert_all(np.array(values, dtype=np.uint64)).tolist()
    assert inverses == [pow(value, -1, PRIME) if value else 0 for value in values]


def test_inverses_at_the_ends():
    inverses = invert_all(np.array(EXTREMES, dtype=np.uint64)).tolist()
    assert inverses == [pow(value, -1, PRIME) if value else 0 for value in EXTREMES]


@pytest.mark.parametrize("values", [[], [0], [0, 0, 0]])
def test_inverting_nothing_or_only_zeros_gives_zeros(values):
    assert invert_all(np.array(values, dtype=np.uint64)).tolist() == values
