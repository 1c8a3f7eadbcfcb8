"""The syntactic basis is the truncated SVD it claims to be, in integers."""

import numpy as np
import pytest

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.errors import UsageError
from arith_synth.grammar import compose, grammar_named, leaf_expression
from arith_synth.semantics.programs import encode_programs
from arith_synth.spaces.pqgrams import n_pqgrams, pqgram_indices
from arith_synth.spaces.quantization import COORDINATE_BOUND, COORDINATE_UNIT, N_COORDINATES
from arith_synth.spaces.syntactic import fit_syntactic_basis, syntactic_coordinates

XY3 = grammar_named("xy3")


@pytest.fixture(scope="module")
def codes():
    return build_corpus(XY3, 3, patterns=()).codes


@pytest.fixture(scope="module")
def counts(codes):
    dense = np.zeros((len(codes), n_pqgrams(XY3)))
    for row, indices in zip(dense, pqgram_indices(codes, XY3), strict=True):
        np.add.at(row, indices[indices >= 0], 1)
    return dense


def test_the_basis_spans_what_numpy_finds(codes, counts):
    basis, shares = fit_syntactic_basis(codes, XY3)
    seen = counts.any(axis=0)
    _, singular, rows = np.linalg.svd(counts[:, seen], full_matrices=False)
    assert shares == pytest.approx((singular**2 / (singular**2).sum())[:N_COORDINATES])
    # Signs are arbitrary, and so are rotations within (nearly) equal singular values: compare projectors.
    ours, theirs = basis[:, seen] * COORDINATE_UNIT, rows[:N_COORDINATES]
    gap = singular[N_COORDINATES - 1] - singular[N_COORDINATES]
    assert gap > 1e-3 * singular[0]
    assert np.abs(ours.T @ ours - theirs.T @ theirs).max() < 1e-3


def test_pqgrams_absent_from_the_fit_weigh_nothing(codes, counts):
    basis, _ = fit_syntactic_basis(codes, XY3)
    assert not basis[:, counts.sum(axis=0) == 0].any()


def test_pqgrams_that_always_occur_together_weigh_the_same(codes, counts):
    basis, _ = fit_syntactic_basis(codes, XY3)
    _, first, group = np.unique(counts, axis=1, return_index=True, return_inverse=True)
    assert len(first) < n_pqgrams(XY3)
    assert np.array_equal(basis, basis[:, first][:, group])


def test_coordinates_are_projections_of_counts(codes, counts):
    basis, _ = fit_syntactic_basis(codes, XY3)
    expected = counts.astype(np.int64) @ basis.T.astype(np.int64)
    assert np.array_equal(syntactic_coordinates(codes, XY3, basis), expected)


def test_the_first_coordinate_is_never_negative(codes):
    # A Gram matrix of counts has a leading eigenvector without negative entries (Perron, Frobenius).
    basis, _ = fit_syntactic_basis(codes, XY3)
    assert syntactic_coordinates(codes, XY3, basis)[:, 0].min() >= 0


def test_coordinates_stay_below_the_bound_for_the_largest_programs():
    basis = np.full((N_COORDINATES, n_pqgrams(XY3)), 1 << 15, dtype=np.int32)
    program = leaf_expression("x")
    for _ in range(31):
        program = compose("+", program, leaf_expression("x"))
    coordinates = syntactic_coordinates(encode_programs([program], XY3), XY3, basis)
    assert (coordinates == COORDINATE_BOUND - 1).all()


def test_a_basis_of_another_grammar_is_refused(codes):
    other = np.zeros((N_COORDINATES, n_pqgrams(grammar_named("xyz3"))), dtype=np.int32)
    with pytest.raises(UsageError, match="xy3"):
        syntactic_coordinates(codes, XY3, other)
