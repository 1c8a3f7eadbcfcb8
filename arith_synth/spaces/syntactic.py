"""The syntactic space: pq-gram counts projected on their leading right singular vectors, in integers."""

import numba
import numpy as np

from arith_synth.errors import UsageError
from arith_synth.grammar import Grammar
from arith_synth.spaces.pqgrams import n_pqgrams, pqgram_indices, weighted_counts
from arith_synth.spaces.quantization import (
    COORDINATE_BOUND,
    COORDINATE_UNIT_BITS,
    N_COORDINATES,
    leading_directions,
    quantized,
)


def syntactic_coordinates(codes: np.ndarray, grammar: Grammar, basis: np.ndarray) -> np.ndarray:
    """Integer syntactic coordinates: the dot product of a program's pq-gram counts with each row of the basis.

    Shapes: codes uint8[n, width], basis int32[16, n_pqgrams] -> int32[n, 16]. One unit is `COORDINATE_UNIT` pq-grams
    along a unit vector. No overflow: fewer than 2**31 pq-grams times 32 bits stay in int64, whatever the basis. Then
    they are clipped below `COORDINATE_BOUND`; loadings are at most 2**15, so programs of up to 7 leaves (31 pq-grams)
    never are, and longer ones only where their projection passes 32.
    Raises UsageError for rows that are not programs or a basis of another grammar.
    """
    if basis.shape != (N_COORDINATES, n_pqgrams(grammar)) or basis.dtype != np.int32:
        raise UsageError(f"this syntactic basis is not of grammar {grammar.name}; use bases_of or fit_bases")
    return weighted_counts(codes, grammar, basis, COORDINATE_BOUND - 1)


def fit_syntactic_basis(codes: np.ndarray, grammar: Grammar) -> tuple[np.ndarray, np.ndarray]:
    """Truncated SVD, not centred, of the programs' count matrix, through its Gram matrix.

    Shapes: codes uint8[n, width] -> basis int32[16, n_pqgrams] in units of 2**-15, shares float64[16] of the sum of
    squares. A pq-gram that no program has gets zero weight. The Gram matrix is exact (counts are integers); the
    eigenvectors are those of float64 LAPACK, which is why the named grammars' bases are frozen.
    """
    indices = pqgram_indices(codes, grammar)
    seen = np.unique(indices[indices >= 0])
    place = np.full(n_pqgrams(grammar), -1, dtype=np.int32)
    place[seen] = np.arange(len(seen), dtype=np.int32)
    gram_matrix = np.zeros((len(seen), len(seen)))
    _add_pairs(indices, place, gram_matrix)
    # pq-grams that always occur together (`*cc` and `cc*`) have equal columns, so equal rows here, and equal loadings.
    # One of weight sqrt(m) stands for m of them: the matrix is nearly halved, and its eigenvectors come 5 times sooner.
    group_of: dict[bytes, int] = {}
    groups = np.array([group_of.setdefault(row.tobytes(), len(group_of)) for row in gram_matrix])
    first_of_group = np.unique(groups, return_index=True)[1]
    weights = np.sqrt(np.bincount(groups))
    directions, shares = leading_directions(
        gram_matrix[np.ix_(first_of_group, first_of_group)] * np.outer(weights, weights)
    )
    basis = np.zeros((N_COORDINATES, n_pqgrams(grammar)), dtype=np.int32)
    basis[:, seen] = quantized((directions / weights)[:, groups] * (1 << COORDINATE_UNIT_BITS))
    return basis, shares


@numba.njit(cache=True, nogil=True)
def _add_pairs(indices, place, gram_matrix):
    for program in range(indices.shape[0]):
        for first in range(indices.shape[1]):
            if indices[program, first] < 0:
                break
            row = place[indices[program, first]]
            for second in range(indices.shape[1]):
                if indices[program, second] < 0:
                    break
                gram_matrix[row, place[indices[program, second]]] += 1.0
