"""Answers to one task with equal outputs on its shown inputs. Residues find them; exact outputs decide."""

from typing import NamedTuple

import numba
import numpy as np

from arith_synth.scoring.batch.execution import are_equal

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


class Clusters(NamedTuple):
    """Answers with equal shown outputs: a hash `table` of cluster numbers, and by cluster its key, whether its outputs
    are exact, the outputs, its first answer and the number of completions."""

    table: np.ndarray
    keys: np.ndarray
    is_exact: np.ndarray
    tops: np.ndarray
    bottoms: np.ndarray
    firsts: np.ndarray
    n_completions: np.ndarray


def clusters_for(n_answers: int, n_shown: int) -> Clusters:
    """Room for the clusters of a task of so many answers and shown inputs."""
    return Clusters(
        table=np.empty(table_size(n_answers), dtype=np.int64),
        keys=np.empty(n_answers, dtype=np.uint64),
        is_exact=np.empty(n_answers, dtype=np.bool_),
        tops=np.empty((n_answers, n_shown), dtype=np.int64),
        bottoms=np.empty((n_answers, n_shown), dtype=np.int64),
        firsts=np.empty(n_answers, dtype=np.int64),
        n_completions=np.empty(n_answers, dtype=np.int64),
    )


@numba.njit(cache=True, nogil=True)
def table_size(n):
    """Slots of a hash table for n clusters: a power of two, at least twice as many."""
    size = 1
    while size < 2 * n:
        size *= 2
    return size


@numba.njit(cache=True, nogil=True)
def agree(tops, bottoms, numerators, denominators):
    """Whether all outputs are as expected; 0/0 is equal to 0/0 alone."""
    for point in range(len(tops)):
        if (bottoms[point] == 0) != (denominators[point] == 0):
            return False
        if bottoms[point] != 0 and not are_equal(tops[point], bottoms[point], numerators[point], denominators[point]):
            return False
    return True


@numba.njit(cache=True, nogil=True)
def cluster_of(residues, is_exact, tops, bottoms, clusters, mask, n_clusters):
    """The cluster with these shown outputs, `n_clusters` for a new one (entered), -1 when that is not certain.

    Equal outputs have equal residues, so different keys tell different outputs; equal keys are looked into.
    """
    key = np.uint64(0)
    for residue in residues:
        key = (key ^ residue) * _MULTIPLIER
        key ^= key >> _SHIFT
    place = np.int64(key >> _SHIFT) & mask
    while clusters.table[place] >= 0:
        cluster = clusters.table[place]
        if clusters.keys[cluster] == key:
            if not is_exact or not clusters.is_exact[cluster]:
                return -1
            if agree(tops, bottoms, clusters.tops[cluster, : len(tops)], clusters.bottoms[cluster, : len(tops)]):
                return cluster
        place = (place + 1) & mask
    clusters.table[place] = n_clusters
    clusters.keys[n_clusters], clusters.is_exact[n_clusters] = key, is_exact
    if is_exact:
        copy(tops, bottoms, clusters.tops[n_clusters], clusters.bottoms[n_clusters])
    return n_clusters


@numba.njit(cache=True, nogil=True)
def copy(tops, bottoms, new_tops, new_bottoms):
    """Copy fractions to the beginning of other arrays."""
    for point in range(len(tops)):
        new_tops[point], new_bottoms[point] = tops[point], bottoms[point]
