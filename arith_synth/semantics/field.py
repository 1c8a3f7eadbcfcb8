"""Arithmetic modulo 2^61 - 1 inside numba: overflow is impossible, by the bounds beside each step."""

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from arith_synth.semantics.fingerprints import PRIME

_P = np.uint64(PRIME)
_SHIFT = np.uint64(61)
_REST = np.uint64(3)
_ONE = np.uint64(1)
_HALF = np.uint64(31)
_LOW_HALF = np.uint64((1 << 31) - 1)
_CARRY = np.uint64(30)
_LOW_CARRY = np.uint64((1 << 30) - 1)


@intrinsic
def multiply_high(typingctx, left, right):  # numba passes the typing context itself
    """The upper 64 bits of the 128-bit product of two uint64."""

    def codegen(context, builder, signature, arguments):
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), codegen


@numba.njit(inline="always")
def multiply_mod(left, right):
    """left * right modulo p, for residues below p: the product is below 2^122, so one fold brings it below 2p."""
    low = left * right
    high = multiply_high(left, right)  # pyright: ignore[reportCallIssue]  (an intrinsic hides its first parameter)
    folded = (low & _P) + ((low >> _SHIFT) | (high << _REST))
    return folded - _P if folded >= _P else folded


@numba.njit(inline="always")
def low_half(value):
    """The lower 31 bits of a residue."""
    return value & _LOW_HALF


@numba.njit(inline="always")
def high_half(value):
    """The upper 30 bits of a residue."""
    return value >> _HALF


@numba.njit(inline="always")
def multiply_halves(left_low, left_high, right):
    """left * right modulo p from products of halves, which processors compute eight at a time.

    With a = a1 2^31 + a0 and b alike: a1 b1 2^62 = 2 a1 b1 (below 2^61); the middle a1 b0 + a0 b1 = m1 2^30 + m0 (below
    2^62) gives m1 + m0 2^31 (below 2^32 + 2^61); a0 b0 is below 2^62. The sum is below 2^64.
    """
    right_low = right & _LOW_HALF
    right_high = right >> _HALF
    middle = left_high * right_low + left_low * right_high
    total = (
        left_low * right_low
        + ((middle & _LOW_CARRY) << _HALF)
        + (middle >> _CARRY)
        + ((left_high * right_high) << _ONE)
    )
    folded = (total & _P) + (total >> _SHIFT)
    return folded - _P if folded >= _P else folded


@numba.njit(inline="always")
def add_mod(left, right):
    """left + right modulo p, for residues below p."""
    total = left + right
    return total - _P if total >= _P else total


@numba.njit(inline="always")
def subtract_mod(left, right):
    """left - right modulo p, for residues below p."""
    return left - right if left >= right else left + _P - right


@numba.njit(cache=True, nogil=True)
def invert_all(values):
    """Inverses modulo p of uint64[n] with one exponentiation in all (Montgomery's trick); 0 for 0."""
    n = len(values)
    prefix = np.empty(n, dtype=np.uint64)
    running = np.uint64(1)
    for index in range(n):
        prefix[index] = running
        if values[index] != 0:
            running = multiply_mod(running, values[index])
    inverse = np.uint64(1)
    base = running
    exponent = _P - np.uint64(2)
    while exponent:
        if exponent & np.uint64(1):
            inverse = multiply_mod(inverse, base)
        base = multiply_mod(base, base)
        exponent >>= np.uint64(1)
    result = np.zeros(n, dtype=np.uint64)
    for index in range(n - 1, -1, -1):
        if values[index] != 0:
            result[index] = multiply_mod(inverse, prefix[index])
            inverse = multiply_mod(inverse, values[index])
    return result
