"""Pieces and shares: all pairs, each once, in canonical order."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arith_synth.enumeration.pieces import PAIRS_OF_PIECE, Piece, in_shares, pieces_of


def offsets_of(classes_by_size: list[int]) -> list[int]:
    """Where the classes of each size begin, as a bank holds it."""
    return [0, *itertools.accumulate(classes_by_size, initial=0)]


def pairs_of(piece: Piece) -> list[tuple[int, int]]:
    """The pairs that are meant, in the order in which kernels walk them."""
    return [
        (left, right)
        for left in range(piece.left_start, piece.left_stop)
        for right in range(max(left, piece.right_start), piece.right_stop)
    ]


def all_pairs(offsets: list[int], size: int) -> list[tuple[int, int]]:
    """Unordered pairs of classes whose minimal sizes add up to `size`: by left size, left class, right class."""
    return [
        (left, right)
        for left_size in range(1, size // 2 + 1)
        for left in range(offsets[left_size], offsets[left_size + 1])
        for right in range(offsets[size - left_size], offsets[size - left_size + 1])
        if left <= right
    ]


numbers_of_classes = st.lists(st.integers(1, 12), min_size=1, max_size=5)
piece_sizes = st.integers(1, 40) | st.just(PAIRS_OF_PIECE)


@given(numbers_of_classes, piece_sizes, st.data())
def test_pieces_hold_all_pairs_each_once_in_canonical_order(classes_by_size, most_pairs, data):
    offsets = offsets_of(classes_by_size)
    size = data.draw(st.integers(2, len(classes_by_size) + 1))
    pieces = pieces_of(offsets, size, most_pairs)
    walked = [pair for piece in pieces for pair in pairs_of(piece)]
    assert walked == all_pairs(offsets, size)


@given(numbers_of_classes, piece_sizes, st.data())
def test_a_piece_knows_its_number_of_pairs_and_has_some_but_not_too_many(classes_by_size, most_pairs, data):
    offsets = offsets_of(classes_by_size)
    for piece in pieces_of(offsets, data.draw(st.integers(2, len(classes_by_size) + 1)), most_pairs):
        assert piece.n_pairs == len(pairs_of(piece))
        assert 1 <= piece.n_pairs <= most_pairs


def test_a_long_row_is_cut_as_well():
    pieces = pieces_of(offsets_of([1, 1_000]), 3, 300)
    assert [piece.bounds for piece in pieces] == [
        (0, 1, 1, 301),
        (0, 1, 301, 601),
        (0, 1, 601, 901),
        (0, 1, 901, 1_001),
    ]


@pytest.mark.parametrize(
    "classes_by_size",
    [[0], [0, 0], [1, 0], [3, 0], [3, 0, 0]],
)
def test_no_classes_make_no_pieces(classes_by_size):
    offsets = offsets_of(classes_by_size)
    assert pieces_of(offsets, len(classes_by_size) + 1) == []


def test_sizes_without_classes_are_passed_over():
    offsets = offsets_of([3, 0, 4, 0])
    assert [pair for piece in pieces_of(offsets, 4) for pair in pairs_of(piece)] == all_pairs(offsets, 4)
    assert [pair for piece in pieces_of(offsets, 5) for pair in pairs_of(piece)] == []


@given(st.lists(st.integers(1, 30), min_size=2, max_size=4), st.integers(1, 20), st.integers(1, 7))
def test_shares_are_contiguous_and_hold_every_piece(classes_by_size, most_pairs, n_shares):
    pieces = pieces_of(offsets_of(classes_by_size), len(classes_by_size) + 1, most_pairs)
    shares = in_shares(pieces, n_shares)
    assert len(shares) == n_shares
    assert [piece for share in shares for piece in share] == pieces


@given(st.integers(20, 60), st.integers(1, 20), st.integers(1, 7))
def test_shares_differ_by_a_piece_or_two(n_classes, most_pairs, n_shares):
    pieces = pieces_of(offsets_of([n_classes]), 2, most_pairs)
    loads = [sum(piece.n_pairs for piece in share) for share in in_shares(pieces, n_shares)]
    assert max(loads) - min(loads) <= 2 * max(piece.n_pairs for piece in pieces)
