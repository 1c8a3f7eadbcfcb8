"""Even filling against its definition, one task at a time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.splits.filling import even_fill, places_in_keyed_order

CAPACITIES = st.lists(st.integers(0, 12), min_size=1, max_size=12)


def fill_one_by_one(total: int, capacities: list[int], order: list[int]) -> list[int]:
    """Rounds over the places in keyed order; in each round every place with room takes one."""
    shares = [0] * len(capacities)
    for level in range(max(capacities, default=0)):
        for place in order:
            if sum(shares) < total and shares[place] == level < capacities[place]:
                shares[place] += 1
    return shares


@given(total=st.integers(0, 150), capacities=CAPACITIES, name=st.text(max_size=5))
def test_it_is_filling_one_by_one_in_rounds(total: int, capacities: list[int], name: str) -> None:
    order = places_in_keyed_order(len(capacities), name).tolist()
    shares = even_fill(total, np.array(capacities), name)
    assert shares.tolist() == fill_one_by_one(total, capacities, order)


@given(total=st.integers(0, 150), capacities=CAPACITIES)
def test_no_share_exceeds_its_capacity_and_nothing_is_lost(total: int, capacities: list[int]) -> None:
    shares = even_fill(total, np.array(capacities), "stream")
    assert (shares <= capacities).all()
    assert shares.sum() == min(total, sum(capacities))


@given(total=st.integers(0, 150), capacities=CAPACITIES)
def test_shares_differ_by_more_than_one_only_where_a_capacity_ends(total: int, capacities: list[int]) -> None:
    shares = even_fill(total, np.array(capacities), "stream")
    below = shares < shares.max() - 1
    assert (shares[below] == np.array(capacities)[below]).all()


def test_the_order_is_a_permutation_and_a_function_of_the_stream() -> None:
    order = places_in_keyed_order(64, "a", 1)
    assert sorted(order.tolist()) == list(range(64))
    assert order.tolist() == places_in_keyed_order(64, "a", 1).tolist()
    assert order.tolist() != places_in_keyed_order(64, "a", 2).tolist()
