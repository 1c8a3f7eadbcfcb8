"""Program texts with their leaves blanked, and the leaves: the same for infix and for prefix texts.

A leaf is a word that is none of the notation's (`min`, `if`, `then`, …). Millions of texts share a few thousand
blanked ones.
"""

from dataclasses import dataclass

import numba
import numpy as np
import pyarrow as pa

from arith_synth.grammar import Grammar
from arith_synth.grammar.operators import RESERVED_WORDS
from arith_synth.splits.audit.parts import in_parts

BLANK = "."
_DOT = np.uint8(ord(BLANK))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blanked:
    """Texts as their blanked text, and the words that were blanked.

    Shapes: texts string[n]; leaves int16[n, most], indices into the grammar's leaves, -1 for any other word and after
    the last; n_leaves int64[n], -1 where there is a blank in the text itself, which would pass for a blanked leaf.
    """

    texts: pa.Array
    leaves: np.ndarray
    n_leaves: np.ndarray


def blank(texts: pa.Array, grammar: Grammar, most: int) -> Blanked:
    """Blank the leaves of texts string[n]; the first `most` leaves of each are kept."""
    texts = texts.cast(pa.large_string())
    _, offsets_buffer, data_buffer = texts.buffers()
    offsets = np.frombuffer(offsets_buffer, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(data_buffer if data_buffer is not None else b"", dtype=np.uint8)
    lengths = np.zeros(len(texts), dtype=np.int64)
    leaves = np.full((len(texts), most), -1, dtype=np.int16)
    n_leaves = np.zeros(len(texts), dtype=np.int64)
    room = np.empty(max(1, len(data)), dtype=np.uint8)  # a blanked text is no longer than the text
    words = (*_words(sorted(RESERVED_WORDS)), *_words(grammar.leaves))

    def part(start: int, stop: int) -> None:
        _blank(data, offsets, start, stop, *words, room, lengths, leaves, n_leaves)

    in_parts(len(texts), part)
    ends = np.cumsum(lengths)
    blanked = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.uint8)
    _pack(room, offsets, lengths, blanked)
    edges = np.concatenate([np.zeros(1, dtype=np.int64), ends])
    joined = pa.LargeStringArray.from_buffers(len(texts), pa.py_buffer(edges), pa.py_buffer(blanked))
    return Blanked(texts=joined.cast(pa.string()), leaves=leaves, n_leaves=n_leaves)


def _words(words: tuple[str, ...] | list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of all words joined uint8[...], and where each begins and the last ends, int64[n + 1]."""
    encoded = [word.encode() for word in words]
    return np.frombuffer(b"".join(encoded), dtype=np.uint8), np.cumsum([0, *map(len, encoded)])


@numba.njit(cache=True, nogil=True)
def _blank(
    data, offsets, start, stop, reserved, reserved_edges, names, name_edges, room, lengths, leaves, n_leaves
):  # fmt: skip
    for text in range(start, stop):
        at, end, to = offsets[text], offsets[text + 1], offsets[text]
        found, dotted = 0, False
        while at < end:
            if not _is_word(data[at]):
                dotted = dotted or data[at] == _DOT
                room[to] = data[at]
                at, to = at + 1, to + 1
                continue
            after = at
            while after < end and _is_word(data[after]):
                after += 1
            if _index(data, at, after, reserved, reserved_edges) >= 0:
                while at < after:
                    room[to] = data[at]
                    at, to = at + 1, to + 1
                continue
            if found < leaves.shape[1]:
                leaves[text, found] = _index(data, at, after, names, name_edges)
            found += 1
            room[to] = _DOT
            at, to = after, to + 1
        lengths[text] = to - offsets[text]
        n_leaves[text] = -1 if dotted else found


@numba.njit(cache=True, nogil=True)
def _pack(room, offsets, lengths, blanked):
    """Move the blanked texts together."""
    to = 0
    for text in range(len(lengths)):
        for at in range(offsets[text], offsets[text] + lengths[text]):
            blanked[to] = room[at]
            to += 1


@numba.njit(nogil=True)
def _is_word(byte):
    return 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 or byte == 95


@numba.njit(nogil=True)
def _index(data, at, after, names, edges):
    """The number of the name that data[at:after] is, or -1."""
    for name in range(len(edges) - 1):
        if edges[name + 1] - edges[name] != after - at:
            continue
        same = True
        for place in range(after - at):
            same = same and data[at + place] == names[edges[name] + place]
        if same:
            return name
    return -1
