"""From logits of nodes to the next token of each sample."""

import torch
from torch import Tensor

from arith_synth.decoding.kernels import pick
from arith_synth.decoding.options import Decoding


def choose(logits: Tensor, nodes: Tensor, uniforms: Tensor | None, decoding: Decoding) -> Tensor:
    """The next token of each sample: the likeliest, or the one at its uniform number in the cumulative distribution.

    Shapes: logits float[node, vocab], -inf for what must not come; nodes int64[sample]; uniforms float64[sample] in
    [0, 1), None for greedy -> int64[sample].
    """
    if uniforms is None:
        return logits.argmax(dim=-1)[nodes]
    cumulative = _weights(logits, decoding).cumsum(dim=-1)
    if cumulative.device.type != "cpu":
        return search(cumulative, nodes, uniforms)
    tokens = torch.empty_like(nodes)
    pick(cumulative.numpy(), nodes.numpy(), uniforms.numpy(), tokens.numpy())
    return tokens


def search(cumulative: Tensor, nodes: Tensor, uniforms: Tensor) -> Tensor:
    """What the kernel `pick` does, in torch: float64[node, vocab], int64[sample], float64[sample] -> int64[sample]."""
    cumulative = cumulative[nodes]
    total = cumulative[:, -1:]
    # Less than the sum even after rounding: then the token found is one that has a chance.
    drawn = torch.minimum(uniforms[:, None] * total, torch.nextafter(total, torch.zeros_like(total)))
    return (cumulative <= drawn).sum(dim=-1)


def _weights(logits: Tensor, decoding: Decoding) -> Tensor:
    """What the probabilities of tokens are proportional to, 0 outside the nucleus: float64[node, vocab]."""
    # The largest is 0 before the division, so that the smallest temperature is fine too.
    scaled = (logits - logits.amax(dim=-1, keepdim=True)).double() / decoding.temperature
    if decoding.top_p >= 1:
        return scaled.exp_()
    probabilities = scaled.softmax(dim=-1)
    ordered, tokens = probabilities.sort(dim=-1, descending=True, stable=True)
    outside = ordered.cumsum(dim=-1) - ordered >= decoding.top_p
    return probabilities.masked_fill(torch.zeros_like(outside).scatter(-1, tokens, outside), 0.0)
