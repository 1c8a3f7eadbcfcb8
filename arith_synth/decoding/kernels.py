"""Compiled kernels of the decoder on a CPU in float32: what matrix products leave to do for each node.

Widths are arguments, and indices unsigned: so the compiler makes vector loops, where with constant or signed ones it
does not.
"""

import numba
import numpy as np

from arith_synth.modeling.exponential import exponential

# Sums may be taken in any order; NaN and infinity keep their meaning.
_FAST = {"reassoc", "contract", "arcp", "nsz"}

_uint, _float = np.uint64, np.float32
_ZERO, _ONE, _TWO = _uint(0), _uint(1), _uint(2)


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def normalize(hidden, weight, epsilon, out):
    """RMSNorm of each row (Zhang and Sennrich 2019, arXiv:1910.07467): float32[node, width] -> out, of that shape."""
    n_nodes, width = hidden.shape
    for node in range(n_nodes):
        total = _float(0)
        for place in range(width):
            total += hidden[node, place] * hidden[node, place]
        scale = _float(1.0 / np.sqrt(total / width + epsilon))
        for place in range(width):
            out[node, place] = hidden[node, place] * scale * weight[place]


@numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)
def attend(n_heads, n_kv_heads, head_dim, qkv, cosines, sines, positions, ancestors, first_slot, keys, values, out):
    """Store the keys and values of nodes in the slots from `first_slot` on, and attend from each to its ancestors.

    Queries and keys are turned by their positions. Shapes, float32 but for the integers: n_heads, n_kv_heads, head_dim
    uint64; qkv [node, (n_heads + 2 * n_kv_heads) * head_dim]; cosines, sines [position, head_dim]; positions
    int64[node]; ancestors int64[node, most], slots with -1 after the last, which is the node's own; keys, values [slot,
    n_kv_heads * head_dim]; out [node, n_heads * head_dim]. An ancestor is stored already, or a node before this one.
    """
    n_nodes, most = ancestors.shape
    half, group = head_dim // _TWO, n_heads // n_kv_heads
    q_width, kv_width = n_heads * head_dim, n_kv_heads * head_dim
    scale = _float(1.0 / np.sqrt(head_dim))
    query = np.empty(q_width, np.float32)
    weights = np.empty(n_heads * _uint(most), np.float32)
    slots = np.empty(most, np.uint64)
    total = np.empty(head_dim, np.float32)
    for node in range(_uint(n_nodes)):
        slot, position = _uint(first_slot) + node, _uint(positions[node])
        for head in range(n_heads):
            low = head * head_dim
            high = low + half
            for place in range(half):
                a, b = qkv[node, low + place], qkv[node, high + place]
                query[low + place] = scale * (a * cosines[position, place] - b * sines[position, place])
                query[high + place] = scale * (b * cosines[position, half + place] + a * sines[position, half + place])
        for head in range(n_kv_heads):
            low = head * head_dim
            high = low + half
            for place in range(half):
                a, b = qkv[node, q_width + low + place], qkv[node, q_width + high + place]
                keys[slot, low + place] = a * cosines[position, place] - b * sines[position, place]
                keys[slot, high + place] = b * cosines[position, half + place] + a * sines[position, half + place]
        for place in range(kv_width):
            values[slot, place] = qkv[node, q_width + kv_width + place]

        n = _ZERO
        while n < _uint(most) and ancestors[node, n] >= 0:
            slots[n] = _uint(ancestors[node, n])
            n += _ONE
        for head in range(n_heads):
            start, start_kv, row = head * head_dim, (head // group) * head_dim, head * n
            largest = _float(-np.inf)
            for key in range(n):
                source = slots[key]
                product = _float(0)
                for place in range(head_dim):
                    product += query[start + place] * keys[source, start_kv + place]
                weights[row + key] = product
                largest = max(largest, product)
            for key in range(n):
                weights[row + key] -= largest
        for place in range(n_heads * n):
            weights[place] = exponential(weights[place])
        for head in range(n_heads):
            start, start_kv, row = head * head_dim, (head // group) * head_dim, head * n
            mass = _float(0)
            for key in range(n):
                mass += weights[row + key]
            for place in range(head_dim):
                total[place] = _float(0)
            for key in range(n):
                source, weight = slots[key], weights[row + key] / mass
                for place in range(head_dim):
                    total[place] += weight * values[source, start_kv + place]
            for place in range(head_dim):
                out[node, start + place] = total[place]


@numba.njit(cache=True, nogil=True)
def pick(cumulative, nodes, uniforms, out):
    """The first token whose cumulative probability exceeds a sample's number, times the sum at its node.

    Shapes: cumulative float64[node, vocab]; nodes int64[sample]; uniforms float64[sample] in [0, 1) -> out
    int64[sample].
    """
    last = cumulative.shape[1] - 1
    for sample in range(len(nodes)):
        node = nodes[sample]
        # Less than the sum even after rounding: then the token found is one that has a chance.
        drawn = min(uniforms[sample] * cumulative[node, last], np.nextafter(cumulative[node, last], 0.0))
        token = 0
        while token < last and cumulative[node, token] <= drawn:
            token += 1
        out[sample] = token
