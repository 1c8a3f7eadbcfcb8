"""The pairs of a size cut into pieces: what one thread does between two looks at the clock and at Ctrl-C."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

#: Pairs of a piece, some hundredths of a second of work.
PAIRS_OF_PIECE = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Pairs of a left class left_start..left_stop-1 and a right class right_start..right_stop-1.

    Of classes of one size, only pairs with left <= right are meant. `n_pairs` of them.
    """

    left_start: int
    left_stop: int
    right_start: int
    right_stop: int
    n_pairs: int

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """What the kernels take, in their order."""
        return self.left_start, self.left_stop, self.right_start, self.right_stop


def pieces_of(first_of_size: Sequence[int], size: int, most_pairs: int = PAIRS_OF_PIECE) -> list[Piece]:
    """All unordered pairs of classes whose minimal sizes add up to `size`, the smaller left, in canonical order."""
    pieces = []
    for left_size in range(1, size // 2 + 1):
        left_start, left_stop = first_of_size[left_size], first_of_size[left_size + 1]
        right_start, right_stop = first_of_size[size - left_size], first_of_size[size - left_size + 1]
        left = left_start
        while left < left_stop:
            from_right = max(left, right_start)
            rows = min(left_stop - left, max(1, most_pairs // max(1, right_stop - from_right)))
            columns = max(1, most_pairs // rows) if rows == 1 else max(1, right_stop - from_right)
            for start in range(from_right, right_stop, columns):
                pieces.append(_piece(left, left + rows, start, min(start + columns, right_stop)))
            left += rows
    return pieces


def _piece(left_start: int, left_stop: int, right_start: int, right_stop: int) -> Piece:
    repeated = left_stop - left_start if left_start >= right_start else 0  # rows of a triangle begin at the diagonal
    n_pairs = (left_stop - left_start) * (right_stop - right_start) - repeated * (repeated - 1) // 2
    return Piece(
        left_start=left_start, left_stop=left_stop, right_start=right_start, right_stop=right_stop, n_pairs=n_pairs
    )


class HasPairs(Protocol):
    """A piece of any source: its work is counted in tuples of operands."""

    @property
    def n_pairs(self) -> int:
        """Tuples of operands."""
        ...


PieceT = TypeVar("PieceT", bound=HasPairs)


def in_shares(pieces: Sequence[PieceT], n_shares: int) -> list[list[PieceT]]:
    """The pieces in order, cut into `n_shares` runs of about as many pairs."""
    total = sum(piece.n_pairs for piece in pieces)
    shares: list[list[PieceT]] = [[] for _ in range(n_shares)]
    before = 0
    for piece in pieces:
        middle = before + piece.n_pairs // 2
        shares[min(n_shares - 1, middle * n_shares // max(1, total))].append(piece)
        before += piece.n_pairs
    return shares
