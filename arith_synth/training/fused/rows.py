"""Which places of a batch are computed: a place is a row of the matrices, and padding has none.

The decoder is causal, so nothing that is wanted depends on a place after the last wanted one of its task. Before
attention a token is the same wherever it stands: the first layer starts from a table of sources, one row for each token
and one for each prefix embedding.
"""

from dataclasses import dataclass

import numba
import numpy as np
import torch
from torch import Tensor

from arith_synth.modeling import IGNORED_LABEL


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """The rows of a batch.

    Shapes, int64: sources [row], the row of the table; firsts [row], the first row of the same task; wanted [query],
    the rows whose logits are wanted, and labels [query], what they should say. `n_positions`: places of a task.
    """

    sources: Tensor
    firsts: Tensor
    wanted: Tensor
    labels: Tensor
    n_positions: int


def rows_of(input_ids: Tensor, labels: Tensor, *, n_prefix: int, placeholder: int, n_tokens: int) -> Rows | None:
    """The rows of a batch: input_ids int64[task, time], labels int64[task, length] of the last places.

    None where nothing is wanted, where a placeholder stands elsewhere than at the first `n_prefix` places or another
    token stands there, or where an id or a label is none of `n_tokens`: the model and the loss know what to say.
    """
    ids, wants = input_ids.numpy(), labels.numpy()
    arrays = [np.empty(size, np.int64) for size in (ids.size, ids.size, wants.size, wants.size)]
    n_rows, n_wanted = _find(ids, wants, n_prefix, placeholder, n_tokens, IGNORED_LABEL, *arrays)
    if n_wanted == 0:
        return None
    sources, firsts, wanted, said = (torch.from_numpy(array) for array in arrays)
    return Rows(
        sources=sources[:n_rows],
        firsts=firsts[:n_rows],
        wanted=wanted[:n_wanted],
        labels=said[:n_wanted],
        n_positions=ids.shape[1],
    )


@numba.njit(cache=True, nogil=True)
def _find(ids, wants, n_prefix, placeholder, n_tokens, ignored, sources, firsts, wanted, labels):
    """Fill the arrays and return how far; no rows where the batch is not as it should be."""
    n_tasks, time = ids.shape
    length = wants.shape[1]
    n_rows, n_wanted = 0, 0
    for task in range(n_tasks):
        last = -1
        for place in range(time):
            token = ids[task, place]
            if (token == placeholder) != (place < n_prefix) or token < 0 or token >= n_tokens:
                return 0, 0
        for place in range(length):
            label = wants[task, place]
            if label != ignored:
                if label < 0 or label >= n_tokens:
                    return 0, 0
                last = place
        if last < 0:
            continue
        first = n_rows
        for place in range(time - length + last + 1):
            firsts[n_rows] = first
            sources[n_rows] = n_tokens + task * n_prefix + place if place < n_prefix else ids[task, place]
            back = place - (time - length)
            if back >= 0 and wants[task, back] != ignored:
                wanted[n_wanted] = n_rows
                labels[n_wanted] = wants[task, back]
                n_wanted += 1
            n_rows += 1
    return n_rows, n_wanted
