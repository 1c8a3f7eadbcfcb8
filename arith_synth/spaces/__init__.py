"""Coordinates of programs in a syntactic and a semantic space, and distances between programs."""

from arith_synth.spaces.bases import Bases, bases_of, fit_bases, load_bases, save_bases
from arith_synth.spaces.measures import program_measures
from arith_synth.spaces.neighbours import nearest, nearest_k
from arith_synth.spaces.quantization import COORDINATE_UNIT, N_COORDINATES, published_coordinates
from arith_synth.spaces.semantic import semantic_coordinates
from arith_synth.spaces.syntactic import syntactic_coordinates
from arith_synth.spaces.tree_edit import nearest_by_tree_edit, tree_edit_distances
from arith_synth.spaces.tree_edit_search import (
    TreeEditIndex,
    TreeEditNeighbours,
    nearest_by_tree_edit_exact,
    tree_edit_index,
)

__all__ = [
    "COORDINATE_UNIT",
    "N_COORDINATES",
    "Bases",
    "TreeEditIndex",
    "TreeEditNeighbours",
    "bases_of",
    "fit_bases",
    "load_bases",
    "nearest",
    "nearest_by_tree_edit",
    "nearest_by_tree_edit_exact",
    "nearest_k",
    "program_measures",
    "published_coordinates",
    "save_bases",
    "semantic_coordinates",
    "syntactic_coordinates",
    "tree_edit_distances",
    "tree_edit_index",
]
