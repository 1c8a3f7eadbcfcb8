"""Shown outputs as points of integers, so that "the task with the nearest outputs" means the same on every machine.

An output v becomes the logarithm of 1 + |v| with v's sign, piecewise linear between powers of two: with
2**e <= 1 + |v| < 2**(e + 1) it is e + (1 + |v|) / 2**e - 1 octaves, floored to units of 2**-15 octaves and clipped
below 32 octaves. All of it is integer arithmetic on the exact output: no library logarithm, no rounding of a quotient.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from arith_synth.errors import DatasetError
from arith_synth.spaces.quantization import COORDINATE_BOUND

LOG_UNIT_BITS = 15


def output_logarithm(output: str) -> int:
    """The signed logarithm of one exact output, as `-7/3` or `4`, in units of 2**-15 octaves.

    Raises DatasetError for a text that is no number: published outputs are never `undef`.
    """
    p, q = exact_output(output)
    larger = q + abs(p)  # 1 + |v| is larger / q
    exponent = larger.bit_length() - q.bit_length()
    exponent -= larger < q << exponent
    units = ((exponent - 1) << LOG_UNIT_BITS) + (larger << LOG_UNIT_BITS) // (q << exponent)
    units = min(units, COORDINATE_BOUND - 1)
    return -units if p < 0 else units


def exact_output(output: str) -> tuple[int, int]:
    """`-7/3` -> (-7, 3), `4` -> (4, 1). Raises DatasetError for a text that is no number."""
    numerator, _, denominator = output.partition("/")
    try:
        p, q = int(numerator), int(denominator or 1)
    except ValueError:
        p, q = 0, 0
    if q < 1:
        raise DatasetError(f"{output[:40]!r} is no output of a task; run arith-synth audit on the dataset")
    return p, q


def logarithms_of_column(outputs: pa.ChunkedArray) -> np.ndarray:
    """An `outputs` column of n rows of m texts -> int32[n, m].

    Raises DatasetError when the rows have unequally many outputs, or one is no number.
    """
    n_outputs = row_length(outputs)
    # A split has many times as many outputs as different ones.
    distinct = outputs.combine_chunks().flatten().dictionary_encode()
    logarithms = np.array([output_logarithm(text) for text in distinct.dictionary.to_pylist()], dtype=np.int32)
    return logarithms[np.asarray(distinct.indices)].reshape(-1, n_outputs)


def logarithms_of_rows(outputs: Sequence[Sequence[str]]) -> np.ndarray:
    """n rows of m texts -> int32[n, m]. Raises DatasetError as `logarithms_of_column` does."""
    return logarithms_of_column(pa.chunked_array([pa.array(outputs, type=pa.list_(pa.string()))]))


def row_length(outputs: pa.ChunkedArray) -> int:
    """How many outputs each row of an `outputs` column has.

    Raises DatasetError when there is no row, a row has none, or they have unequally many.
    """
    lengths = {length.as_py() for chunk in outputs.chunks for length in chunk.value_lengths().unique()}
    if not lengths:
        raise DatasetError("there are no tasks to take outputs from; name a split that has some")
    if len(lengths) > 1 or not all(lengths):
        raise DatasetError("the tasks show no outputs, or unequally many; take all of them from one dataset")
    return lengths.pop()
