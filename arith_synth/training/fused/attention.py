"""Rotary embeddings and causal attention as compiled loops, forward and backward, on rows without padding.

Compiled as `arith_synth.training.fused.kernels`: float32, unsigned indices, one thread.
Programs are short, so scores are computed as they are written down, and kept for the way back.

Shapes: qkv [row, 3 * n_heads * head_dim], all queries of a row, then its keys, then its values; cosines, sines
[position, head_dim]; firsts int64[row], the first row of the row's task; asked int64[query], the rows that attend;
weights [query, n_heads, most], what each gives to the rows of its task, from the first to itself.
"""

import numba
import numpy as np

from arith_synth.modeling.exponential import exponential

_FAST = {"reassoc", "contract", "arcp", "nsz"}

_uint, _float = np.uint64, np.float32
_ONE, _TWO = _uint(1), _uint(2)


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def rotate(n_heads, qkv, cosines, sines, firsts):
    """Turn queries and keys by their positions, in place (Su et al. 2021, arXiv:2104.09864), in Llama's order.

    With the sines negated it turns back, and so takes a gradient from what it made to what it was given.
    """
    n, head_dim = _uint(qkv.shape[0]), _uint(cosines.shape[1])
    half = head_dim // _TWO
    for row in range(n):
        position = row - _uint(firsts[row])
        for head in range(_TWO * _uint(n_heads)):
            low = head * head_dim
            high = low + half
            for place in range(half):
                a, b = qkv[row, low + place], qkv[row, high + place]
                qkv[row, low + place] = a * cosines[position, place] - b * sines[position, place]
                qkv[row, high + place] = b * cosines[position, half + place] + a * sines[position, half + place]


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def attend(n_heads, scale, qkv, firsts, asked, weights, out):
    """Attention of the rows that ask, over turned queries and keys -> out [query, n_heads * head_dim].

    `weights` comes in as zeros.
    """
    n_asked, heads, most = _uint(weights.shape[0]), _uint(n_heads), _uint(weights.shape[2])
    width = _uint(out.shape[1])
    head_dim = width // heads
    for query in range(n_asked):
        row = _uint(asked[query])
        first = _uint(firsts[row])
        n = row - first + _ONE
        for head in range(heads):
            start, start_key = head * head_dim, width + head * head_dim
            largest = _float(-np.inf)
            for key in range(n):
                product = _float(0)
                for place in range(head_dim):
                    product += qkv[row, start + place] * qkv[first + key, start_key + place]
                product *= _float(scale)
                weights[query, head, key] = product
                largest = max(largest, product)
            for key in range(n):
                weights[query, head, key] -= largest
    # All at once: a loop over the few keys of a query would be too short for vectors.
    flat = weights.reshape(weights.size)
    for place in range(n_asked * heads * most):
        flat[place] = exponential(flat[place])
    for query in range(n_asked):
        row = _uint(asked[query])
        first = _uint(firsts[row])
        n = row - first + _ONE
        for head in range(heads):
            start, start_value = head * head_dim, _TWO * width + head * head_dim
            mass = _float(0)
            for key in range(n):
                mass += weights[query, head, key]
            for place in range(head_dim):
                out[query, start + place] = _float(0)
            for key in range(n):
                weight = weights[query, head, key] / mass
                weights[query, head, key] = weight
                for place in range(head_dim):
                    out[query, start + place] += weight * qkv[first + key, start_value + place]


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def attend_backward(n_heads, scale, gradient, qkv, firsts, asked, weights, of_qkv):
    """Add the gradient of turned queries, keys and values to of_qkv, from that of the output of `attend`."""
    n_asked, heads, width = _uint(weights.shape[0]), _uint(n_heads), _uint(gradient.shape[1])
    head_dim = width // heads
    products = np.empty(weights.shape[2], np.float32)
    for query in range(n_asked):
        row = _uint(asked[query])
        first = _uint(firsts[row])
        n = row - first + _ONE
        for head in range(heads):
            start = head * head_dim
            start_key, start_value = width + start, _TWO * width + start
            mean = _float(0)
            for key in range(n):
                product = _float(0)
                for place in range(head_dim):
                    product += gradient[query, start + place] * qkv[first + key, start_value + place]
                products[key] = product
                mean += weights[query, head, key] * product
            for key in range(n):
                weight, source = weights[query, head, key], first + key
                of_score = weight * (products[key] - mean) * _float(scale)
                for place in range(head_dim):
                    of_qkv[source, start_value + place] += weight * gradient[query, start + place]
                for place in range(head_dim):
                    of_qkv[source, start_key + place] += of_score * qkv[row, start + place]
                for place in range(head_dim):
                    of_qkv[row, start + place] += of_score * qkv[source, start_key + place]
