import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.errors import MetricError
from arith_synth.scoring import pass_at_k


@pytest.mark.parametrize("n_samples", range(1, 7))
def test_pass_at_k_is_the_share_of_draws_with_a_correct_sample(n_samples):
    for n_correct, k in itertools.product(range(n_samples + 1), range(1, n_samples + 1)):
        draws = list(itertools.combinations([True] * n_correct + [False] * (n_samples - n_correct), k))
        assert pass_at_k(n_correct, n_samples, k) == pytest.approx(sum(map(any, draws)) / len(draws))


@given(st.integers(1, 300), st.data())
def test_pass_at_k_never_falls_as_k_grows(n_samples, data):
    n_correct = data.draw(st.integers(0, n_samples))
    values = [pass_at_k(n_correct, n_samples, k) for k in range(1, n_samples + 1)]
    assert values == sorted(values)
    assert values[0] == pytest.approx(n_correct / n_samples)


@pytest.mark.parametrize(("n_correct", "n_samples", "k"), [(0, 3, 4), (0, 3, 0), (0, 3, -1), (4, 3, 1), (-1, 3, 1)])
def test_impossible_counts_are_refused(n_correct, n_samples, k):
    with pytest.raises(MetricError):
        pass_at_k(n_correct, n_samples, k)


@pytest.mark.parametrize("k", [True, 1.5, "2"])
def test_k_is_a_whole_number(k):
    with pytest.raises(MetricError, match="whole number"):
        pass_at_k(1, 3, k)
