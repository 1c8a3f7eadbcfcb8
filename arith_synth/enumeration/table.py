"""An open-addressing table from fingerprints to class numbers, for use inside numba kernels.

`table` uint64[capacity, 3] holds first residue, second residue and class number + 1 (0: empty slot) side by side, so
that a probe touches one cache line. Random access to memory is what bounds the enumeration.
"""

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

EMPTY = -1
#: Linear probing stays short below this load.
MAX_LOAD = 0.8
_FIRST_CAPACITY = 1 << 12
# Residues are not hashes: multiply by an odd constant and take upper bits, which depend on all lower ones.
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_UPPER = np.uint64(20)


def new_table(n_classes: int) -> np.ndarray:
    """An empty table with room for `n_classes` below the maximal load."""
    capacity = _FIRST_CAPACITY
    while capacity * MAX_LOAD < n_classes:
        capacity *= 2
    return np.zeros((capacity, 3), dtype=np.uint64)


@intrinsic
def prefetch_row(typingctx, array, row):  # numba passes the typing context itself
    """Ask for the cache line where `array[row]` of a matrix begins; it will be needed soon."""

    def codegen(context, builder, signature, arguments):
        matrix = context.make_array(signature.args[0])(context, builder, arguments[0])
        row_bytes = cgutils.unpack_tuple(builder, matrix.strides)[0]
        start = builder.bitcast(matrix.data, cgutils.voidptr_t)
        address = builder.gep(start, [builder.mul(arguments[1], row_bytes)])
        flag = ir.IntType(32)
        function_type = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, flag, flag, flag])
        function = cgutils.get_or_insert_function(builder.module, function_type, "llvm.prefetch.p0")
        builder.call(function, [address, ir.Constant(flag, 1), ir.Constant(flag, 3), ir.Constant(flag, 1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), codegen


@numba.njit(inline="always")
def home_slot(table, first):
    """The slot where the search for a fingerprint starts."""
    mixed = (first ^ (first >> _HALF)) * _MULTIPLIER
    return np.int64(mixed >> _UPPER) & (len(table) - 1)


@numba.njit(inline="always")
def probe(table, slot, first, second):
    """The slot that holds this fingerprint, or the empty one where it belongs, from its home slot on."""
    mask = len(table) - 1
    while table[slot, 2] != 0 and (table[slot, 0] != first or table[slot, 1] != second):
        slot = (slot + 1) & mask
    return slot


@numba.njit(inline="always")
def class_in(table, slot):
    """The class number in a slot, or EMPTY."""
    return np.int64(table[slot, 2]) - 1


@numba.njit(inline="always")
def enter(table, slot, first, second, index):
    """Write class number `index` into an empty slot."""
    table[slot, 0] = first
    table[slot, 1] = second
    table[slot, 2] = np.uint64(index + 1)


@numba.njit(cache=True)
def fill_table(table, residues, start):
    """Enter the distinct fingerprints uint64[n, 2] as classes start..start + n - 1."""
    for index in range(len(residues)):
        first, second = residues[index, 0], residues[index, 1]
        enter(table, probe(table, home_slot(table, first), first, second), first, second, start + index)


@numba.njit(cache=True)
def renumber(table, known, rank):
    """Replace every class number c >= known by known + rank[c - known]."""
    for slot in range(len(table)):
        index = class_in(table, slot)
        if index >= known:
            table[slot, 2] = np.uint64(known + rank[index - known] + 1)
