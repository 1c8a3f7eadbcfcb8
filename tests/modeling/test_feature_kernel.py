import math

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.modeling.feature_kernel import example_features_on_cpu
from arith_synth.modeling.features import N_FEATURES, PRIMES, example_features

SMALL = st.integers(-20_000, 20_000)
LARGE = st.integers(-(2**63) + 1, 2**63 - 1)
DENOMINATORS = st.integers(0, 30) | st.integers(0, 2**62)


def assert_same(pairs):
    numerators, denominators = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    common = np.maximum(np.gcd(numerators, denominators), 1)
    numerators, denominators = np.where(denominators == 0, 0, numerators // common), denominators // common
    expected = example_features(torch.from_numpy(numerators), torch.from_numpy(denominators)).numpy()
    np.testing.assert_allclose(example_features_on_cpu(numerators, denominators), expected, rtol=1e-6, atol=1e-6)


@given(st.lists(st.tuples(SMALL | LARGE, DENOMINATORS), min_size=1, max_size=20))
def test_the_kernel_gives_the_reference_features(pairs):
    assert_same(pairs)


def test_the_kernel_gives_the_reference_features_of_all_small_fractions():
    assert_same([(n, d) for n in range(-200, 201) for d in range(13)])


def test_where_values_become_too_large_for_doubling_nothing_jumps():
    assert_same([(sign * ((1 << 22) + k), d) for sign in (-1, 1) for k in range(-50, 51) for d in (1, 2, 3)])


def test_shapes_are_kept():
    ones = np.ones((3, 4, 2), dtype=np.int64)
    assert example_features_on_cpu(ones, ones).shape == (3, 4, 2, N_FEATURES)
    assert example_features_on_cpu(ones[:0], ones[:0]).shape == (0, 4, 2, N_FEATURES)


def test_the_product_of_the_primes_fits_the_division_of_the_kernel():
    assert math.prod(PRIMES) < 2**31
