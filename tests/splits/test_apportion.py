"""Laws of whole numbers in proportion, and of quintile bins."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.splits.apportion import N_BINS, apportion, quintile_edges, quintile_of

weights = st.dictionaries(st.integers(0, 30), st.integers(0, 10_000), min_size=1)


@given(weights, st.integers(0, 10_000))
def test_shares_add_up(weights: dict[int, int], total: int) -> None:
    expected = total if sum(weights.values()) else 0
    assert sum(apportion(total, weights).values()) == expected


@given(weights, st.integers(0, 10_000))
def test_a_share_is_within_one_of_its_proportion(weights: dict[int, int], total: int) -> None:
    shares, weight_sum = apportion(total, weights), sum(weights.values())
    for key, weight in weights.items():
        assert abs(shares[key] * weight_sum - total * weight) <= weight_sum


@given(weights)
def test_no_share_exceeds_its_weight_when_there_is_enough(weights: dict[int, int]) -> None:
    total = sum(weights.values()) * 9 // 10
    assert all(share <= weights[key] for key, share in apportion(total, weights).items())


@given(weights, st.integers(0, 1_000))
def test_the_order_of_keys_does_not_matter(weights: dict[int, int], total: int) -> None:
    assert apportion(total, weights) == apportion(total, dict(reversed(weights.items())))


@given(st.lists(st.integers(0, 2**40), min_size=5, max_size=200, unique=True))
def test_quintiles_of_distinct_values_are_equal_to_within_one(values: list[int]) -> None:
    array = np.array(values)
    counts = np.bincount(quintile_of(array, quintile_edges(array)), minlength=N_BINS)
    assert counts.max() - counts.min() <= 1
