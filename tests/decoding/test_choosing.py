import pytest
import torch

from arith_synth.decoding.choosing import search
from arith_synth.decoding.kernels import pick


def picked(cumulative, nodes, uniforms):
    tokens = torch.empty_like(nodes)
    pick(cumulative.numpy(), nodes.numpy(), uniforms.numpy(), tokens.numpy())
    return tokens


BOTH = pytest.mark.parametrize("choice", [picked, search])


@BOTH
def test_tokens_are_those_of_a_search_in_the_cumulative_distribution(choice):
    generator = torch.Generator().manual_seed(0)
    cumulative = torch.rand(7, 12, generator=generator, dtype=torch.float64).cumsum(dim=1)
    nodes = torch.randint(7, (500,), generator=generator)
    uniforms = torch.rand(500, generator=generator, dtype=torch.float64)
    drawn = uniforms[:, None] * cumulative[nodes, -1:]
    expected = torch.searchsorted(cumulative[nodes], drawn, right=True).flatten()
    assert torch.equal(choice(cumulative, nodes, uniforms), expected)


@BOTH
def test_no_number_picks_a_token_without_a_chance(choice):
    cumulative = torch.tensor([[0.0, 0.3, 0.3, 0.7, 0.7]], dtype=torch.float64)
    numbers = torch.tensor([0.0, 0.3 / 0.7, 1 - 2.0**-53], dtype=torch.float64)
    assert choice(cumulative, torch.zeros(3, dtype=torch.long), numbers).tolist() == [1, 3, 3]
