"""Grammars whose classes are told apart by outputs: inputs, keys, fingerprints and forced classes a second time."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import expressions

from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.corpus import build_corpus
from arith_synth.enumeration.realizability import forced_into
from arith_synth.grammar import Grammar, grammar_named, parse_infix, to_infix
from arith_synth.grammar.patterns import PATTERNS
from arith_synth.semantics import observational
from arith_synth.semantics.execution import outputs_of
from arith_synth.semantics.fingerprints import collision_bound_of, fingerprint_of
from arith_synth.semantics.panels import panel_of, second_panel_of
from arith_synth.semantics.programs import decode_program, encode_programs
from arith_synth.spaces.bases import fit_bases
from arith_synth.splits.audit.coordinates import Bases, semantic_coordinates, syntactic_coordinates
from arith_synth.splits.audit.execution import naive_output, output_text, outputs_of_programs
from arith_synth.splits.audit.identity import NO_KEY
from arith_synth.splits.audit.observation import identity_points
from arith_synth.splits.audit.panel import derived_panel
from arith_synth.splits.audit.programs import read_programs
from arith_synth.splits.audit.worlds import world_of

XYCOND = grammar_named("xycond")
SMALL = Grammar(name="small", variables=("x",), constants=(0, 2), operators=("-", "/", "max", "if"))


@pytest.mark.parametrize("grammar", [XYCOND, SMALL], ids=lambda grammar: grammar.name)
def test_the_identity_inputs_are_derived_a_second_time(grammar):
    assert identity_points(grammar) == observational.identity_points(grammar)


@pytest.mark.parametrize("number", [0, 1])
def test_both_panels_are_derived_a_second_time(number):
    panel = (panel_of, second_panel_of)[number](XYCOND)
    assert derived_panel(XYCOND, number) == (panel.shown, panel.heldout)


@given(st.lists(expressions(XYCOND), min_size=1, max_size=4, unique_by=to_infix))
def test_outputs_of_comparisons(programs):
    points = [(4, 5), (-5, 4), (1, 1), (0, -2)]
    found = outputs_of_programs(read_programs(pa.array(list(map(to_infix, programs))), XYCOND, 8), points)
    for index, program in enumerate(programs):
        texts = [output_text(*pair) for pair in zip(*found[:, index], strict=True)]
        assert texts == outputs_of(program, XYCOND, points)
        assert texts == [naive_output(program, dict(zip("xy", point, strict=True))) for point in points]


@given(st.lists(expressions(XYCOND, max_leaves=5), min_size=2, max_size=5))
def test_keys_and_fingerprints_agree_with_the_published_ones(programs):
    world = world_of(XYCOND, 5)
    texts, place_of = np.unique([to_infix(program) for program in programs], return_inverse=True)
    read = read_programs(pa.array(texts.tolist()), XYCOND, 5)
    keys, (residues, is_defined) = world.keys(read)[place_of], world.published(read)
    published = [fingerprint_of(program, XYCOND) for program in programs]
    for i, fingerprint in enumerate(published):
        row = place_of[i]
        assert (keys[i] == NO_KEY) == (fingerprint is None) == (not is_defined[row])
        assert world.fingerprint(programs[i]) == fingerprint
        if fingerprint is not None:
            assert "".join(f"{residue:016x}" for residue in residues[row].tolist()) == fingerprint
        assert [key == keys[i] for key in keys] == [other == fingerprint for other in published]


@pytest.mark.parametrize(
    ("grammar", "max_size", "counts"),
    [(XYCOND, 3, [5, 65, 1_376]), pytest.param(XYCOND, 4, [5, 65, 1_376, 36_140], marks=pytest.mark.slow)],
)
def test_classes_and_forced_classes_are_those_of_the_bank(grammar, max_size, counts):
    world, patterns = world_of(grammar, max_size), list(PATTERNS.values())
    assert [len(keys) for keys in world.classes_by_size] == counts
    wanted = np.sort(np.concatenate(world.classes_by_size))
    found = world.forced(patterns, max_size + 1, wanted)
    corpus = build_corpus(grammar, max_size, tuple(patterns))
    texts = pa.array([to_infix(decode_program(row, grammar)) for row in corpus.codes])
    keys = world.keys(read_programs(texts, grammar, max_size))
    places = np.searchsorted(wanted, keys)
    assert (wanted[places] == keys).all()
    for pattern, mask in zip(patterns, found, strict=True):
        assert (mask[places] == corpus.forced[pattern.name]).all(), pattern.name


def test_forced_classes_of_another_grammar():
    world, patterns = world_of(SMALL, 3), list(PATTERNS.values())
    bank = enumerate_bank(SMALL, 3)
    assert sum(map(len, world.classes_by_size)) == bank.n_classes
    expected = forced_into(bank, patterns, 4)
    wanted = np.sort(np.concatenate(world.classes_by_size))
    assert [int(mask.sum()) for mask in world.forced(patterns, 4, wanted)] == [
        int(expected[pattern.name].sum()) for pattern in patterns
    ]


def test_the_collision_bound():
    assert world_of(XYCOND, 4).collision_bound(37_586) == collision_bound_of(XYCOND, 37_586, 4)
    assert world_of(XYCOND, 9).collision_bound(10) == collision_bound_of(XYCOND, 10, 9) == 1.0


def test_coordinates_of_comparisons():
    codes = build_corpus(XYCOND, 2, patterns=()).codes
    conditionals = ["if x < y then 1 else 2", "min(x, if 1 < y then x / y else 3)", "if x / (y - y) < 1 then x else y"]
    fitted = fit_bases(XYCOND, codes)
    bases = Bases(
        syntactic=fitted.syntactic.astype(np.int64),
        semantic=fitted.semantic.astype(np.int64),
        means=fitted.means.astype(np.int64),
        grid=fitted.grid,
        sha256="",
    )
    programs = [decode_program(row, XYCOND) for row in codes] + [parse_infix(text, XYCOND) for text in conditionals]
    read = read_programs(pa.array(list(map(to_infix, programs))), XYCOND, 6)
    syntactic, semantic = fitted.coordinates(encode_programs(programs, XYCOND))
    assert (syntactic_coordinates(read, bases) == syntactic).all()
    assert (semantic_coordinates(read, bases) == semantic).all()
