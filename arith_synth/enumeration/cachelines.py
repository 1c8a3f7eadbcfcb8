"""What numba does not offer of a processor's caches: prefetching, and storing whole lines past them.

Entries that are scattered over thousands of places would drag each place's line through the caches, once to read it
and once to write it back. Collected line by line and stored past the caches, a line costs one write.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

#: A cache line: 64 bytes, 8 words, aligned.
LINE_WORDS = 8
_LINE_BYTES = 64


def aligned_words(n_words: int) -> np.ndarray:
    """Uninitialized uint64[n_words] that begins a cache line. Pages are taken from the system when first written."""
    words = np.empty(n_words + LINE_WORDS, dtype=np.uint64)
    start = -words.ctypes.data % _LINE_BYTES // words.itemsize
    return words[start : start + n_words]


def _address(context, builder, array_type, array, index):
    """Pointer (i8*) to array[index] along the first axis."""
    made = context.make_array(array_type)(context, builder, array)
    stride = cgutils.unpack_tuple(builder, made.strides)[0]
    return builder.gep(builder.bitcast(made.data, cgutils.voidptr_t), [builder.mul(index, stride)])


@intrinsic
def prefetch_row(typingctx, array, row):  # numba passes the typing context itself
    """Ask for the cache line where `array[row]` begins; it will be needed soon."""

    def codegen(context, builder, signature, arguments):
        flag = ir.IntType(32)
        function_type = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, flag, flag, flag])
        function = cgutils.get_or_insert_function(builder.module, function_type, "llvm.prefetch.p0")
        address = _address(context, builder, signature.args[0], *arguments)
        builder.call(function, [address, ir.Constant(flag, 1), ir.Constant(flag, 3), ir.Constant(flag, 1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), codegen


@intrinsic
def store_line(typingctx, source, source_word, target, target_word):
    """Copy 8 aligned words source[source_word:][:8] to target[target_word:][:8] without reading the target's line."""

    def codegen(context, builder, signature, arguments):
        line = ir.VectorType(ir.IntType(64), LINE_WORDS).as_pointer()
        read_from = builder.bitcast(_address(context, builder, signature.args[0], *arguments[:2]), line)
        write_to = builder.bitcast(_address(context, builder, signature.args[2], *arguments[2:]), line)
        words = builder.load(read_from, align=_LINE_BYTES)
        store = builder.store(words, write_to, align=_LINE_BYTES)
        store.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))
        return context.get_dummy_value()

    return types.void(source, types.int64, target, types.int64), codegen


@intrinsic
def settle_stores(typingctx):
    """Let no later access, of any thread, overtake the lines that were stored."""

    def codegen(context, builder, signature, arguments):
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.void(), codegen
