"""The semantic grid: fixed, dyadic and generic."""

import hashlib
from fractions import Fraction

import numpy as np
import pytest

from arith_synth.enumeration.corpus import build_corpus
from arith_synth.grammar import NAMED_GRAMMARS, Grammar, grammar_named
from arith_synth.semantics.execution import execute
from arith_synth.semantics.fingerprints import residues_of
from arith_synth.semantics.programs import decode_program
from arith_synth.spaces.grid import N_GRID_POINTS, grid_points

FOUR = Grammar(name="four", variables=("a", "b", "c", "d"), constants=())


@pytest.mark.parametrize("grammar", [*NAMED_GRAMMARS.values(), FOUR], ids=lambda grammar: grammar.name)
def test_points_are_distinct_short_dyadic_numbers(grammar):
    points = grid_points(grammar)
    assert points.shape == (N_GRID_POINTS, len(grammar.variables))
    assert len(np.unique(points, axis=0)) == N_GRID_POINTS
    scaled = points * 2.0**16
    assert (scaled == np.rint(scaled)).all()
    assert (points != np.rint(points)).all()


def test_no_two_variables_share_a_magnitude():
    points = np.abs(grid_points(grammar_named("xyz3")))
    values = [set(column.tolist()) for column in points.T]
    assert len(set.union(*values)) == sum(len(own) for own in values)


def test_no_class_of_three_leaves_vanishes_or_is_undefined_on_the_grid():
    grammar = grammar_named("xy3")
    points = [
        dict(zip(grammar.variables, map(Fraction, point), strict=True)) for point in grid_points(grammar).tolist()
    ]
    for row in build_corpus(grammar, 3, patterns=()).codes:
        program = decode_program(row, grammar)
        if residues_of(program, grammar) != (0, 0):
            assert all(execute(program, point) for point in points), program


def test_the_grid_of_xy3_is_the_published_one():
    """Its bytes are part of the data version."""
    digest = hashlib.sha256(grid_points(grammar_named("xy3")).astype("<f8").tobytes()).hexdigest()
    assert digest == "82a3ccf2249f342ed961624d888a88733235729fdaa93d252777604618e8de91"
