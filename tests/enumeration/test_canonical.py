"""Canonical realizations against all minimal realizations, listed."""

from collections.abc import Sequence

import numpy as np
import pytest

from arith_synth.enumeration import canonical
from arith_synth.enumeration.bank import enumerate_bank
from arith_synth.enumeration.canonical import canonical_parts, canonical_realizations
from arith_synth.enumeration.numbered import numbered_realizations
from arith_synth.enumeration.realizations import all_realizations
from arith_synth.grammar import Expression, compose, grammar_named, leaf_expression
from arith_synth.grammar.patterns import STRAHLER
from arith_synth.semantics.fingerprints import residues_of
from arith_synth.semantics.programs import decode_program, row_width
from arith_synth.spaces.pattern_states import lies_in

XY3 = grammar_named("xy3")
WIDTH = row_width(4)


@pytest.fixture(scope="module")
def realizations():
    return all_realizations(enumerate_bank(XY3, 4))


def listed(realizations, width):
    """Of each class, all minimal realizations: a list of codes uint8[m, width]."""
    classes = np.repeat(np.arange(len(realizations.n_minimal)), realizations.n_minimal)
    firsts = np.repeat(np.cumsum(realizations.n_minimal) - realizations.n_minimal, realizations.n_minimal)
    codes = numbered_realizations(realizations, classes, np.arange(len(classes)) - firsts, width)
    return np.split(codes, np.cumsum(realizations.n_minimal)[:-1])


def everything(realizations, width, **choice):
    classes = np.arange(len(realizations.n_minimal))
    return canonical_realizations(canonical_parts(realizations, width, **choice), classes)


@pytest.mark.parametrize(("name", "max_size"), [("xy3", 4), ("xycond", 3), ("xy3", 1)])
def test_the_canonical_program_is_the_first_minimal_realization(name, max_size):
    grammar, width = grammar_named(name), row_width(max_size)
    realizations = all_realizations(enumerate_bank(grammar, max_size))
    codes, is_allowed = everything(realizations, width)
    assert is_allowed.all()
    assert codes.tolist() == [min(programs.tolist()) for programs in listed(realizations, width)]


def test_another_order_of_symbols_has_another_first_program(realizations):
    order = np.array([0, *range(len(XY3.symbols), 0, -1)], dtype=np.uint8)
    codes, _ = everything(realizations, WIDTH, order=order)
    firsts = [min(programs.tolist(), key=lambda row: order[row].tolist()) for programs in listed(realizations, WIDTH)]
    assert codes.tolist() == firsts


def test_a_class_inside_a_program_is_written_as_by_itself(realizations):
    codes, _ = everything(realizations, WIDTH)
    programs = [decode_program(row, XY3) for row in codes]
    by_value = {residues_of(program, XY3): program for program in programs}
    for program in programs[::17]:
        operands: list[Expression] = []

        def combine(operator: str, parts: Sequence[Expression]) -> Expression:
            operands.extend(parts)  # noqa: B023 - called at once
            return compose(operator, *parts)

        program.fold(leaf_expression, combine)
        for operand in operands:
            assert by_value[residues_of(operand, XY3)] == operand


def test_what_is_not_allowed_is_chosen_only_where_nothing_else_is_left(realizations):
    def allows(codes):
        return ~lies_in(codes, XY3, STRAHLER)

    codes, is_allowed = everything(realizations, WIDTH, allows=allows)
    assert (allows(codes) == is_allowed).all()
    # A part of a program with Strahler number 2 or less has one, too: the first allowed program has allowed parts.
    for row, allowed, programs in zip(codes, is_allowed, listed(realizations, WIDTH), strict=True):
        assert allowed == allows(programs).any()
        if allowed:
            assert row.tolist() == min(programs[allows(programs)].tolist())


def test_the_choice_does_not_depend_on_which_classes_are_asked_for(realizations, monkeypatch):
    codes, _ = everything(realizations, WIDTH)
    monkeypatch.setattr(canonical, "_CHUNK", 100)
    some = np.arange(len(codes))[::-7]
    assert (canonical_realizations(canonical_parts(realizations, WIDTH), some)[0] == codes[some]).all()
    none, _ = canonical_realizations(canonical_parts(realizations, WIDTH), some[:0])
    assert none.shape == (0, WIDTH)
