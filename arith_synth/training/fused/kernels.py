"""Compiled loops over rows: what matrix products leave to do between them, forward and backward, in float32.

Signed indices, which may count from the end, and divisions that may raise keep the compiler from vectorizing: so
indices are unsigned, and a division by zero is infinite. Each loop runs on one thread: no sum depends on the number of
threads.
"""

import numba
import numpy as np

from arith_synth.modeling.exponential import exponential

# Sums may be taken in any order; NaN and infinity keep their meaning.
_FAST = {"reassoc", "contract", "arcp", "nsz"}

_uint, _float = np.uint64, np.float32


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def normalize(rows, weight, epsilon, out, scales):
    """RMSNorm (Zhang and Sennrich 2019, arXiv:1910.07467): rows [row, width], weight [width] -> out [row, width].

    `scales` [row] becomes one over each root mean square, for the way back.
    """
    n, width = _uint(rows.shape[0]), _uint(rows.shape[1])
    for row in range(n):
        total = _float(0)
        for place in range(width):
            total += rows[row, place] * rows[row, place]
        scale = _float(1) / np.sqrt(total / _float(width) + _float(epsilon))
        scales[row] = scale
        for place in range(width):
            out[row, place] = rows[row, place] * scale * weight[place]


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def normalize_backward(gradient, rows, weight, scales, of_rows, of_weight):
    """Add the gradients of `normalize` to of_rows [row, width] and of_weight [width], from that of its output."""
    n, width = _uint(rows.shape[0]), _uint(rows.shape[1])
    for row in range(n):
        scale, total = scales[row], _float(0)
        for place in range(width):
            product = gradient[row, place] * rows[row, place] * scale
            of_weight[place] += product
            total += product * weight[place]
        shrink = scale * scale * total / _float(width)
        for place in range(width):
            of_rows[row, place] += scale * gradient[row, place] * weight[place] - shrink * rows[row, place]


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def gate(gate_up, out):
    """SiLU of the first half of each row, times the second half: [row, 2 * width] -> out [row, width]."""
    n, width = _uint(out.shape[0]), _uint(out.shape[1])
    for row in range(n):
        for place in range(width):
            x = gate_up[row, place]
            share = _float(1) / (_float(1) + exponential(-x))
            out[row, place] = x * share * gate_up[row, width + place]


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def gate_backward(gradient, gate_up):
    """Replace gate_up [row, 2 * width] by its gradient, from that of the output of `gate`, [row, width]."""
    n, width = _uint(gradient.shape[0]), _uint(gradient.shape[1])
    for row in range(n):
        for place in range(width):
            x, up, of_out = gate_up[row, place], gate_up[row, width + place], gradient[row, place]
            share = _float(1) / (_float(1) + exponential(-x))
            gate_up[row, place] = of_out * up * share * (_float(1) + x * (_float(1) - share))
            gate_up[row, width + place] = of_out * x * share


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def add_rows(rows, places, out):
    """Add each row to the row of `out` that is its place: [row, width], int64[row] -> out [place, width]."""
    n, width = _uint(rows.shape[0]), _uint(rows.shape[1])
    for row in range(n):
        target = _uint(places[row])
        for place in range(width):
            out[target, place] += rows[row, place]


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def cross_entropy(logits, labels, smoothing):
    """The mean cross-entropy in nats over all rows, and logits [row, vocab] replaced by its gradient.

    labels int64[row], all within the vocabulary. `smoothing`: the share of the target mass that is spread over the
    vocabulary. Empty is not zero: there must be rows.
    """
    n, n_tokens = _uint(logits.shape[0]), _uint(logits.shape[1])
    spread, mean = _float(smoothing) / _float(n_tokens), _float(1) / _float(n)
    loss = 0.0
    for row in range(n):
        label = _uint(labels[row])
        largest, total, mass = logits[row, 0], _float(0), _float(0)
        for token in range(n_tokens):
            largest = max(largest, logits[row, token])
        wanted = logits[row, label] - largest
        for token in range(n_tokens):
            total += logits[row, token] - largest
        for token in range(n_tokens):
            logits[row, token] = exponential(logits[row, token] - largest)
        for token in range(n_tokens):
            mass += logits[row, token]
        loss += np.log(mass) - (_float(1) - _float(smoothing)) * wanted - spread * total
        for token in range(n_tokens):
            logits[row, token] = (logits[row, token] / mass - spread) * mean
        logits[row, label] -= (_float(1) - _float(smoothing)) * mean
    return loss / n
