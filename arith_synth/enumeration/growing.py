"""The new classes of one size while they are being found, and their canonical order."""

import numba
import numpy as np

from arith_synth.enumeration.table import prefetch_row
from arith_synth.errors import CapacityError

#: Columns of a row: first residue, second residue, minimal realizations, derivations. 32 bytes: one cache line.
FIRST, SECOND, N_MINIMAL, N_DERIVATIONS = range(4)
_RESIDUE_BITS = 61
#: Rows that are asked for before they are needed.
_AHEAD = 16


class GrowingClasses:
    """Rows uint64[capacity, 4] of new classes in order of discovery; the first `n` are in use."""

    def __init__(self, capacity: int) -> None:
        self.n = 0
        self.rows = np.empty((capacity, 4), dtype=np.uint64)

    def reserve(self, more: int) -> None:
        """Make room for `more` classes beyond the present ones."""
        if self.n + more > np.iinfo(np.int32).max:
            raise CapacityError("more than 2^31 classes; lower --max-size")
        if self.n + more > len(self.rows):
            larger = np.empty((2 * (self.n + more), 4), dtype=np.uint64)
            larger[: self.n] = self.rows[: self.n]
            self.rows = larger

    def canonical_order(self) -> np.ndarray:
        """The permutation that sorts the classes by fingerprint: int64[n]."""
        # Sorting words is several times as fast as sorting indices: a word holds the leading bits of the first residue,
        # then the index. Classes that agree in those bits come out by index, and are put right afterwards.
        index_bits = max(1, int(self.n - 1).bit_length())
        first = self.rows[: self.n, FIRST]
        kept = np.uint64(max(0, _RESIDUE_BITS + index_bits - 64))
        words = (first >> kept) << np.uint64(index_bits) | np.arange(self.n, dtype=np.uint64)
        words.sort()
        order = (words & np.uint64((1 << index_bits) - 1)).astype(np.int64)
        leading = words >> np.uint64(index_bits)
        tied = np.flatnonzero(leading[1:] == leading[:-1]) + 1
        _settle_ties(self.rows, order, leading, tied)
        return order

    def appended_to(
        self, values: np.ndarray, n_minimal: np.ndarray, n_derivations: np.ndarray, order: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The bank's arrays uint64[n, 2], int64[n], int64[n] with the new classes after the known ones, in `order`."""
        known, total = len(values), len(values) + self.n
        longer = np.empty((total, 2), dtype=np.uint64), np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int64)
        for array, before in zip(longer, (values, n_minimal, n_derivations), strict=True):
            array[:known] = before
        _place(self.rows, order, known, *longer)
        return longer


@numba.njit(cache=True)
def _place(rows, order, known, values, n_minimal, n_derivations):
    for place in range(len(order)):
        if place + _AHEAD < len(order):
            ahead = order[place + _AHEAD]
            prefetch_row(rows, ahead)  # pyright: ignore[reportCallIssue]  (an intrinsic)
        row = rows[order[place]]
        values[known + place, 0] = row[FIRST]
        values[known + place, 1] = row[SECOND]
        n_minimal[known + place] = np.int64(row[N_MINIMAL])
        n_derivations[known + place] = np.int64(row[N_DERIVATIONS])


@numba.njit(cache=True)
def _settle_ties(rows, order, leading, tied):
    """Sort each run of equal leading bits by (first, second) residue; `tied` are the places that continue a run."""
    for place in tied:
        index = order[place]
        before = place - 1
        while (
            before >= 0
            and leading[before] == leading[place]
            and (
                rows[order[before], 0] > rows[index, 0]
                or (rows[order[before], 0] == rows[index, 0] and rows[order[before], 1] > rows[index, 1])
            )
        ):
            order[before + 1] = order[before]
            before -= 1
        order[before + 1] = index
