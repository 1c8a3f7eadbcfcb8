"""Columns of the published tables as Arrow arrays, made from arrays without touching single values."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arith_synth.semantics.panels import Point
from arith_synth.semantics.text_columns import TextColumn
from arith_synth.spaces.quantization import N_COORDINATES, published_coordinates

POINTS = pa.list_(pa.list_(pa.int64()))
TEXTS = pa.list_(pa.string())
COORDINATES = pa.list_(pa.float32(), N_COORDINATES)
MEASURES = ("size", "depth", "strahler", "n_divisions")

_HEX_DIGITS = 32


def text_array(column: TextColumn) -> pa.StringArray:
    """The texts as Arrow strings, over the same memory."""
    return pa.StringArray.from_buffers(len(column), pa.py_buffer(column.offsets), pa.py_buffer(column.data))


def text_lists(column: TextColumn, n_columns: int) -> pa.ListArray:
    """Rows of `n_columns` texts each, from n n_columns texts row by row: list<string>[n]."""
    offsets = np.arange(0, len(column) + 1, n_columns, dtype=np.int32)
    return pa.ListArray.from_arrays(offsets, text_array(column), type=TEXTS)


def labels(is_marked: np.ndarray, marked: str, unmarked: str) -> pa.StringArray:
    """One of two texts a row, for bool[n]."""
    return pc.if_else(pa.array(is_marked), marked, unmarked)


def fingerprint_array(fingerprints: np.ndarray) -> pa.StringArray:
    """32 hex digits for each row of uint64[n, 2]."""
    digits = np.ascontiguousarray(fingerprints, dtype=">u8").tobytes().hex().encode()
    offsets = np.arange(0, len(digits) + 1, _HEX_DIGITS, dtype=np.int32)
    return pa.StringArray.from_buffers(len(fingerprints), pa.py_buffer(offsets), pa.py_buffer(digits))


def coordinate_array(integers: np.ndarray) -> pa.FixedSizeListArray:
    """Published coordinates of integer coordinates int32[n, 16]."""
    return pa.FixedSizeListArray.from_arrays(pa.array(published_coordinates(integers).ravel()), type=COORDINATES)


def constant_points(points: Sequence[Point], n: int) -> pa.ListArray:
    """The same list of points in each of n rows."""
    flat = np.tile(np.array(points, dtype=np.int64).ravel(), n)
    inner_offsets = np.arange(0, len(flat) + 1, len(points[0]), dtype=np.int32)
    inner = pa.ListArray.from_arrays(inner_offsets, pa.array(flat), type=POINTS.value_type)
    outer_offsets = np.arange(0, n * len(points) + 1, len(points), dtype=np.int32)
    return pa.ListArray.from_arrays(outer_offsets, inner, type=POINTS)
