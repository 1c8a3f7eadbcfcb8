"""Millions of short texts as one run of bytes: what kernels write, and Arrow takes over without a copy."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np

from arith_synth.errors import CapacityError

_MOST_BYTES = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextColumn:
    """n texts: text i is the UTF-8 of data[offsets[i]:offsets[i + 1]]; data uint8[m], offsets int32[n + 1]."""

    data: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def to_list(self) -> list[str]:
        """The texts, in order."""
        data, offsets = self.data.tobytes(), self.offsets.tolist()
        return [data[start:end].decode("utf-8") for start, end in itertools.pairwise(offsets)]


def checked_bytes(n_bytes: int) -> int:
    """The number of bytes of a column; CapacityError when it takes more than 32 bits."""
    if n_bytes > _MOST_BYTES:
        raise CapacityError(f"{n_bytes:,} bytes of text are too many for one column; write fewer rows at a time")
    return n_bytes


def text_table(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The texts as kernels read them: bytes uint8[m], starts int32[n + 1]."""
    encoded = [text.encode("utf-8") for text in texts]
    starts = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return np.frombuffer(bytearray(b"".join(encoded)), dtype=np.uint8), starts


def interleaved(column: TextColumn, fragments: Sequence[str]) -> TextColumn:
    """Rows of p texts with fixed fragments around them: fragment 0, text 0, fragment 1, ..., text p - 1, fragment p.

    `column` has n p texts, row by row, and there are p + 1 fragments; the result has n texts.
    """
    p = len(fragments) - 1
    assert p > 0, "there is nothing to put the fragments around"
    assert len(column) % p == 0, "the texts do not fill whole rows"
    n = len(column) // p
    fixed, starts = text_table(fragments)
    ends = column.offsets[::p].astype(np.int64)
    n_bytes = checked_bytes(int(ends[-1] - ends[0]) + n * len(fixed))
    data = np.empty(n_bytes, dtype=np.uint8)
    offsets = ((ends - ends[0]) + np.arange(n + 1) * len(fixed)).astype(np.int32)
    _interleave(column.data, column.offsets, fixed, starts, offsets, data)
    return TextColumn(data=data, offsets=offsets)


@numba.njit(cache=True, nogil=True)
def append(data, place, source, start, end):
    """Copy source[start:end] to data[place:]; the place after it."""
    for index in range(start, end):
        data[place] = source[index]
        place += 1
    return place


@numba.njit(cache=True, nogil=True)
def _interleave(texts, text_offsets, fixed, starts, offsets, data):
    p = starts.shape[0] - 2
    for row in range(offsets.shape[0] - 1):
        place = append(data, offsets[row], fixed, starts[0], starts[1])
        for column in range(p):
            text = row * p + column
            place = append(data, place, texts, text_offsets[text], text_offsets[text + 1])
            place = append(data, place, fixed, starts[column + 1], starts[column + 2])
