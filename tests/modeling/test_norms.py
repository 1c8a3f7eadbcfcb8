"""The compiled norm is Llama's."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.models.llama.modeling_llama import LlamaRMSNorm

from arith_synth.modeling.norms import RMSNorm


def pair(width, seed):
    """Our norm and Llama's with the same random weight."""
    torch.manual_seed(seed)
    norms = RMSNorm(width, eps=1e-6), LlamaRMSNorm(width, eps=1e-6)
    for norm in norms:
        norm.weight.data = torch.linspace(-1, 2, width)
    return norms


@given(st.integers(1, 40), st.integers(1, 100), st.integers(0, 1000), st.sampled_from([1e-6, 1.0, 1e6]))
def test_values_and_gradients_are_those_of_llamas_norm(n_rows, width, seed, size):
    results = []
    for norm in pair(width, seed):
        torch.manual_seed(seed)
        hidden = (torch.randn(2, n_rows, width) * size).requires_grad_()
        normalized = norm(hidden)
        normalized.backward(torch.randn(2, n_rows, width))
        results.append((normalized.detach(), hidden.grad * size, norm.weight.grad))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


def test_rows_need_not_lie_in_order():
    ours, theirs = pair(8, 0)
    hidden = torch.randn(8, 5, 3).permute(1, 2, 0)
    torch.testing.assert_close(ours(hidden), theirs(hidden))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_types_are_left_to_llama(dtype):
    ours, theirs = (norm.to(dtype) for norm in pair(8, 0))
    hidden = torch.randn(4, 8, dtype=dtype)
    assert torch.equal(ours(hidden), theirs(hidden))


def test_what_is_no_number_stays_none():
    ours, _ = pair(4, 0)
    assert ours(torch.tensor([[1.0, float("nan"), 2.0, 3.0]])).isnan().any()
