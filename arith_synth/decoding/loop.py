"""The decoding loop: samples of a task that have begun alike are computed together, as one node of a tree.

Each level of the tree is one cached step of the decoder. The samples at a node go on to its children by random numbers
of their own, so that a sample does not notice which others there are.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from arith_synth.decoding.choosing import choose
from arith_synth.decoding.mask import GrammarMask, mask_for
from arith_synth.decoding.nodes import NodeDecoder
from arith_synth.decoding.options import Decoding
from arith_synth.decoding.streams import stream_keys, uniforms
from arith_synth.decoding.weights import DecoderWeights, prefix_embeddings, read_weights
from arith_synth.errors import CheckpointError, UsageError
from arith_synth.modeling import ArithSynthForProgramSynthesis

#: Completions that are decoded together: enough to fill the device, on a CPU few enough for its caches.
_ROWS_ON_CPU, _ROWS_ELSEWHERE = 1 << 12, 1 << 16
#: Memory for the keys and values of one block, if each completion has so many nodes of its own.
_CACHE_BYTES = 2 << 30
_NODES_A_ROW = 16


@torch.inference_mode()
def decode(
    model: ArithSynthForProgramSynthesis,
    features: Tensor,
    task_ids: Sequence[str],
    decoding: Decoding,
) -> Tensor:
    """New token ids, each row `<pad>` after its `<eos>`.

    Shapes: features float[task, n_shown, n_features] -> int64[task, n_samples, new], with `new` as long as the longest
    completion. A sampled completion depends on (seed, task id, its number) alone, not on the batch; greedy ones are
    those of `model.generate`, with a `GrammarLogitsProcessor` if there is a mask. Raises UsageError when there is no
    task or no program fits in `max_new_tokens`, CheckpointError when the model's logits are no finite numbers.
    """
    if len(task_ids) == 0 or len(task_ids) != len(features):
        raise UsageError(f"give features and an id of each task; there are {len(features)} and {len(task_ids)}")
    model.eval()
    pad = model.config.pad_token_id
    mask = mask_for(model.config, decoding.max_new_tokens, model.device) if decoding.mask else None
    weights = read_weights(model, model.config.n_prefix + decoding.max_new_tokens)
    n_rows = min(_rows_together(weights), len(task_ids) * decoding.n_samples)
    decoder = NodeDecoder(weights, n_slots=n_rows * _NODES_A_ROW)
    keys = stream_keys(task_ids, decoding.n_samples, decoding.seed)
    n_tasks = max(1, n_rows // decoding.n_samples)
    blocks = []
    for start in range(0, len(task_ids), n_tasks):
        block = slice(start, start + n_tasks)
        prefix = prefix_embeddings(model, features[block])
        blocks.append(_decode_block(decoder, prefix, keys[block], mask, decoding, pad, model.config.eos_token_id))
    longest = max(block.shape[1] for block in blocks)
    tokens = torch.cat([nn.functional.pad(block, (0, longest - block.shape[1]), value=pad) for block in blocks])
    return tokens.reshape(len(task_ids), decoding.n_samples, longest)


def _decode_block(
    decoder: NodeDecoder,
    prefix: Tensor,
    keys: np.ndarray,
    mask: GrammarMask | None,
    decoding: Decoding,
    pad: int,
    end: int,
) -> Tensor:
    """The completions of some tasks, as long as the longest.

    Shapes: prefix float[task, n_prefix, hidden], keys uint64[task, n_samples] -> int64[task * n_samples, new].
    """
    logits = _finite(decoder.start(prefix))
    state = mask.start(len(prefix)) if mask is not None else None
    allowed = mask.allowed(state) if mask is not None and state is not None else None
    keys = keys.reshape(-1)
    samples = torch.arange(len(keys), device=logits.device)  # those that go on
    nodes = samples // decoding.n_samples  # and the node of this level at which each is
    tokens = torch.full((decoding.max_new_tokens, len(keys)), pad, device=logits.device)
    for step in range(decoding.max_new_tokens):
        if allowed is not None:
            logits = logits.masked_fill(~allowed, -torch.inf)
        numbers = torch.from_numpy(uniforms(keys, step)).to(samples.device) if decoding.temperature > 0 else None
        chosen = choose(logits, nodes, numbers, decoding)
        tokens[step].index_copy_(0, samples, chosen)
        nodes, parents, child_tokens = _children(nodes, chosen, logits.shape)
        going = child_tokens != end
        if mask is not None and state is not None:
            state = mask.advance(state.select(parents), child_tokens)
            # Where only the end can follow, the model need not say so.
            allowed = mask.allowed(state)
            complete = mask.only_end(allowed)
            tokens[step + 1 : step + 2].index_fill_(1, samples[complete[nodes]], end)
            going &= ~complete
        n_going = int(going.sum())
        if n_going == 0 or step + 1 == decoding.max_new_tokens:
            break
        if n_going < len(going):
            goes_on = going[nodes]
            samples, keys = samples[goes_on], keys[goes_on.cpu().numpy()]
            nodes = (going.cumsum(dim=0) - 1)[nodes[goes_on]]
            kept = going.nonzero().flatten()
            parents, child_tokens = parents[kept], child_tokens[kept]
            if state is not None and allowed is not None:
                state, allowed = state.select(kept), allowed[kept]
        logits = _finite(decoder.extend(parents, child_tokens))
    lengths = (tokens != pad).any(dim=1).nonzero()
    return tokens[: int(lengths.max()) + 1 if len(lengths) else 1].t()


def _finite(logits: Tensor) -> Tensor:
    """The logits of a level: one weight that is no number may be met only after some tokens. Raises CheckpointError."""
    least, largest = logits.aminmax()  # NaN if any is; one pass, where `isfinite` takes several
    if not (math.isfinite(least) and math.isfinite(largest)):
        raise CheckpointError("the model's logits are no finite numbers: its training diverged; use another checkpoint")
    return logits


def _children(nodes: Tensor, chosen: Tensor, shape: torch.Size) -> tuple[Tensor, Tensor, Tensor]:
    """The next level: the child of each sample, and of each child its parent and token, in the order of both.

    Shapes: nodes, chosen int64[sample]; shape (nodes of this level, vocab) -> int64[sample], int64[child] twice.
    """
    places = nodes * shape[1] + chosen
    is_child = places.new_zeros(shape.numel(), dtype=torch.bool).index_fill_(0, places, True)
    children = is_child.nonzero().flatten()
    numbers = places.new_empty(shape.numel())
    numbers.index_copy_(0, children, torch.arange(len(children), device=places.device))
    return numbers.index_select(0, places), children // shape[1], children % shape[1]


def _rows_together(weights: DecoderWeights) -> int:
    """How many completions a block has."""
    head = weights.embeddings
    n_bytes = 2 * len(weights.layers) * weights.n_kv_heads * weights.head_dim * head.element_size()
    most = _ROWS_ON_CPU if head.device.type == "cpu" else _ROWS_ELSEWHERE
    return max(1, min(most, _CACHE_BYTES // (_NODES_A_ROW * n_bytes)))
