"""The canonical texts of many outputs: `-7/3`, `4` or `undef`; `execution.format_value` defines them for one."""

import numba
import numpy as np

from arith_synth.semantics.execution import UNDEF
from arith_synth.semantics.text_columns import TextColumn, checked_bytes, text_table


def output_texts(numerators: np.ndarray, denominators: np.ndarray) -> TextColumn:
    """The texts of reduced fractions int64[...] as `rational_outputs` gives them, in C order (denominator 0: undef)."""
    numerators, denominators = np.ravel(numerators), np.ravel(denominators)
    undef, _ = text_table([UNDEF])
    offsets = np.empty(len(numerators) + 1, dtype=np.int64)
    n_bytes = checked_bytes(_measure(numerators, denominators, len(undef), offsets))
    data = np.empty(n_bytes, dtype=np.uint8)
    _write(numerators, denominators, undef, offsets, data)
    return TextColumn(data=data, offsets=offsets.astype(np.int32))


@numba.njit(cache=True)
def _n_digits(magnitude):
    n_digits, bound = 1, np.uint64(10)
    while magnitude >= bound and n_digits < 20:
        n_digits += 1
        bound *= np.uint64(10)
    return n_digits


@numba.njit(cache=True)
def _magnitude(value):
    return np.uint64(-value) if value < 0 else np.uint64(value)


@numba.njit(cache=True, nogil=True)
def _measure(numerators, denominators, n_undef, offsets):
    """Where each text begins, and where the last one ends."""
    place = 0
    for row in range(numerators.shape[0]):
        offsets[row] = place
        if denominators[row] == 0:
            place += n_undef
            continue
        place += (1 if numerators[row] < 0 else 0) + _n_digits(_magnitude(numerators[row]))
        if denominators[row] != 1:
            place += 1 + _n_digits(_magnitude(denominators[row]))
    offsets[-1] = place
    return place


@numba.njit(cache=True)
def _write_before(data, end, magnitude):
    """Write a number that ends before `end`; where it begins."""
    while True:
        end -= 1
        quotient = magnitude // np.uint64(10)
        data[end] = 48 + np.uint8(magnitude - quotient * np.uint64(10))
        magnitude = quotient
        if magnitude == 0:
            return end


@numba.njit(cache=True, nogil=True)
def _write(numerators, denominators, undef, offsets, data):
    for row in range(numerators.shape[0]):
        end = offsets[row + 1]
        if denominators[row] == 0:
            data[offsets[row] : end] = undef
            continue
        if denominators[row] != 1:
            end = _write_before(data, end, _magnitude(denominators[row])) - 1
            data[end] = 47  # the bar
        _write_before(data, end, _magnitude(numerators[row]))
        if numerators[row] < 0:
            data[offsets[row]] = 45  # the sign
