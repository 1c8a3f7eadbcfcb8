"""Coordinates as integers: their unit, their bound, and how a fitted basis becomes integers.

Membership in a split is integer arithmetic: a coordinate is an integer of magnitude below `COORDINATE_BOUND`, and what
is published is that integer times `COORDINATE_UNIT`, a power of two. So float32 holds it exactly, and so does float64
every squared distance between two programs (below 16 x 2^42).
"""

import numpy as np

from arith_synth.errors import UsageError

N_COORDINATES = 16
#: Coordinates are clipped to magnitudes below this; float32 is exact to 2**24.
COORDINATE_BOUND = 1 << 20
#: Published coordinate = integer coordinate x unit.
COORDINATE_UNIT_BITS = 15
COORDINATE_UNIT = 2.0**-COORDINATE_UNIT_BITS


def published_coordinates(coordinates: np.ndarray) -> np.ndarray:
    """Integer coordinates int32[n, 16] as the exact float32[n, 16] of the dataset's columns."""
    return coordinates.astype(np.float32) * np.float32(COORDINATE_UNIT)


def integer_coordinates(published: np.ndarray) -> np.ndarray:
    """The integers int32[n, 16] behind published float32[n, 16]; UsageError for numbers that no program can have."""
    scaled = np.asarray(published, dtype=np.float64) / COORDINATE_UNIT
    if not np.isfinite(scaled).all() or (scaled != np.rint(scaled)).any() or (np.abs(scaled) >= COORDINATE_BOUND).any():
        raise UsageError("these are not published coordinates; pass a `syntactic` or `semantic` column unchanged")
    return scaled.astype(np.int32)


def leading_directions(moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The leading eigenvectors of a symmetric matrix of second moments, and each one's share of the trace.

    Shapes: moments float64[d, d] -> directions float64[16, d] of unit length, rows of zeros past d; shares float64[16].
    """
    values, vectors = np.linalg.eigh(moments)
    n_found = min(N_COORDINATES, len(values))
    directions = np.zeros((N_COORDINATES, len(values)))
    directions[:n_found] = vectors[:, ::-1][:, :n_found].T
    shares = np.zeros(N_COORDINATES)
    trace = values.sum()
    if trace > 0:
        shares[:n_found] = np.maximum(values[::-1][:n_found], 0) / trace
    return directions, shares


def quantized(rows: np.ndarray) -> np.ndarray:
    """Nearest integers int32[16, d], each row's sign fixed.

    An eigenvector's sign is arbitrary, so a rule has to fix it: the sum of a row's integers is positive; where it is
    zero, the first integer that is not zero is positive.
    """
    integers = np.rint(rows).astype(np.int64)
    for row in integers:
        leading = int(row.sum()) or int(row[np.flatnonzero(row)[:1]].sum())
        if leading < 0:
            row *= -1
    return integers.astype(np.int32)
